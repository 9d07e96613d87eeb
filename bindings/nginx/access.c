/* The access phase: who brings no good token goes no further. RFC 6750. */
#include "module.h"

static ngx_str_t kBare = ngx_string("Bearer");
static ngx_str_t kInvalid = ngx_string("Bearer error=\"invalid_token\"");

/* Whose texts these are tells our own fields from others' of the same name. */
static ngx_str_t kChallenge = ngx_string("WWW-Authenticate");
static ngx_str_t kRetryAfter = ngx_string("Retry-After");

/* nginx may have thrown the fields of an answer away before a request is judged again, so that none
 * can be remembered. */
static ngx_table_elt_t* find_field(ngx_http_request_t* r, const ngx_str_t* name) {
  ngx_list_part_t* part;
  ngx_table_elt_t* field;
  ngx_uint_t i;

  for (part = &r->headers_out.headers.part; part != NULL; part = part->next) {
    field = part->elts;
    for (i = 0; i < part->nelts; i++) {
      if (field[i].key.data == name->data) {
        return &field[i];
      }
    }
  }
  return NULL;
}

/* Sets a field of the answer, again where it is judged again after an internal redirect. NULL when
 * there is no memory. */
static ngx_table_elt_t* set_field(ngx_http_request_t* r, const ngx_str_t* name,
                                  const ngx_str_t* value) {
  ngx_table_elt_t* field = find_field(r, name);

  if (field == NULL) {
    field = ngx_list_push(&r->headers_out.headers);
    if (field == NULL) {
      return NULL;
    }
    ngx_memzero(field, sizeof(*field));
    field->key = *name;
  }
  field->hash = 1;
  field->value = *value;
  return field;
}

/* What an earlier judgement of this request said is not to stand on an answer that lets it in. */
static void drop_fields(ngx_http_request_t* r) {
  const ngx_str_t* names[] = {&kChallenge, &kRetryAfter};
  ngx_table_elt_t* field;
  ngx_uint_t i;

  for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    field = find_field(r, names[i]);
    if (field != NULL) {
      field->hash = 0;
    }
  }
}

static ngx_int_t refuse(ngx_http_recant_visit_t* visit, ngx_int_t status,
                        const ngx_str_t* challenge) {
  ngx_http_request_t* r = visit->request;
  ngx_table_elt_t* field = set_field(r, &kChallenge, challenge);

  if (field == NULL) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  /* Where nginx looks when something else satisfies it (satisfy any). */
  r->headers_out.www_authenticate = field;
  return status;
}

static ngx_int_t be_unavailable(ngx_http_recant_visit_t* visit) {
  static ngx_str_t second = ngx_string("1");
  ngx_http_request_t* r = visit->request;

  ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "recant: %s",
                recant_checked_reason(visit->checked));
  if (set_field(r, &kRetryAfter, &second) == NULL) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  return NGX_HTTP_SERVICE_UNAVAILABLE;
}

static ngx_int_t decide(ngx_http_recant_visit_t* visit, ngx_http_recant_loc_conf_t* conf) {
  ngx_str_t* word;
  ngx_uint_t i;

  switch (recant_checked_verdict(visit->checked)) {
    case RECANT_VALID:
      break;
    case RECANT_INVALID:
    case RECANT_REVOKED:
      return refuse(visit, NGX_HTTP_UNAUTHORIZED, &kInvalid);
    default:
      return be_unavailable(visit);
  }
  if (conf->scope != NULL) {
    word = conf->scope->elts;
    for (i = 0; i < conf->scope->nelts; i++) {
      if (!recant_checked_has_scope(visit->checked, (const char*)word[i].data)) {
        return refuse(visit, NGX_HTTP_FORBIDDEN, &conf->insufficient);
      }
    }
  }
  drop_fields(visit->request);
  return NGX_OK;
}

/* There is one Authorization at most: nginx itself answers a second one with 400. */
static ngx_int_t find_token(ngx_http_request_t* r, ngx_str_t* token) {
  static const size_t scheme = sizeof("Bearer") - 1;
  ngx_table_elt_t* field = r->headers_in.authorization;
  u_char *from, *end;

  if (field == NULL || field->value.len < scheme ||
      ngx_strncasecmp(field->value.data, (u_char*)"Bearer", scheme) != 0) {
    return NGX_DECLINED;
  }
  from = field->value.data + scheme;
  end = field->value.data + field->value.len;
  if (from < end && *from != ' ') {
    return NGX_DECLINED; /* another scheme, which only begins like this one */
  }
  while (from < end && *from == ' ') {
    from++;
  }
  token->data = from;
  token->len = end - from;
  return NGX_OK;
}

ngx_int_t ngx_http_recant_access(ngx_http_request_t* r) {
  ngx_http_recant_loc_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_recant_module);
  ngx_http_recant_visit_t* visit;
  ngx_str_t token;

  if (!conf->check) {
    return NGX_DECLINED;
  }
  visit = ngx_http_recant_find_visit(r);
  if (visit == NULL) {
    visit = ngx_http_recant_make_visit(r);
  }
  if (visit == NULL) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (visit->question != NULL) {
    return NGX_AGAIN;
  }
  if (visit->answered) {
    visit->answered = 0;
    return decide(visit, conf);
  }
  ngx_http_recant_forget(visit);
  if (find_token(r, &token) != NGX_OK) {
    return refuse(visit, NGX_HTTP_UNAUTHORIZED, &kBare);
  }
  visit->checked = recant_checked_new();
  if (recant_check_cached(ngx_http_recant_verifier(), (const char*)token.data, token.len,
                          visit->checked) != RECANT_NOT_CACHED) {
    return decide(visit, conf);
  }
  ngx_http_recant_forget(visit);
  return ngx_http_recant_ask(visit, &token);
}
