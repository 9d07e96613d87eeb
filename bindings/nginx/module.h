/* What the files of this module share. nginx loads it with all its symbols in sight of everybody,
 * so what is not static begins with ngx_http_recant_.
 *
 * All of it runs on a worker's one thread, but for what is marked "any thread". */
#ifndef NGX_HTTP_RECANT_MODULE_H
#define NGX_HTTP_RECANT_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <recant/recant.h>

extern ngx_module_t ngx_http_recant_module;

/* Where something stands in a configuration file; `line` is 0 for nowhere. */
typedef struct {
  ngx_str_t file;
  ngx_uint_t line;
} ngx_http_recant_place_t;

typedef struct {
  recant_options* options;
  ngx_http_recant_place_t place; /* of our first directive */
  ngx_uint_t given;              /* a bit for each option that stands once */
  unsigned wanted : 1;           /* something is checked, so that workers need a verifier */
} ngx_http_recant_main_conf_t;

typedef struct {
  ngx_flag_t check;
  ngx_array_t* scope;     /* of ngx_str_t, each with a zero behind it: the words that are needed */
  ngx_str_t insufficient; /* the challenge for a token that lacks one */
  ngx_http_recant_place_t scope_place;
} ngx_http_recant_loc_conf_t;

/* options.c: directives that set the library's options. */
char* ngx_http_recant_set_option(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
char* ngx_http_recant_set_file(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
char* ngx_http_recant_set_any_option(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
char* ngx_http_recant_other_issuer(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
void ngx_http_recant_note_place(ngx_conf_t* cf, ngx_http_recant_place_t* place);
/* Says in the log what is wrong with all of them together. */
ngx_int_t ngx_http_recant_try_options(ngx_conf_t* cf, ngx_http_recant_main_conf_t* conf);

/* worker.c: the verifier of this process. */
ngx_int_t ngx_http_recant_init_process(ngx_cycle_t* cycle);
void ngx_http_recant_exit_process(ngx_cycle_t* cycle);
/* NULL when there is none, of which the library says "unavailable". */
recant_verifier* ngx_http_recant_verifier(void);
/* One more, or one fewer, request waits for the library. */
void ngx_http_recant_waits(void);
void ngx_http_recant_waits_no_longer(void);

/* visit.c: a request and what the library says of its token. */
typedef struct ngx_http_recant_question_s ngx_http_recant_question_t;

/* Lives as long as the request, over internal redirects. */
typedef struct {
  ngx_http_request_t* request;
  ngx_http_recant_question_t* question; /* that is not answered yet */
  recant_checked* checked;              /* the last answer; NULL before there is one */
  unsigned answered : 1;                /* it came from elsewhere, and is to be acted upon */
} ngx_http_recant_visit_t;

/* NULL when this request has not been judged. Subrequests find that of their main request. */
ngx_http_recant_visit_t* ngx_http_recant_find_visit(ngx_http_request_t* r);
/* NULL when there is no memory. */
ngx_http_recant_visit_t* ngx_http_recant_make_visit(ngx_http_request_t* r);
/* Forgets what was said before. */
void ngx_http_recant_forget(ngx_http_recant_visit_t* visit);
/* Asks the library; the phases of the request go on when it has answered. NGX_AGAIN, or a status.
 */
ngx_int_t ngx_http_recant_ask(ngx_http_recant_visit_t* visit, ngx_str_t* token);

/* access.c, variables.c */
ngx_int_t ngx_http_recant_access(ngx_http_request_t* r);
ngx_int_t ngx_http_recant_add_variables(ngx_conf_t* cf);

#endif
