#include "mailbox.h"

#include <ngx_event.h>
#include <pthread.h>
#include <sys/eventfd.h>

static struct {
  pthread_mutex_t lock;
  ngx_http_recant_letter_t* first; /* both guarded by lock */
  ngx_http_recant_letter_t** end;
  ngx_connection_t* connection;
} mailbox = {.lock = PTHREAD_MUTEX_INITIALIZER, .end = &mailbox.first};

static ngx_http_recant_letter_t* take_all(void) {
  ngx_http_recant_letter_t* letters;

  pthread_mutex_lock(&mailbox.lock);
  letters = mailbox.first;
  mailbox.first = NULL;
  mailbox.end = &mailbox.first;
  pthread_mutex_unlock(&mailbox.lock);
  return letters;
}

static void open_letters(ngx_event_t* event) {
  ngx_connection_t* connection = event->data;
  ngx_http_recant_letter_t *letter, *next;
  eventfd_t rung;

  /* First, so that who sends behind take_all() rings again. */
  (void)eventfd_read(connection->fd, &rung);
  event->ready = 0;
  for (letter = take_all(); letter != NULL; letter = next) {
    next = letter->next;
    letter->open(letter);
  }
  if (ngx_handle_read_event(event, 0) != NGX_OK) {
    ngx_log_error(NGX_LOG_ALERT, event->log, 0, "recant: the eventfd can no longer be waited for");
  }
}

ngx_int_t ngx_http_recant_open_mailbox(ngx_cycle_t* cycle) {
  ngx_connection_t* connection;
  int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

  if (fd == -1) {
    return NGX_ERROR;
  }
  connection = ngx_get_connection(fd, cycle->log);
  if (connection == NULL) {
    close(fd);
    return NGX_ERROR;
  }
  connection->log = cycle->log;
  connection->read->log = cycle->log;
  connection->write->log = cycle->log;
  connection->read->handler = open_letters;
  if (ngx_handle_read_event(connection->read, 0) != NGX_OK) {
    ngx_close_connection(connection);
    return NGX_ERROR;
  }
  mailbox.connection = connection;
  return NGX_OK;
}

void ngx_http_recant_close_mailbox(void) {
  if (mailbox.connection != NULL) {
    ngx_close_connection(mailbox.connection);
    mailbox.connection = NULL;
  }
}

void ngx_http_recant_send(ngx_http_recant_letter_t* letter) {
  int was_empty;

  letter->next = NULL;
  pthread_mutex_lock(&mailbox.lock);
  was_empty = mailbox.first == NULL;
  *mailbox.end = letter;
  mailbox.end = &letter->next;
  pthread_mutex_unlock(&mailbox.lock);
  if (was_empty) {
    (void)eventfd_write(mailbox.connection->fd, 1);
  }
}
