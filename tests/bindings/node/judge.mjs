// Answers each token of standard input, or null for a line "undefined", by a line of JSON.
import { createInterface } from 'node:readline';
import { Verifier } from 'recant';

const issuers = JSON.parse(process.env.ISSUERS);
const verifier = new Verifier({
  redisUrl: process.env.REDIS_URL, issuer: 'recant', audience: ['api'], jwksUrl: process.env.JWKS_URL, issuers,
});

for await (const line of createInterface({ input: process.stdin })) {
  const token = line === 'undefined' ? undefined : line;
  const cached = verifier.checkCached(token);
  const checked = await verifier.check(token);
  console.log(JSON.stringify({
    ...checked,
    frozen: Object.isFrozen(checked),
    cached: cached?.verdict ?? null,
    expires: checked.expiresAt instanceof Date,
    scopes: ['orders:read', 'orders', ''].filter((word) => checked.hasScope(word)),
    audiences: ['api', 'other', 'api\0x', undefined].filter((name) => checked.hasAudience(name)),
  }));
}
verifier.close();
