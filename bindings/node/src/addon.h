/* librecant for index.js, by Node-API 8.
 *
 * All of it belongs to the JavaScript thread of one environment (the main thread's, or a worker's),
 * but for what is said to run on the verifier's own thread. That thread touches no JavaScript: it
 * hands what it has to a thread-safe function, which brings it to the event loop.
 *
 * A function that returns napi_value NULL has thrown. */
#ifndef RECANT_NODE_ADDON_H
#define RECANT_NODE_ADDON_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <recant/recant.h>
#include <stdbool.h>
#include <stddef.h>

/* 1. Life (verifier.c). */

typedef struct verifier {
  recant_verifier* recant;          /* NULL: closed */
  napi_threadsafe_function answers; /* keeps node from exiting while checks are pending */
  napi_threadsafe_function lines;   /* of the log; NULL: nobody reads them */
  size_t pending;
  int users; /* JavaScript's handle and the two functions; the last of them to go frees this */
  struct verifier *before, *after; /* its neighbours among the open ones of its environment */
} verifier;

/* Once an environment, before all else. */
bool verifiers_begin(napi_env env);
/* All that are open in this environment. */
napi_value verifiers_close(napi_env env, napi_callback_info info);

/* A handle, or the sentence that says why there is none. */
napi_value verifier_create(napi_env env, napi_callback_info info);
napi_value verifier_close(napi_env env, napi_callback_info info);
napi_value verifier_why_not_ready(napi_env env, napi_callback_info info);
/* The finalizer of its functions: one of its users is gone. */
void verifier_left(napi_env env, void* it, void* unused);

/* 2. What it is made with (options.c), and its log (log.c). */

/* Sets what an array [name, value, name, value, …] says. false with an exception, or without one
 * where the library refuses something: recant_options_message() says what. */
bool options_read(napi_env env, napi_value pairs, recant_options* into);
/* Hands lines to `function`(level, line) from now on. */
bool log_begin(napi_env env, verifier* it, recant_options* options, napi_value function);

/* 3. Checks (checks.c) and their answers (checked.c). */

bool answers_begin(napi_env env, verifier* it);
napi_value check_cached(napi_env env, napi_callback_info info);
napi_value check(napi_env env, napi_callback_info info);

/* [verdict, reason, subject, session, scope, clientId, issuer, expiresAt, native]. Takes `checked`,
 * also when it throws. */
napi_value checked_fields(napi_env env, recant_checked* checked);
napi_value checked_has_scope(napi_env env, napi_callback_info info);
napi_value checked_has_audience(napi_env env, napi_callback_info info);

/* 4. What all of them need (values.c). */

/* false with an exception, if `status` is not napi_ok. */
bool well(napi_env env, napi_status status);
/* Throws. */
bool no_memory(napi_env env);
/* The first argument, which is a handle, and up to one more. */
bool arguments_of(napi_env env, napi_callback_info info, void** handle, napi_value* second);
napi_value undefined(napi_env env);

/* A copy of a string; short ones without asking for memory. */
typedef struct text {
  char* bytes;   /* ends with a zero, and may hold others */
  size_t length; /* without it */
  char inside[2048];
} text;
bool text_read(napi_env env, napi_value value, text* into);
void text_free(text* it);

#endif
