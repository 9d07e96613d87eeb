/* recant/recant.h from a C99 program: what it says of NULL, of options, and of answers that are
 * kept. RECANT_TEST_DIRECTORY is a place for a key file. */
#include <recant/recant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define EXPECT(what)                                             \
  do {                                                           \
    if (!(what)) {                                               \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #what);  \
      ++failures;                                                \
    }                                                            \
  } while (0)
#define EXPECT_TEXT(text, expected) EXPECT(strcmp((text), (expected)) == 0)

static int calls = 0;
static recant_checked* kept = NULL;

static void keep(void* user, const recant_checked* checked) {
  EXPECT(user == &calls);
  ++calls;
  recant_checked_free(kept);
  kept = recant_checked_copy(checked);
}

static void null_says_nothing_is_known(void) {
  char text[8] = "before";
  recant_options_free(NULL);
  EXPECT(recant_options_set(NULL, "issuer", "x") == -1);
  EXPECT(recant_options_add_issuer(NULL) == -1);
  recant_options_set_log(NULL, NULL, NULL);
  EXPECT_TEXT(recant_options_message(NULL), "");
  EXPECT(recant_verifier_new(NULL) == NULL);
  recant_verifier_free(NULL);
  EXPECT(recant_ready(NULL) == 0);
  EXPECT(recant_why_not_ready(NULL, text, sizeof(text)) == strlen("no verifier"));
  EXPECT_TEXT(text, "no veri");
  EXPECT(recant_why_not_ready(NULL, NULL, 0) == strlen("no verifier"));
  EXPECT(recant_why_not_ready(NULL, text, 0) == strlen("no verifier"));
  EXPECT_TEXT(text, "no veri");
  EXPECT(recant_check_cached(NULL, "t", 1, NULL) == RECANT_UNAVAILABLE);
  EXPECT(recant_check(NULL, "t", 1, 10, NULL) == RECANT_UNAVAILABLE);
  recant_check_async(NULL, "t", 1, NULL, NULL);
  recant_check_async(NULL, "t", 1, keep, &calls);
  EXPECT(calls == 1);
  EXPECT(recant_checked_verdict(kept) == RECANT_UNAVAILABLE);

  recant_checked_free(NULL);
  EXPECT(recant_checked_verdict(NULL) == RECANT_UNAVAILABLE);
  EXPECT_TEXT(recant_checked_reason(NULL), "");
  EXPECT_TEXT(recant_checked_subject(NULL), "");
  EXPECT_TEXT(recant_checked_session(NULL), "");
  EXPECT_TEXT(recant_checked_scope(NULL), "");
  EXPECT_TEXT(recant_checked_client_id(NULL), "");
  EXPECT_TEXT(recant_checked_issuer(NULL), "");
  EXPECT(recant_checked_has_scope(NULL, "read") == 0);
  EXPECT(recant_checked_has_audience(NULL, "api") == 0);
  EXPECT(recant_checked_expires_at(NULL) == 0);
}

static void answers_begin_as_not_checked(void) {
  recant_checked* const fresh = recant_checked_new();
  recant_checked* const of_null = recant_checked_copy(NULL);
  EXPECT(recant_checked_verdict(fresh) == RECANT_UNAVAILABLE);
  EXPECT_TEXT(recant_checked_reason(fresh), "not checked");
  EXPECT(recant_checked_has_scope(fresh, NULL) == 0);
  EXPECT(recant_checked_has_audience(fresh, NULL) == 0);
  EXPECT_TEXT(recant_checked_reason(of_null), "not checked");
  recant_checked_free(fresh);
  recant_checked_free(of_null);
}

static void names_are_words(void) {
  EXPECT(recant_version()[0] != '\0');
  EXPECT_TEXT(recant_verdict_name(RECANT_VALID), "valid");
  EXPECT_TEXT(recant_verdict_name(RECANT_INVALID), "invalid");
  EXPECT_TEXT(recant_verdict_name(RECANT_REVOKED), "revoked");
  EXPECT_TEXT(recant_verdict_name(RECANT_UNAVAILABLE), "unavailable");
  EXPECT_TEXT(recant_verdict_name(RECANT_NOT_CACHED), "not_cached");
  EXPECT_TEXT(recant_verdict_name((recant_verdict)99), "unknown");
}

static void options_say_what_is_wrong(void) {
  recant_options* const options = recant_options_new();
  EXPECT_TEXT(recant_options_message(options), "");
  EXPECT(recant_options_set(options, "no_such", "x") == -1);
  EXPECT(strstr(recant_options_message(options), "no_such") != NULL);
  EXPECT(recant_options_set(options, NULL, NULL) == -1);
  EXPECT(recant_options_set(options, "redis_timeout", NULL) == -1);
  EXPECT(strstr(recant_options_message(options), "redis_timeout") != NULL);
  EXPECT(recant_verifier_new(options) == NULL);
  EXPECT(recant_options_message(options)[0] != '\0');
  recant_options_free(options);
}

/* Without a Redis at the other end. */
static recant_verifier* make_verifier(void) {
  static const char kKeys[] =
      "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"kid\":\"k\","
      "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
  char path[4096];
  recant_options* const options = recant_options_new();
  recant_verifier* verifier = NULL;
  FILE* file = NULL;
  snprintf(path, sizeof(path), "%s/keys.json", getenv("RECANT_TEST_DIRECTORY"));
  file = fopen(path, "w");
  EXPECT(file != NULL && fwrite(kKeys, sizeof(kKeys) - 1, 1, file) == 1 && fclose(file) == 0);
  EXPECT(recant_options_set(options, "redis_url", "unix:///nowhere/redis.sock") == 0);
  EXPECT(recant_options_set(options, "issuer", "https://login.example.com") == 0);
  EXPECT(recant_options_set(options, "audience", "api") == 0);
  EXPECT(recant_options_set(options, "jwks_file", path) == 0);
  verifier = recant_verifier_new(options);
  if (verifier == NULL) printf("%s\n", recant_options_message(options));
  recant_options_free(options);
  return verifier;
}

static void what_is_kept_outlives_the_verifier(void) {
  recant_checked* const checked = recant_checked_new();
  recant_checked* copy = NULL;
  char why[256] = "";
  recant_verifier* const verifier = make_verifier();
  EXPECT(verifier != NULL);
  EXPECT(recant_ready(verifier) == 0);
  EXPECT(recant_why_not_ready(verifier, why, sizeof(why)) == strlen(why));
  EXPECT(strstr(why, "Redis") != NULL);

  EXPECT(recant_check_cached(verifier, "a.b.c", 5, checked) == RECANT_NOT_CACHED);
  EXPECT(recant_check_cached(verifier, NULL, 5, NULL) == RECANT_NOT_CACHED);
  EXPECT_TEXT(recant_checked_reason(checked), "not checked");
  EXPECT(recant_check(verifier, "a.b.c", 5, 100, checked) == RECANT_INVALID);
  EXPECT_TEXT(recant_checked_reason(checked), "not_signed_by_us");
  EXPECT(recant_check(verifier, NULL, 5, 100, NULL) == RECANT_INVALID);
  copy = recant_checked_copy(checked);
  EXPECT(recant_check_cached(verifier, "a.b.c", 5, checked) == RECANT_NOT_CACHED);
  calls = 0;
  recant_check_async(verifier, "a.b.c", 5, keep, &calls);
  EXPECT(calls == 1);
  recant_verifier_free(verifier);

  EXPECT(recant_checked_verdict(copy) == RECANT_INVALID);
  EXPECT_TEXT(recant_checked_reason(copy), "not_signed_by_us");
  EXPECT(recant_checked_verdict(kept) == RECANT_INVALID);
  EXPECT_TEXT(recant_checked_reason(kept), "not_signed_by_us");
  EXPECT_TEXT(recant_checked_reason(checked), "not checked");
  recant_checked_free(copy);
  recant_checked_free(checked);
  recant_checked_free(kept);
}

int main(void) {
  null_says_nothing_is_known();
  answers_begin_as_not_checked();
  names_are_words();
  options_say_what_is_wrong();
  what_is_kept_outlives_the_verifier();
  if (failures == 0) printf("all is as recant.h says\n");
  return failures == 0 ? 0 : 1;
}
