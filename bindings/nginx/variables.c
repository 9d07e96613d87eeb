/* $recant_…: what the last check said, for proxy_set_header and for logs. */
#include "module.h"

static const char* verdict(const recant_checked* checked) {
  return recant_verdict_name(recant_checked_verdict(checked));
}

typedef const char* (*text_t)(const recant_checked*);

static struct {
  ngx_str_t name;
  text_t text;      /* NULL: the seconds at which it expires */
  unsigned who : 1; /* whom the token speaks of: said of a good one only, whatever else lets in */
} variables[] = {
    {ngx_string("recant_subject"), recant_checked_subject, 1},
    {ngx_string("recant_session"), recant_checked_session, 1},
    {ngx_string("recant_scope"), recant_checked_scope, 1},
    {ngx_string("recant_client_id"), recant_checked_client_id, 1},
    {ngx_string("recant_issuer"), recant_checked_issuer, 1},
    {ngx_string("recant_expires"), NULL, 1},
    {ngx_string("recant_verdict"), verdict, 0},
    {ngx_string("recant_reason"), recant_checked_reason, 0},
};

/* As in the X-Auth-… fields of Recant's own answers: what is no visible ASCII could end a field,
 * and is percent-encoded. Words stay apart. */
static int is_plain(u_char byte) { return byte >= ' ' && byte < 0x7f && byte != '%'; }

static ngx_int_t write_text(ngx_http_request_t* r, ngx_http_variable_value_t* value,
                            const char* text) {
  static const u_char digits[] = "0123456789ABCDEF";
  const u_char* from;
  u_char* to = ngx_pnalloc(r->pool, 3 * strlen(text) + 1);

  if (to == NULL) {
    return NGX_ERROR;
  }
  value->data = to;
  for (from = (const u_char*)text; *from != '\0'; from++) {
    if (is_plain(*from)) {
      *to++ = *from;
    } else {
      *to++ = '%';
      *to++ = digits[*from >> 4];
      *to++ = digits[*from & 15];
    }
  }
  value->len = to - value->data;
  return NGX_OK;
}

static ngx_int_t write_seconds(ngx_http_request_t* r, ngx_http_variable_value_t* value,
                               const recant_checked* checked) {
  value->data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
  if (value->data == NULL) {
    return NGX_ERROR;
  }
  value->len = ngx_sprintf(value->data, "%L", recant_checked_expires_at(checked)) - value->data;
  return NGX_OK;
}

static ngx_int_t get(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t which) {
  ngx_http_recant_visit_t* visit = ngx_http_recant_find_visit(r);
  const recant_checked* checked = visit == NULL ? NULL : visit->checked;
  const char* text = "";

  value->valid = 1;
  value->no_cacheable = 0;
  value->not_found = 0;
  if (checked != NULL &&
      (!variables[which].who || recant_checked_verdict(checked) == RECANT_VALID)) {
    if (variables[which].text == NULL) {
      return write_seconds(r, value, checked);
    }
    text = variables[which].text(checked);
  }
  if (*text == '\0') {
    value->len = 0;
    value->not_found = 1;
    return NGX_OK;
  }
  return write_text(r, value, text);
}

ngx_int_t ngx_http_recant_add_variables(ngx_conf_t* cf) {
  ngx_http_variable_t* variable;
  ngx_uint_t i;

  for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
    /* Not to be cached: asked for before the check, it would stay empty behind it. */
    variable = ngx_http_add_variable(cf, &variables[i].name, NGX_HTTP_VAR_NOCACHEABLE);
    if (variable == NULL) {
      return NGX_ERROR;
    }
    variable->get_handler = get;
    variable->data = i;
  }
  return NGX_OK;
}
