/* Brings what happens on the library's thread to the worker's event loop: a queue behind a lock,
 * and an eventfd that wakes the loop. One a process. */
#ifndef NGX_HTTP_RECANT_MAILBOX_H
#define NGX_HTTP_RECANT_MAILBOX_H

#include <ngx_config.h>
#include <ngx_core.h>

/* The first member of whatever is sent. */
typedef struct ngx_http_recant_letter_s ngx_http_recant_letter_t;
struct ngx_http_recant_letter_s {
  ngx_http_recant_letter_t* next;
  /* Called on the worker's thread, once; the letter is its own from then on. */
  void (*open)(ngx_http_recant_letter_t* letter);
};

ngx_int_t ngx_http_recant_open_mailbox(ngx_cycle_t* cycle);
/* When nobody sends any more. What was not opened yet never is. */
void ngx_http_recant_close_mailbox(void);
/* Any thread; of one thread they are opened in the order that they were sent in. */
void ngx_http_recant_send(ngx_http_recant_letter_t* letter);

#endif
