/* A verifier for each worker, made behind fork(): it owns a thread, which no child would have. */
#include "mailbox.h"
#include "module.h"

static struct {
  recant_verifier* verifier;
  ngx_uint_t waiting;
  ngx_event_t patience;
  ngx_connection_t nobody; /* whom the timer is for, in what nginx logs of it */
} worker;

/* nginx ends a worker that is to go as soon as it has no timer left, whoever may be waiting: so
 * there is one as long as a request waits for the library. */
static const ngx_msec_t kPatience = 1000;

/* Two seconds: for how long a worker that begins waits for keys and for Redis. */
static const ngx_uint_t kReadyTries = 400;
static const ngx_uint_t kReadyPause = 5;

typedef struct {
  ngx_http_recant_letter_t letter;
  ngx_uint_t level;
  size_t length;
  u_char text[];
} line_t;

static void open_line(ngx_http_recant_letter_t* letter) {
  line_t* line = (line_t*)letter;

  ngx_log_error(line->level, ngx_cycle->log, 0, "recant: %*s", line->length, line->text);
  free(line);
}

/* On the library's thread, on which nginx's own functions are not for use. */
static void log_line(void* user, int level, const char* text) {
  static const ngx_uint_t levels[] = {NGX_LOG_NOTICE, NGX_LOG_WARN, NGX_LOG_ERR};
  size_t length = strlen(text);
  line_t* line = malloc(sizeof(line_t) + length);

  if (line == NULL) {
    return;
  }
  line->letter.open = open_line;
  line->level = levels[level];
  line->length = length;
  memcpy(line->text, text, length);
  ngx_http_recant_send(&line->letter);
}

static void be_patient(ngx_event_t* event) { ngx_add_timer(event, kPatience); }

static recant_verifier* make_verifier(ngx_cycle_t* cycle, recant_options* options) {
  recant_verifier* verifier;
  const char* why = "no eventfd can be had, or worker_connections are too few.";

  if (ngx_http_recant_open_mailbox(cycle) == NGX_OK) {
    recant_options_set_log(options, log_line, NULL);
    verifier = recant_verifier_new(options);
    if (verifier != NULL) {
      return verifier;
    }
    why = recant_options_message(options);
  }
  ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                "recant: %s Whatever is checked is answered 503 by this worker.", why);
  return NULL;
}

/* Keys and Redis are a moment away, and who comes meanwhile waits to be accepted: so a reload
 * answers nobody 503. */
static void wait_until_ready(void) {
  ngx_uint_t i;

  for (i = 0; i < kReadyTries && !recant_ready(worker.verifier); i++) {
    ngx_msleep(kReadyPause);
  }
  ngx_time_update();
}

/* Does not fail, since nginx takes that for the end of all workers. */
ngx_int_t ngx_http_recant_init_process(ngx_cycle_t* cycle) {
  ngx_http_recant_main_conf_t* conf;

  conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_recant_module);
  /* nginx also begins those who look after a cache in this way. */
  if (conf == NULL || !conf->wanted ||
      (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
    return NGX_OK;
  }
  worker.nobody.fd = (ngx_socket_t)-1;
  worker.patience.data = &worker.nobody;
  worker.patience.log = cycle->log;
  worker.patience.handler = be_patient;
  worker.verifier = make_verifier(cycle, conf->options);
  if (worker.verifier != NULL) {
    wait_until_ready();
  }
  return NGX_OK;
}

void ngx_http_recant_exit_process(ngx_cycle_t* cycle) {
  recant_verifier_free(worker.verifier);
  worker.verifier = NULL;
  ngx_http_recant_close_mailbox();
}

recant_verifier* ngx_http_recant_verifier(void) { return worker.verifier; }

void ngx_http_recant_waits(void) {
  if (worker.waiting++ == 0) {
    ngx_add_timer(&worker.patience, kPatience);
  }
}

void ngx_http_recant_waits_no_longer(void) {
  if (--worker.waiting == 0) {
    ngx_del_timer(&worker.patience);
  }
}
