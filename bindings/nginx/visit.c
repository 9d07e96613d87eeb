/* A request may be gone before its answer is there. So what the library's thread is given is no
 * part of the request: a question, which knows whose it is until that one has left. */
#include "mailbox.h"
#include "module.h"

struct ngx_http_recant_question_s {
  ngx_http_recant_letter_t letter;
  ngx_http_recant_visit_t* visit; /* NULL when it has left; the worker's thread alone looks here */
  recant_checked* answer;         /* written before the letter is sent */
};

static void leave(void* data) {
  ngx_http_recant_visit_t* visit = data;

  if (visit->question != NULL) {
    visit->question->visit = NULL;
  }
  ngx_http_recant_forget(visit);
}

/* By the request's pool, and not by its contexts: those are emptied at an internal redirect, and
 * subrequests have others. */
ngx_http_recant_visit_t* ngx_http_recant_find_visit(ngx_http_request_t* r) {
  ngx_pool_cleanup_t* cleanup;

  for (cleanup = r->pool->cleanup; cleanup != NULL; cleanup = cleanup->next) {
    if (cleanup->handler == leave) {
      return cleanup->data;
    }
  }
  return NULL;
}

ngx_http_recant_visit_t* ngx_http_recant_make_visit(ngx_http_request_t* r) {
  ngx_http_recant_visit_t* visit;
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, sizeof(*visit));

  if (cleanup == NULL) {
    return NULL;
  }
  visit = cleanup->data;
  ngx_memzero(visit, sizeof(*visit));
  visit->request = r;
  cleanup->handler = leave;
  return visit;
}

void ngx_http_recant_forget(ngx_http_recant_visit_t* visit) {
  recant_checked_free(visit->checked);
  visit->checked = NULL;
}

static void go_on(ngx_http_recant_visit_t* visit) {
  ngx_http_request_t* r = visit->request;
  ngx_connection_t* connection = r->connection;

  ngx_http_set_log_request(connection->log, r);
  r->read_event_handler = ngx_http_block_reading;
  r->write_event_handler(r);
  ngx_http_run_posted_requests(connection);
}

static void open_answer(ngx_http_recant_letter_t* letter) {
  ngx_http_recant_question_t* question = (ngx_http_recant_question_t*)letter;
  ngx_http_recant_visit_t* visit = question->visit;

  ngx_http_recant_waits_no_longer();
  if (visit == NULL) {
    recant_checked_free(question->answer);
    ngx_free(question);
    return;
  }
  visit->checked = question->answer;
  visit->question = NULL;
  visit->answered = 1;
  ngx_free(question);
  go_on(visit);
}

/* On the library's thread, or in recant_check_async() itself: either way it is read from the
 * mailbox. Without memory for a copy there is no answer, which is taken for "unavailable". */
static void answer(void* user, const recant_checked* checked) {
  ngx_http_recant_question_t* question = user;

  question->answer = recant_checked_copy(checked);
  ngx_http_recant_send(&question->letter);
}

ngx_int_t ngx_http_recant_ask(ngx_http_recant_visit_t* visit, ngx_str_t* token) {
  ngx_http_request_t* r = visit->request;
  ngx_http_recant_question_t* question;

  question = ngx_calloc(sizeof(*question), r->connection->log);
  if (question == NULL || ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
    ngx_free(question);
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  /* Notices when the client goes away. */
  r->read_event_handler = ngx_http_test_reading;
  question->letter.open = open_answer;
  question->visit = visit;
  visit->question = question;
  ngx_http_recant_waits();
  recant_check_async(ngx_http_recant_verifier(), (const char*)token->data, token->len, answer,
                     question);
  return NGX_AGAIN;
}
