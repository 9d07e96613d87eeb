/** Milliseconds, or "250ms", "30s", "5m", "24h", "30d". */
export type Duration = number | string;
export type Verdict = 'valid' | 'invalid' | 'revoked' | 'unavailable';

/** Somebody beside Recant whose tokens are good here too. Exactly one of jwksUrl, jwksFile and secretFile. */
export interface IssuerOptions {
  /** Goes before its ids: "<name>/<sub>". 1 to 64 of a-z A-Z 0-9 . _ - */
  name: string;
  iss: string;
  /** A token names one of these; at least one. */
  audience: readonly string[];
  /** "RS256", "ES256", …; at least one. */
  algorithms: readonly string[];
  jwksUrl?: string;
  jwksFile?: string;
  /** Nobody but the file's owner may have any right to it. */
  secretFile?: string;
  /** Default "rfc9068". */
  profile?: 'rfc9068' | 'jwt';
  /** The claim that names a token's session; without it its tokens belong to none. */
  sidClaim?: string;
  /** exp − iat of any token of its, in whole seconds: 1 s to 366 days. Default 24 h. */
  maxTtl?: Duration;
  /** Its ids are Recant's own, without its name before them. Default false. */
  sharedIds?: boolean;
}

/** Required: redisUrl, issuer, audience, and one of jwksUrl and jwksFile. What is undefined was not given. */
export interface VerifierOptions {
  /** redis://[user[:password]@]host[:port][/db], rediss://…, or unix:///path[?db=N]. */
  redisUrl: string;
  /** The server's redis.prefix. */
  redisPrefix?: string;
  /** The server's redis.hash_tags = "always". */
  redisHashTags?: boolean;
  /** PEM files for rediss://; without redisCa the system's authorities are believed. */
  redisCa?: string;
  redisCert?: string;
  redisKey?: string;
  /** For one question: 10 ms to 10 s. Default 250 ms. */
  redisTimeout?: Duration;
  /** The server's token.issuer. */
  issuer: string;
  /** What this service is called in `aud`; a token names one of these. */
  audience: readonly string[];
  /** The server's /.well-known/jwks.json. */
  jwksUrl?: string;
  /** Instead of jwksUrl: a file that somebody keeps up to date. */
  jwksFile?: string;
  /** Default: every asymmetric one that the key set names. */
  algorithms?: readonly string[];
  /** For clocks that differ, in whole seconds: 0 to 60 s. Default 30 s. */
  leeway?: Duration;
  /** At most 16. */
  issuers?: readonly IssuerOptions[];
  /** PEM file with the authorities that may vouch for https:// addresses of keys. */
  jwksCa?: string;
  /** Between two fetches of a key set: 1 s to 24 h. Default 5 min. */
  jwksRefresh?: Duration;
  /** For how long a set counts that cannot be fetched again: 1 min to 30 days. Default 24 h. */
  jwksMaxAge?: Duration;
  /** Also http:// beyond this machine: only where the network itself is encrypted. Default false. */
  jwksInTheClear?: boolean;
  /** Stricter than the server's policy, never laxer: 0 (the policy's) to 10 s. */
  maxStaleness?: Duration;
  /** Verdicts that are remembered, about 1 KiB each: 0 to 16,777,216. Default 65,536. */
  cacheEntries?: number;
  /** Lines for whoever runs your service, on the event loop. What it throws is dropped. */
  log?: (level: 'info' | 'warning' | 'error', line: string) => void;
}

/** A frozen value. Texts are empty where there is none. */
export interface Checked {
  readonly verdict: Verdict;
  /** verdict === 'valid': the only one that lets anybody in. */
  readonly valid: boolean;
  /** For your log, not for clients: a word, or of `unavailable` a sentence. Empty when valid. */
  readonly reason: string;
  readonly subject: string;
  readonly session: string;
  /** Words with spaces between. */
  readonly scope: string;
  readonly clientId: string;
  /** The name of one of `issuers`; empty for Recant itself. */
  readonly issuer: string;
  readonly expiresAt: Date | null;
  hasScope(word: string): boolean;
  hasAudience(name: string): boolean;
}

/** One for a process is enough, and one for each worker thread that wants its own. */
export class Verifier {
  /** Waits for nothing: ask `ready`. TypeError or RangeError, naming the option. */
  constructor(options: VerifierOptions);
  /**
   * What is known of this very token by now; never waits. undefined: ask check(). What is not a string is `invalid`,
   * as in check(), so that a header that did not come may be given as it is.
   */
  checkCached(token: string | undefined | null): Checked | undefined;
  /** Never rejects for a token's sake nor for that of Redis: what cannot be known is `unavailable`. */
  check(token: string | undefined | null): Promise<Checked>;
  /** Would a good token be found valid now? */
  readonly ready: boolean;
  /** A sentence for whoever runs your service; empty when it is ready. */
  readonly whyNotReady: string;
  /** Pending checks resolve as `unavailable`, and so does whatever is asked afterwards. */
  close(): void;
}
