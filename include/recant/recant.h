/* Judges access tokens in your own process: recant/verifier.hpp for C and for whatever calls C.
 *
 *   recant_options* options = recant_options_new();
 *   recant_options_set(options, "redis_url", "redis://127.0.0.1:6379");
 *   recant_options_set(options, "issuer", "https://login.example.com");
 *   recant_options_set(options, "audience", "api");
 *   recant_options_set(options, "jwks_url", "https://login.example.com/.well-known/jwks.json");
 *   recant_verifier* verifier = recant_verifier_new(options);
 *   if (verifier == NULL) fail(recant_options_message(options));
 *   recant_options_free(options);
 *
 *   recant_checked* checked = recant_checked_new();  // one a thread, used again and again
 *   if (recant_check(verifier, token, length, 250, checked) == RECANT_VALID)
 *     serve(recant_checked_subject(checked));
 *
 * C99. No structure is shown, so that the library may grow without programs being built anew. No
 * function fails for an argument that is NULL where a handle is expected; it answers as if nothing
 * could be known. Threads and fork(): as recant/verifier.hpp says of Verifier; options and checked
 * are for one thread at a time. Link `pkg-config recant`.
 */
#ifndef RECANT_RECANT_H
#define RECANT_RECANT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RECANT_API __attribute__((visibility("default")))

/* Only RECANT_VALID lets anybody in. */
typedef enum recant_verdict {
  RECANT_VALID = 0,
  RECANT_INVALID = 1,     /* it never was one, or is over: HTTP 401 */
  RECANT_REVOKED = 2,     /* it was good and has been taken back: HTTP 401 */
  RECANT_UNAVAILABLE = 3, /* it cannot be known now: HTTP 503, never 200 */
  RECANT_NOT_CACHED = 4   /* recant_check_cached() only: ask recant_check() */
} recant_verdict;

typedef struct recant_options recant_options;
typedef struct recant_verifier recant_verifier;
typedef struct recant_checked recant_checked;

/* "0.1.0": of the library that is there at run time. */
RECANT_API const char* recant_version(void);
/* "valid", "invalid", "revoked", "unavailable", "not_cached"; "unknown" for another number. */
RECANT_API const char* recant_verdict_name(recant_verdict verdict);

/* Options: the words of VerifierOptions and IssuerOptions.
 *
 * NULL when there is no memory. */
RECANT_API recant_options* recant_options_new(void);
RECANT_API void recant_options_free(recant_options* options);
/* Sets the option `name` to what `value` says. Durations as "250ms", "30s", "5m", "24h", "30d"; flags as
 * "true" or "false"; profile as "rfc9068" or "jwt"; audience and algorithms are lists, to which
 * each call adds one. Both texts are copied. 0 when it is done; -1 when there is no such option or
 * the value is not of its form: recant_options_message() says which. */
RECANT_API int recant_options_set(recant_options* options, const char* name, const char* value);
/* Begins another issuer of VerifierOptions::issuers: from here on "issuer.name", "issuer.iss",
 * "issuer.audience", … speak of it. 0, or -1 when there is no memory. */
RECANT_API int recant_options_add_issuer(recant_options* options);

/* level: 0 information, 1 warning, 2 error. See VerifierOptions::log. */
typedef void (*recant_log)(void* user, int level, const char* line);
RECANT_API void recant_options_set_log(recant_options* options, recant_log log, void* user);

/* What the last of recant_options_set(), recant_options_add_issuer() and recant_verifier_new() that
 * failed has to say: one sentence, good until the next of them. Never NULL; empty if none failed. */
RECANT_API const char* recant_options_message(const recant_options* options);

/* Does not keep the options. NULL: recant_options_message() says what is wrong with them. Waits for
 * nothing: ask recant_ready(). */
RECANT_API recant_verifier* recant_verifier_new(recant_options* options);
/* Pending checks end as RECANT_UNAVAILABLE before it returns. Not from a callback, nor from the log:
 * it would wait for itself, and ends the process instead. */
RECANT_API void recant_verifier_free(recant_verifier* verifier);

/* 1 when a good token would be found valid now, else 0. */
RECANT_API int recant_ready(recant_verifier* verifier);
/* Writes why not, cut to `size` with its final zero; empty when it is ready. The length of the
 * whole text. */
RECANT_API size_t recant_why_not_ready(recant_verifier* verifier, char* text, size_t size);

/* Checks. `token` is `length` bytes and needs no final zero. `checked` may be NULL where the verdict
 * is enough. */

/* What is known by now; never blocks, whatever Redis does. */
RECANT_API recant_verdict recant_check_cached(recant_verifier* verifier, const char* token,
                                              size_t length, recant_checked* checked);
/* Blocks for at most `deadline_ms` milliseconds. */
RECANT_API recant_verdict recant_check(recant_verifier* verifier, const char* token, size_t length,
                                       uint32_t deadline_ms, recant_checked* checked);
/* `done` is called exactly once, before this returns or on the verifier's thread; `checked` is good
 * until it returns, and what is to be read later is kept by recant_checked_copy(). */
typedef void (*recant_done)(void* user, const recant_checked* checked);
RECANT_API void recant_check_async(recant_verifier* verifier, const char* token, size_t length,
                                   recant_done done, void* user);

/* Answers. NULL when there is no memory. */
RECANT_API recant_checked* recant_checked_new(void);
/* One of your own that says the same; of NULL, one that says "not checked". */
RECANT_API recant_checked* recant_checked_copy(const recant_checked* checked);
RECANT_API void recant_checked_free(recant_checked* checked);
RECANT_API recant_verdict recant_checked_verdict(const recant_checked* checked);
/* Each text is UTF-8, ends with a zero, is empty where there is none, and is good until `checked` is
 * given to another check or freed. Never NULL. */
RECANT_API const char* recant_checked_reason(const recant_checked* checked);
RECANT_API const char* recant_checked_subject(const recant_checked* checked);
RECANT_API const char* recant_checked_session(const recant_checked* checked);
RECANT_API const char* recant_checked_scope(const recant_checked* checked);
RECANT_API const char* recant_checked_client_id(const recant_checked* checked);
RECANT_API const char* recant_checked_issuer(const recant_checked* checked);
/* 1 or 0. */
RECANT_API int recant_checked_has_scope(const recant_checked* checked, const char* word);
RECANT_API int recant_checked_has_audience(const recant_checked* checked, const char* name);
/* Unix seconds; 0 where nothing is known of the token. */
RECANT_API int64_t recant_checked_expires_at(const recant_checked* checked);

#ifdef __cplusplus
}
#endif

#endif
