// The recipe as it is written most often: express, jsonwebtoken, ioredis.
//
// Settings come from the environment, the same for all peers (bench/README.md). THREADS > 1 forks as
// many workers, which share the port.
'use strict'
const cluster = require('node:cluster')
const { createPrivateKey, createPublicKey, randomBytes, randomUUID } = require('node:crypto')
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
  const express = require('express')
  const Redis = require('ioredis')
  const jwt = require('jsonwebtoken')

  const redis = new Redis(REDIS_URL, { enableAutoPipelining: true })
  const accounts = new Map(JSON.parse(readFileSync(ACCOUNTS)).map((a) => [a.username, a]))
  const privateKey = createPrivateKey(readFileSync(PRIVATE_KEY)) // parsed once
  const publicKey = createPublicKey(readFileSync(PUBLIC_KEY))
  const rules = { algorithms: ['ES256'], issuer: ISSUER, audience: AUDIENCE }

  // The claims of a bearer token that is good and not blacklisted; null when it is not.
  async function authenticate(request) {
    const header = request.headers.authorization
    if (!header?.startsWith('Bearer ')) return null
    let claims
    try {
      claims = jwt.verify(header.slice(7), publicKey, rules)
    } catch (error) {
      if (error instanceof jwt.JsonWebTokenError) return null
      throw error
    }
    if (!claims.exp || !claims.jti || !claims.sub) return null
    const revoked = await redis.get(`blacklist:jti:${claims.jti}`)
    return revoked === null ? claims : null
  }

  async function issue(userId) {
    const refreshToken = randomBytes(32).toString('base64url')
    const accessToken = jwt.sign({}, privateKey, {
      algorithm: 'ES256', issuer: ISSUER, audience: AUDIENCE, subject: userId, jwtid: randomUUID(),
      expiresIn: ACCESS_SECONDS
    })
    await redis.set(`refresh_token:${refreshToken}`, userId, 'EX', REFRESH_SECONDS)
    return {
      access_token: accessToken, token_type: 'Bearer', expires_in: ACCESS_SECONDS,
      refresh_token: refreshToken
    }
  }

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(express.json())

  app.get('/v1/check', async (request, response) => {
    const claims = await authenticate(request)
    if (!claims) return response.status(401).json({ error: 'invalid_token' })
    response.set({ 'X-Auth-Subject': claims.sub, 'X-Auth-Expires': String(claims.exp) })
    response.status(200).end()
  })

  app.post('/v1/login', async (request, response) => {
    const { username, password } = request.body ?? {}
    const account = accounts.get(username)
    const good = account && typeof password === 'string' && (await argon2.verify(account.hash, password))
    if (!good) return response.status(401).json({ error: 'invalid_credentials' })
    response.json(await issue(account.id))
  })

  app.post('/v1/refresh', async (request, response) => {
    const userId = await redis.getdel(`refresh_token:${request.body?.refresh_token}`)
    if (userId === null) return response.status(401).json({ error: 'invalid_grant' })
    response.json(await issue(userId))
  })

  app.post('/v1/logout', async (request, response) => {
    const claims = await authenticate(request)
    if (!claims) return response.status(401).json({ error: 'invalid_token' })
    const left = Math.max(1, Math.ceil(claims.exp - Date.now() / 1000))
    await redis.set(`blacklist:jti:${claims.jti}`, '1', 'EX', left)
    response.status(204).end()
  })

  app.listen(Number(PORT), '127.0.0.1')
}
