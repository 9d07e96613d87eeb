/* consumer REDIS_URL ISSUER AUDIENCE JWKS_URL: one token a line in, one verdict a line out. */
#include <recant/recant.h>
#include <stdio.h>
#include <string.h>

static const char* const names[] = {"redis_url", "issuer", "audience", "jwks_url"};

static int set(recant_options* options, const char* name, const char* value) {
  if (recant_options_set(options, name, value) == 0) return 1;
  fprintf(stderr, "%s\n", recant_options_message(options));
  return 0;
}

int main(int count, char** arguments) {
  static char line[16384];
  recant_options* const options = recant_options_new();
  recant_checked* const checked = recant_checked_new();
  recant_verifier* verifier = NULL;
  int i;
  if (count != 5) return 2;
  if (recant_options_set(options, "no_such_option", "") == 0) return 3;
  for (i = 0; i < 4; ++i) {
    if (!set(options, names[i], arguments[i + 1])) return 4;
  }
  if (!set(options, "redis_timeout", "3s")) return 4;
  verifier = recant_verifier_new(options);
  if (verifier == NULL) {
    fprintf(stderr, "%s\n", recant_options_message(options));
    return 5;
  }
  recant_options_free(options);

  while (fgets(line, sizeof line, stdin) != NULL) {
    recant_verdict verdict;
    const size_t length = strcspn(line, "\n");
    do {
      verdict = recant_check(verifier, line, length, 10000, checked);
    } while (verdict == RECANT_UNAVAILABLE && !recant_ready(verifier));
    printf("%s %s\n", recant_verdict_name(verdict), recant_checked_subject(checked));
    fflush(stdout);
  }
  recant_checked_free(checked);
  recant_verifier_free(verifier);
  return 0;
}
