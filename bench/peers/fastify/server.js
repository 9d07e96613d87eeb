// The recipe as a Node team writes it: fastify, fast-jwt with its cache on, ioredis.
//
// Settings come from the environment, the same for all peers (bench/README.md). THREADS > 1 forks as
// many workers, which share the port.
'use strict'
const cluster = require('node:cluster')
const { randomBytes, randomUUID } = require('node:crypto')
const { readFileSync } = require('node:fs')

const { PORT, REDIS_URL, ISSUER, AUDIENCE, PRIVATE_KEY, PUBLIC_KEY, ACCOUNTS, THREADS } = process.env
const ACCESS_SECONDS = 15 * 60
const REFRESH_SECONDS = 14 * 24 * 3600

if (cluster.isPrimary && Number(THREADS) > 1) {
  for (let i = 0; i < Number(THREADS); i++) cluster.fork()
  cluster.on('exit', () => process.exit(1))
} else {
  serve()
}

function serve() {
  const argon2 = require('@node-rs/argon2')
  const { createSigner, createVerifier, TokenError } = require('fast-jwt')
  const Redis = require('ioredis')
  const app = require('fastify')()

  const redis = new Redis(REDIS_URL, { enableAutoPipelining: true })
  const accounts = new Map(JSON.parse(readFileSync(ACCOUNTS)).map((a) => [a.username, a]))
  const sign = createSigner({
    key: readFileSync(PRIVATE_KEY), algorithm: 'ES256', iss: ISSUER, aud: AUDIENCE,
    expiresIn: ACCESS_SECONDS * 1000
  })
  const verify = createVerifier({
    key: readFileSync(PUBLIC_KEY), algorithms: ['ES256'], allowedIss: ISSUER, allowedAud: AUDIENCE,
    requiredClaims: ['iss', 'aud', 'exp', 'jti', 'sub'], cache: 10000
  })

  const refused = (reply) => reply.code(401).send({ error: 'invalid_token' })

  // The claims of a bearer token that is good and not blacklisted; null when it is not.
  async function authenticate(request) {
    const header = request.headers.authorization
    if (!header?.startsWith('Bearer ')) return null
    let claims
    try {
      claims = verify(header.slice(7))
    } catch (error) {
      if (error instanceof TokenError) return null
      throw error
    }
    const revoked = await redis.get(`blacklist:jti:${claims.jti}`)
    return revoked === null ? claims : null
  }

  async function issue(userId) {
    const refreshToken = randomBytes(32).toString('base64url')
    const accessToken = sign({ sub: userId, jti: randomUUID() })
    await redis.set(`refresh_token:${refreshToken}`, userId, 'EX', REFRESH_SECONDS)
    return {
      access_token: accessToken, token_type: 'Bearer', expires_in: ACCESS_SECONDS,
      refresh_token: refreshToken
    }
  }

  const text = { type: 'string' }
  const tokens = {
    200: {
      type: 'object',
      properties: {
        access_token: text, token_type: text, expires_in: { type: 'integer' }, refresh_token: text
      }
    }
  }
  const body = (...names) => ({
    type: 'object', required: names, properties: Object.fromEntries(names.map((n) => [n, text]))
  })

  app.get('/v1/check', async (request, reply) => {
    const claims = await authenticate(request)
    if (!claims) return refused(reply)
    reply.header('X-Auth-Subject', claims.sub).header('X-Auth-Expires', claims.exp)
    return reply.code(200).send()
  })

  app.post('/v1/login', {
    schema: { body: body('username', 'password'), response: tokens }
  }, async (request, reply) => {
    const account = accounts.get(request.body.username)
    if (!account || !(await argon2.verify(account.hash, request.body.password))) {
      return reply.code(401).send({ error: 'invalid_credentials' })
    }
    return issue(account.id)
  })

  app.post('/v1/refresh', {
    schema: { body: body('refresh_token'), response: tokens }
  }, async (request, reply) => {
    const userId = await redis.getdel(`refresh_token:${request.body.refresh_token}`)
    if (userId === null) return reply.code(401).send({ error: 'invalid_grant' })
    return issue(userId)
  })

  app.post('/v1/logout', async (request, reply) => {
    const claims = await authenticate(request)
    if (!claims) return refused(reply)
    const left = Math.max(1, Math.ceil(claims.exp - Date.now() / 1000))
    await redis.set(`blacklist:jti:${claims.jti}`, '1', 'EX', left)
    return reply.code(204).send()
  })

  // `DEL whitelist:user:<id>:jti:*`, which Redis does not have: SCAN and delete what it finds.
  app.post('/v1/revoke', { schema: { body: body('subject') } }, async (request) => {
    const match = `whitelist:user:${request.body.subject}:jti:*`
    let sessions = 0
    for await (const keys of redis.scanStream({ match, count: 1000 })) {
      if (keys.length) sessions += await redis.unlink(keys)
    }
    return { sessions }
  })

  app.listen({ port: Number(PORT), host: '127.0.0.1' })
}
