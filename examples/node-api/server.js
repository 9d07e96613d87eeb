// An API that judges its callers' tokens in its own process. See README.md.
'use strict';
const http = require('node:http');
const { Verifier } = require('recant');

const { PORT, REDIS_URL, ISSUER, AUDIENCE, JWKS_URL } = process.env;
const verifier = new Verifier({
  redisUrl: REDIS_URL,
  issuer: ISSUER,
  audience: [AUDIENCE],
  jwksUrl: JWKS_URL,
  log: (level, line) => console.error(`${level}: ${line}`),
});

const routes = {
  '/whoami': { answer: ({ subject, session }) => ({ subject, session }) },
  '/orders': { scope: 'orders:read', answer: ({ subject }) => ({ orders: [], of: subject }) },
};

function send(response, status, headers, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const refuse = (response, status, challenge, title) => send(response, status, { 'WWW-Authenticate': challenge }, { title });

// Every Authorization that came: request.headers keeps but the first, and nobody knows which of two counts.
function credentials({ rawHeaders }) {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === 'authorization');
}

async function serve(request, response) {
  const route = routes[request.url];
  if (!route) return send(response, 404, {}, { title: 'no such page' });
  const brought = credentials(request);
  if (brought.length > 1) return refuse(response, 400, 'Bearer error="invalid_request"', 'one Authorization at most');
  const [bearer, token = ''] = /^Bearer(?: +(.*))?$/i.exec(brought[0] ?? '') ?? [];
  if (bearer === undefined) return refuse(response, 401, 'Bearer', 'sign in');

  const checked = verifier.checkCached(token) ?? await verifier.check(token);
  if (checked.verdict === 'unavailable') {
    console.error(`a check was not possible: ${checked.reason}`);
    return send(response, 503, { 'Retry-After': '1' }, { title: 'try again' });
  }
  if (!checked.valid) return refuse(response, 401, 'Bearer error="invalid_token"', 'sign in again');
  if (route.scope && !checked.hasScope(route.scope)) {
    return refuse(response, 403, `Bearer error="insufficient_scope", scope="${route.scope}"`, 'not yours to see');
  }
  return send(response, 200, { 'Cache-Control': 'no-store' }, route.answer(checked));
}

const server = http.createServer(serve).listen(PORT, '127.0.0.1');
process.once('SIGTERM', () => server.close(() => verifier.close()));
