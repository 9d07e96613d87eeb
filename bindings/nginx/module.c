/* ngx_http_recant_module: directives, and what a location inherits. */
#include "module.h"

static char* set_check(ngx_conf_t* cf, ngx_command_t* cmd, void* data) {
  ngx_http_recant_loc_conf_t* conf = data;
  ngx_http_recant_main_conf_t* all;
  char* said = ngx_conf_set_flag_slot(cf, cmd, data);

  if (conf->check == 1) {
    all = ngx_http_conf_get_module_main_conf(cf, ngx_http_recant_module);
    ngx_http_recant_note_place(cf, &all->place);
  }
  return said;
}

/* RFC 6749 §3.3: what may stand in a scope, and so in a challenge. */
static int is_scope_word(const ngx_str_t* word) {
  size_t i;

  for (i = 0; i < word->len; i++) {
    u_char c = word->data[i];
    if (c <= ' ' || c > '~' || c == '"' || c == '\\') {
      return 0;
    }
  }
  return word->len > 0;
}

static ngx_int_t write_challenge(ngx_conf_t* cf, ngx_http_recant_loc_conf_t* conf) {
  static const char before[] = "Bearer error=\"insufficient_scope\", scope=\"";
  ngx_str_t* word = conf->scope->elts;
  size_t size = sizeof(before) + conf->scope->nelts;
  ngx_uint_t i;
  u_char* end;

  for (i = 0; i < conf->scope->nelts; i++) {
    size += word[i].len;
  }
  conf->insufficient.data = ngx_pnalloc(cf->pool, size);
  if (conf->insufficient.data == NULL) {
    return NGX_ERROR;
  }
  end = ngx_cpymem(conf->insufficient.data, before, sizeof(before) - 1);
  for (i = 0; i < conf->scope->nelts; i++) {
    end = ngx_sprintf(end, i == 0 ? "%V" : " %V", &word[i]);
  }
  *end++ = '"';
  conf->insufficient.len = end - conf->insufficient.data;
  return NGX_OK;
}

static char* set_scope(ngx_conf_t* cf, ngx_command_t* cmd, void* data) {
  ngx_http_recant_loc_conf_t* conf = data;
  ngx_str_t* given = cf->args->elts;
  ngx_str_t* word;
  ngx_uint_t i;

  if (conf->scope != NGX_CONF_UNSET_PTR) {
    return "is duplicate";
  }
  ngx_http_recant_note_place(cf, &conf->scope_place);
  if (cf->args->nelts == 2 && given[1].len == 0) {
    conf->scope = NULL; /* recant_scope "": none, whatever would be inherited */
    return NGX_CONF_OK;
  }
  conf->scope = ngx_array_create(cf->pool, cf->args->nelts, sizeof(ngx_str_t));
  if (conf->scope == NULL) {
    return NGX_CONF_ERROR;
  }
  for (i = 1; i < cf->args->nelts; i++) {
    if (!is_scope_word(&given[i])) {
      return "takes words, each an argument of its own, without blanks, quotes and backslashes";
    }
    word = ngx_array_push(conf->scope);
    if (word == NULL) {
      return NGX_CONF_ERROR;
    }
    *word = given[i];
  }
  return write_challenge(cf, conf) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static void free_options(void* options) { recant_options_free(options); }

static void* create_main_conf(ngx_conf_t* cf) {
  ngx_http_recant_main_conf_t* conf = ngx_pcalloc(cf->pool, sizeof(*conf));
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);

  if (conf == NULL || cleanup == NULL) {
    return NULL;
  }
  conf->options = recant_options_new();
  if (conf->options == NULL) {
    return NULL;
  }
  cleanup->handler = free_options;
  cleanup->data = conf->options;
  return conf;
}

static void* create_loc_conf(ngx_conf_t* cf) {
  ngx_http_recant_loc_conf_t* conf = ngx_pcalloc(cf->pool, sizeof(*conf));

  if (conf != NULL) {
    conf->check = NGX_CONF_UNSET;
    conf->scope = NGX_CONF_UNSET_PTR;
  }
  return conf;
}

static char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) {
  ngx_http_recant_loc_conf_t* above = parent;
  ngx_http_recant_loc_conf_t* conf = child;
  ngx_http_recant_main_conf_t* all;
  ngx_http_core_loc_conf_t* location;

  ngx_conf_merge_value(conf->check, above->check, 0);
  if (conf->scope == NGX_CONF_UNSET_PTR) {
    conf->scope = above->scope == NGX_CONF_UNSET_PTR ? NULL : above->scope;
    conf->insufficient = above->insufficient;
  }
  if (conf->check) {
    all = ngx_http_conf_get_module_main_conf(cf, ngx_http_recant_module);
    all->wanted = 1;
    return NGX_CONF_OK;
  }
  /* A server may say so for the locations in it that are checked; a location speaks of itself. */
  location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  if (conf->scope_place.line != 0 && conf->scope != NULL && location->name.len != 0) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "recant: recant_scope protects nothing where recant_check is off in %V:%ui",
                  &conf->scope_place.file, conf->scope_place.line);
    return NGX_CONF_ERROR;
  }
  return NGX_CONF_OK;
}

static ngx_int_t add_handler(ngx_conf_t* cf) {
  ngx_http_recant_main_conf_t* conf;
  ngx_http_core_main_conf_t* core;
  ngx_http_handler_pt* handler;

  conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_recant_module);
  if (conf->place.line != 0 && ngx_http_recant_try_options(cf, conf) != NGX_OK) {
    return NGX_ERROR;
  }
  core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);
  if (handler == NULL) {
    return NGX_ERROR;
  }
  *handler = ngx_http_recant_access;
  return NGX_OK;
}

#define EVERYWHERE                                                                  \
  (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_HTTP_LIF_CONF | \
   NGX_HTTP_LMT_CONF)
#define OPTION(name, arguments, set, bit) \
  { ngx_string(name), NGX_HTTP_MAIN_CONF | (arguments), set, NGX_HTTP_MAIN_CONF_OFFSET, bit, NULL }

static ngx_command_t commands[] = {
    OPTION("recant_redis_url", NGX_CONF_TAKE1, ngx_http_recant_set_option, 1),
    OPTION("recant_issuer", NGX_CONF_TAKE1, ngx_http_recant_set_option, 2),
    OPTION("recant_audience", NGX_CONF_1MORE, ngx_http_recant_set_option, 0),
    OPTION("recant_jwks_url", NGX_CONF_TAKE1, ngx_http_recant_set_option, 4),
    OPTION("recant_jwks_file", NGX_CONF_TAKE1, ngx_http_recant_set_file, 8),
    OPTION("recant_option", NGX_CONF_TAKE2, ngx_http_recant_set_any_option, 0),
    OPTION("recant_other_issuer", NGX_CONF_BLOCK | NGX_CONF_NOARGS, ngx_http_recant_other_issuer,
           0),
    {ngx_string("recant_check"), EVERYWHERE | NGX_CONF_FLAG, set_check, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_recant_loc_conf_t, check), NULL},
    {ngx_string("recant_scope"), EVERYWHERE | NGX_CONF_1MORE, set_scope, NGX_HTTP_LOC_CONF_OFFSET,
     0, NULL},
    ngx_null_command,
};

static ngx_http_module_t context = {
    ngx_http_recant_add_variables,
    add_handler,
    create_main_conf,
    NULL,
    NULL,
    NULL,
    create_loc_conf,
    merge_loc_conf,
};

ngx_module_t ngx_http_recant_module = {
    NGX_MODULE_V1,
    &context,
    commands,
    NGX_HTTP_MODULE,
    NULL,
    NULL,
    ngx_http_recant_init_process,
    NULL,
    NULL,
    ngx_http_recant_exit_process,
    NULL,
    NGX_MODULE_V1_PADDING,
};
