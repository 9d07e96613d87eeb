/* Checks: what is remembered at once, all else by a promise. */
#include <stdlib.h>

#include "addon.h"

typedef struct call {
  verifier* verifier;
  napi_deferred deferred;
  recant_checked* checked; /* NULL: there was no memory for it, which reads as unavailable */
} call;

/* The first pending check keeps node until the last has its answer. The verifier is kept by
 * check() of index.js, which is one of its methods and awaits the promise. */
static void hold(napi_env env, verifier* it) {
  if (it->pending++ == 0) napi_ref_threadsafe_function(env, it->answers);
}

static void let_go(napi_env env, verifier* it) {
  const bool is_open = it->answers != NULL;
  if (--it->pending == 0 && is_open) napi_unref_threadsafe_function(env, it->answers);
}

static void settle(napi_env env, napi_deferred deferred, recant_checked* checked) {
  napi_value fields = checked_fields(env, checked), thrown = NULL;
  if (fields != NULL) {
    napi_resolve_deferred(env, deferred, fields);
  } else if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) {
    napi_reject_deferred(env, deferred, thrown);
  }
}

/* `env` is NULL where the environment ends. */
static void deliver(napi_env env, napi_value function, void* context, void* data) {
  (void)function, (void)context;
  call* one = data;
  if (env != NULL) {
    settle(env, one->deferred, one->checked);
    let_go(env, one->verifier);
  } else {
    recant_checked_free(one->checked);
  }
  free(one);
}

/* On the verifier's thread, or within recant_check_async(). The function outlives the verifier, and
 * its queue has no end: nothing is left to fail but memory. */
static void on_answer(void* user, const recant_checked* checked) {
  call* one = user;
  one->checked = recant_checked_copy(checked);
  napi_call_threadsafe_function(one->verifier->answers, one, napi_tsfn_nonblocking);
}

bool answers_begin(napi_env env, verifier* it) {
  napi_value name = NULL;
  if (!well(env, napi_create_string_utf8(env, "recant check", NAPI_AUTO_LENGTH, &name)) ||
      !well(env, napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, it, verifier_left, it,
                                                 deliver, &it->answers))) {
    return false;
  }
  ++it->users;
  return well(env, napi_unref_threadsafe_function(env, it->answers));
}

napi_value check_cached(napi_env env, napi_callback_info info) {
  void* it = NULL;
  napi_value token = NULL;
  text bytes;
  if (!arguments_of(env, info, &it, &token) || !text_read(env, token, &bytes)) return NULL;
  recant_checked* checked = recant_checked_new();
  const recant_verdict verdict =
      recant_check_cached(((verifier*)it)->recant, bytes.bytes, bytes.length, checked);
  text_free(&bytes);
  if (verdict != RECANT_NOT_CACHED) return checked_fields(env, checked);
  recant_checked_free(checked);
  return undefined(env);
}

/* Not of a closed one: of that check_cached(), which index.js asks before, knows the answer. */
napi_value check(napi_env env, napi_callback_info info) {
  void* it = NULL;
  napi_value token = NULL, promise = NULL;
  text bytes;
  if (!arguments_of(env, info, &it, &token) || !text_read(env, token, &bytes)) return NULL;
  call* one = calloc(1, sizeof *one);
  if (one == NULL) {
    no_memory(env);
  } else if (!well(env, napi_create_promise(env, &one->deferred, &promise))) {
    free(one);
  } else {
    one->verifier = it;
    hold(env, it);
    recant_check_async(one->verifier->recant, bytes.bytes, bytes.length, on_answer, one);
  }
  text_free(&bytes);
  return promise;
}
