// Compiles, or the declarations do not say what the package is.
import { Verifier, type Checked, type VerifierOptions } from 'recant';

const options: VerifierOptions = {
  redisUrl: 'redis://127.0.0.1', issuer: 'recant', audience: ['api'], jwksUrl: process.env.JWKS_URL, redisTimeout: '100ms',
  issuers: [{ name: 'a', iss: 'a', audience: ['api'], algorithms: ['RS256'], profile: 'jwt', maxTtl: 3_600_000 }],
  log: (level: 'info' | 'warning' | 'error', line: string) => console.log(level, line),
};
const verifier = new Verifier(options);

export async function subject(header: string | undefined): Promise<string | null> {
  const checked: Checked = verifier.checkCached(header) ?? await verifier.check(header);
  return checked.valid && checked.hasScope('orders:read') && checked.expiresAt !== null ? checked.subject : null;
}

// @ts-expect-error: there is no such option
export const wrong = new Verifier({ ...options, redisUrll: 'x' });
// @ts-expect-error: an answer is not to be written to
verifier.checkCached('x')!.verdict = 'valid';

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(...words: unknown[]): void };
