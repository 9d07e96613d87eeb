/* The verifier's lines for whoever runs the service, brought to the event loop. They keep nothing
 * from exiting, and those that a stuck loop does not read are dropped. */
#include <stdlib.h>
#include <string.h>

#include "addon.h"

enum { most_unread_lines = 1000 };

typedef struct line {
  int level;
  char text[];
} line;

/* On the verifier's thread. */
static void on_line(void* user, int level, const char* text) {
  const verifier* it = user;
  const size_t size = strlen(text) + 1;
  line* one = malloc(sizeof *one + size);
  if (one == NULL) return;
  one->level = level;
  memcpy(one->text, text, size);
  if (napi_call_threadsafe_function(it->lines, one, napi_tsfn_nonblocking) != napi_ok) free(one);
}

/* What the function throws is the service's own, and nobody else is to know. */
static void tell(napi_env env, napi_value function, const line* one) {
  napi_value nobody = NULL, arguments[2];
  if (napi_get_undefined(env, &nobody) != napi_ok ||
      napi_create_int32(env, one->level, &arguments[0]) != napi_ok ||
      napi_create_string_utf8(env, one->text, NAPI_AUTO_LENGTH, &arguments[1]) != napi_ok) {
    return;
  }
  if (napi_call_function(env, nobody, function, 2, arguments, NULL) != napi_ok) {
    napi_get_and_clear_last_exception(env, &nobody);
  }
}

/* `env` is NULL where the environment ends. */
static void deliver(napi_env env, napi_value function, void* context, void* data) {
  (void)context;
  if (env != NULL) tell(env, function, data);
  free(data);
}

bool log_begin(napi_env env, verifier* it, recant_options* options, napi_value function) {
  napi_valuetype type;
  if (!well(env, napi_typeof(env, function, &type))) return false;
  if (type != napi_function) return true;
  napi_value name = NULL;
  if (!well(env, napi_create_string_utf8(env, "recant log", NAPI_AUTO_LENGTH, &name)) ||
      !well(env, napi_create_threadsafe_function(env, function, NULL, name, most_unread_lines, 1,
                                                 it, verifier_left, it, deliver, &it->lines))) {
    return false;
  }
  ++it->users;
  recant_options_set_log(options, on_line, it);
  return well(env, napi_unref_threadsafe_function(env, it->lines));
}
