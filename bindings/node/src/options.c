#include <string.h>

#include "addon.h"

static bool element(napi_env env, napi_value array, uint32_t index, text* into) {
  napi_value value = NULL;
  return well(env, napi_get_element(env, array, index, &value)) && text_read(env, value, into);
}

static bool set(recant_options* options, const char* name, const char* value) {
  if (strcmp(name, "issuer.") == 0) return recant_options_add_issuer(options) == 0;
  return recant_options_set(options, name, value) == 0;
}

bool options_read(napi_env env, napi_value pairs, recant_options* into) {
  uint32_t count = 0;
  if (!well(env, napi_get_array_length(env, pairs, &count))) return false;
  bool good = true;
  for (uint32_t i = 0; good && i + 1 < count; i += 2) {
    text name, value;
    if (!element(env, pairs, i, &name)) return false;
    good = element(env, pairs, i + 1, &value);
    if (good) {
      good = set(into, name.bytes, value.bytes);
      text_free(&value);
    }
    text_free(&name);
  }
  return good;
}
