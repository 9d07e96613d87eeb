#include <string.h>

#include "addon.h"

static void free_checked(napi_env env, void* checked, void* unused) {
  (void)env, (void)unused;
  recant_checked_free(checked);
}

static bool push_text(napi_env env, napi_value array, uint32_t index, const char* text) {
  napi_value value = NULL;
  return well(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value)) &&
         well(env, napi_set_element(env, array, index, value));
}

static bool push_texts(napi_env env, napi_value array, const recant_checked* checked) {
  static const char* (*const texts[])(const recant_checked*) = {
      recant_checked_reason, recant_checked_subject,   recant_checked_session,
      recant_checked_scope,  recant_checked_client_id, recant_checked_issuer};
  const char* verdict = recant_verdict_name(recant_checked_verdict(checked));
  bool good = push_text(env, array, 0, verdict);
  for (uint32_t i = 0; good && i < sizeof texts / sizeof *texts; ++i) {
    good = push_text(env, array, i + 1, texts[i](checked));
  }
  return good;
}

napi_value checked_fields(napi_env env, recant_checked* checked) {
  napi_value native = NULL, fields = NULL, expires_at = NULL;
  if (!well(env, napi_create_external(env, checked, free_checked, NULL, &native))) {
    recant_checked_free(checked);
    return NULL;
  }
  const int64_t seconds = recant_checked_expires_at(checked);
  const bool good = well(env, napi_create_array_with_length(env, 9, &fields)) &&
                    push_texts(env, fields, checked) &&
                    well(env, napi_create_int64(env, seconds, &expires_at)) &&
                    well(env, napi_set_element(env, fields, 7, expires_at)) &&
                    well(env, napi_set_element(env, fields, 8, native));
  return good ? fields : NULL;
}

/* A word with a zero in it is none that a token can name. */
static napi_value holds(napi_env env, napi_callback_info info,
                        int (*has)(const recant_checked*, const char*)) {
  void* checked = NULL;
  napi_value word = NULL, answer = NULL;
  text bytes;
  if (!arguments_of(env, info, &checked, &word) || !text_read(env, word, &bytes)) return NULL;
  const bool held = strlen(bytes.bytes) == bytes.length && has(checked, bytes.bytes);
  text_free(&bytes);
  return well(env, napi_get_boolean(env, held, &answer)) ? answer : NULL;
}

napi_value checked_has_scope(napi_env env, napi_callback_info info) {
  return holds(env, info, recant_checked_has_scope);
}

napi_value checked_has_audience(napi_env env, napi_callback_info info) {
  return holds(env, info, recant_checked_has_audience);
}
