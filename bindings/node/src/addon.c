#include "addon.h"

#include <stdlib.h>

static bool provide(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value made = NULL;
  return well(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &made)) &&
         well(env, napi_set_named_property(env, exports, name, made));
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  static const struct {
    const char* name;
    napi_callback function;
  } provided[] = {
      {"create", verifier_create},     {"close", verifier_close},
      {"closeAll", verifiers_close},   {"whyNotReady", verifier_why_not_ready},
      {"checkCached", check_cached},   {"check", check},
      {"hasScope", checked_has_scope}, {"hasAudience", checked_has_audience},
  };
  if (!verifiers_begin(env)) return NULL;
  for (size_t i = 0; i < sizeof provided / sizeof *provided; ++i) {
    if (!provide(env, exports, provided[i].name, provided[i].function)) return NULL;
  }
  return exports;
}
