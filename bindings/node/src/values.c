#include <stdlib.h>

#include "addon.h"

bool well(napi_env env, napi_status status) {
  if (status == napi_ok) return true;
  bool thrown = false;
  napi_is_exception_pending(env, &thrown);
  if (thrown) return false;
  const napi_extended_error_info* info = NULL;
  napi_get_last_error_info(env, &info);
  napi_throw_error(env, NULL, info != NULL ? info->error_message : NULL);
  return false;
}

bool no_memory(napi_env env) {
  napi_throw_error(env, NULL, "there is no memory");
  return false;
}

bool arguments_of(napi_env env, napi_callback_info info, void** handle, napi_value* second) {
  napi_value arguments[2];
  size_t count = 2;
  if (!well(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL))) return false;
  if (second != NULL) *second = arguments[1];
  return well(env, napi_get_value_external(env, arguments[0], handle));
}

napi_value undefined(napi_env env) {
  napi_value nothing = NULL;
  return well(env, napi_get_undefined(env, &nothing)) ? nothing : NULL;
}

bool text_read(napi_env env, napi_value value, text* into) {
  into->bytes = into->inside;
  size_t length = 0;
  if (!well(env, napi_get_value_string_utf8(env, value, NULL, 0, &length))) return false;
  if (length >= sizeof into->inside) into->bytes = malloc(length + 1);
  if (into->bytes == NULL) return no_memory(env);
  if (well(env, napi_get_value_string_utf8(env, value, into->bytes, length + 1, &into->length))) {
    return true;
  }
  text_free(into);
  return false;
}

void text_free(text* it) {
  if (it->bytes != it->inside) free(it->bytes);
}
