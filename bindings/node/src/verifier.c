/* A verifier's life.
 *
 * It ends by close(), or when nobody holds its handle any more, or with its environment, whichever
 * comes first. Each way its thread ends before the functions do that the thread calls: cleanup
 * hooks run last in, first out, and ours comes after those that the functions have of their own. */
#include <stdlib.h>

#include "addon.h"

/* The open ones of an environment: a ring, in which its instance data stands for none. */

static void join(verifier* it, verifier* ring) {
  it->before = ring;
  it->after = ring->after;
  it->before->after = it->after->before = it;
}

static void leave(verifier* it) {
  it->before->after = it->after;
  it->after->before = it->before;
}

static void free_ring(napi_env env, void* ring, void* unused) {
  (void)env, (void)unused;
  free(ring);
}

bool verifiers_begin(napi_env env) {
  verifier* ring = calloc(1, sizeof *ring);
  if (ring == NULL) return no_memory(env);
  ring->before = ring->after = ring;
  return well(env, napi_set_instance_data(env, ring, free_ring, NULL));
}

static verifier* ring_of(napi_env env) {
  void* ring = NULL;
  return well(env, napi_get_instance_data(env, &ring)) ? ring : NULL;
}

/* The end. */

void verifier_left(napi_env env, void* data, void* unused) {
  (void)env, (void)unused;
  verifier* it = data;
  if (--it->users == 0) free(it);
}

static void release(napi_threadsafe_function* function) {
  if (*function != NULL) napi_release_threadsafe_function(*function, napi_tsfn_release);
  *function = NULL;
}

/* Afterwards its thread has ended, and what that had to tell is on its way to the event loop. */
static void end(void* data) {
  verifier* it = data;
  if (it->recant == NULL) return;
  recant_verifier_free(it->recant);
  it->recant = NULL;
  leave(it);
  release(&it->answers);
  release(&it->lines);
}

static void close_now(napi_env env, verifier* it) {
  napi_remove_env_cleanup_hook(env, end, it);
  end(it);
}

static void handle_left(napi_env env, void* data, void* unused) {
  close_now(env, data);
  verifier_left(env, data, unused);
}

napi_value verifiers_close(napi_env env, napi_callback_info info) {
  (void)info;
  verifier* ring = ring_of(env);
  if (ring == NULL) return NULL;
  while (ring->after != ring) close_now(env, ring->after);
  return undefined(env);
}

napi_value verifier_close(napi_env env, napi_callback_info info) {
  void* it = NULL;
  if (!arguments_of(env, info, &it, NULL)) return NULL;
  close_now(env, it);
  return undefined(env);
}

/* The beginning. */

/* false with an exception, or without one where the library refuses the options. */
static bool begin(napi_env env, verifier* it, recant_options* options, napi_value log) {
  verifier* ring = ring_of(env);
  if (ring == NULL || !answers_begin(env, it) || !log_begin(env, it, options, log) ||
      !well(env, napi_add_env_cleanup_hook(env, end, it))) {
    return false;
  }
  it->recant = recant_verifier_new(options);
  if (it->recant == NULL) {
    napi_remove_env_cleanup_hook(env, end, it);
    return false;
  }
  join(it, ring);
  return true;
}

static napi_value make(napi_env env, recant_options* options, napi_value log) {
  verifier* it = calloc(1, sizeof *it);
  if (it == NULL) return no_memory(env), NULL;
  it->users = 1;
  napi_value handle = NULL;
  if (!well(env, napi_create_external(env, it, handle_left, NULL, &handle))) {
    free(it);
    return NULL;
  }
  if (begin(env, it, options, log)) return handle;
  release(&it->answers);
  release(&it->lines);
  return NULL;
}

static napi_value sentence(napi_env env, const recant_options* options) {
  bool thrown = true;
  napi_value why = NULL;
  if (napi_is_exception_pending(env, &thrown) != napi_ok || thrown) return NULL;
  const char* message = recant_options_message(options);
  return well(env, napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &why)) ? why : NULL;
}

napi_value verifier_create(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  if (!well(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL))) return NULL;
  recant_options* options = recant_options_new();
  if (options == NULL) return no_memory(env), NULL;
  napi_value made =
      options_read(env, arguments[0], options) ? make(env, options, arguments[1]) : NULL;
  if (made == NULL) made = sentence(env, options);
  recant_options_free(options);
  return made;
}

/* Meanwhile. */

napi_value verifier_why_not_ready(napi_env env, napi_callback_info info) {
  void* it = NULL;
  if (!arguments_of(env, info, &it, NULL)) return NULL;
  char why[512];
  recant_why_not_ready(((verifier*)it)->recant, why, sizeof why);
  napi_value text = NULL;
  return well(env, napi_create_string_utf8(env, why, NAPI_AUTO_LENGTH, &text)) ? text : NULL;
}
