// A service that follows the well-known recipe to the letter and has never heard of Recant's other
// keys: ioredis, jsonwebtoken, HS256. It signs tokens of its own, and takes those of the other
// login service (OTHER_*), which shares its Redis and follows the recipe as well.
const http = require('node:http');
const crypto = require('node:crypto');
const jwt = require('jsonwebtoken');
const Redis = require('ioredis');

const { REDIS_URL, SECRET, ISSUER, OTHER_SECRET, OTHER_ISSUER, STRATEGY, PORT } = process.env;
const redis = new Redis(REDIS_URL);
const secrets = { [ISSUER]: SECRET, [OTHER_ISSUER]: Buffer.from(OTHER_SECRET, 'base64url') };
const ACCESS_SECONDS = 900;
const REFRESH_SECONDS = 7 * 86400;
const whitelisted = (sub, jti) => `whitelist:user:${sub}:jti:${jti}`;

async function issue(sub) {
  const jti = crypto.randomUUID();
  const refresh = crypto.randomUUID();
  const access = jwt.sign({ sub, jti }, SECRET, {
    algorithm: 'HS256', expiresIn: ACCESS_SECONDS, issuer: ISSUER, audience: 'api',
  });
  if (STRATEGY === 'whitelist') await redis.set(whitelisted(sub, jti), '1', 'EX', ACCESS_SECONDS);
  await redis.set(`refresh_token:${refresh}`, sub, 'EX', REFRESH_SECONDS);
  return { access, refresh };
}

async function verify(token) {
  const issuer = (jwt.decode(token) || {}).iss;
  if (!secrets[issuer]) return null;
  try {
    const claims = jwt.verify(token, secrets[issuer], { algorithms: ['HS256'], issuer, audience: 'api' });
    const alive = STRATEGY === 'whitelist'
      ? await redis.get(whitelisted(claims.sub, claims.jti)) !== null
      : await redis.get(`blacklist:jti:${claims.jti}`) === null;
    return alive ? claims : null;
  } catch {
    return null;
  }
}

const routes = {
  'POST /login': ({ sub }) => issue(sub),
  'GET /me': async (_, token) => verify(token),
  'POST /refresh': async ({ refresh }) => {
    const sub = await redis.getdel(`refresh_token:${refresh}`);
    return sub && issue(sub);
  },
  'POST /logout': async ({ refresh }, token) => {
    const claims = await verify(token);
    if (!claims) return null;
    const left = Math.max(1, claims.exp - Math.floor(Date.now() / 1000));
    if (STRATEGY === 'whitelist') await redis.del(whitelisted(claims.sub, claims.jti));
    else await redis.set(`blacklist:jti:${claims.jti}`, '1', 'EX', left);
    if (refresh) await redis.del(`refresh_token:${refresh}`);
    return {};
  },
};

http.createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const token = (request.headers.authorization || '').replace('Bearer ', '');
  const handler = routes[`${request.method} ${request.url}`];
  const answer = handler && await handler(JSON.parse(text || '{}'), token);
  response.writeHead(answer ? 200 : 401, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answer || {}));
}).listen(Number(PORT), '127.0.0.1');
