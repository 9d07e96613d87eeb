/* Directives that become options of the library, whose own table of names says what there is. */
#include "module.h"

void ngx_http_recant_note_place(ngx_conf_t* cf, ngx_http_recant_place_t* place) {
  if (place->line == 0) {
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
  }
}

/* The library's sentence without its full stop, behind which nginx says where. */
static ngx_str_t complaint(ngx_http_recant_main_conf_t* conf) {
  ngx_str_t text;

  text.data = (u_char*)recant_options_message(conf->options);
  text.len = strlen((char*)text.data);
  if (text.len > 0 && text.data[text.len - 1] == '.') {
    text.len--;
  }
  return text;
}

static char* set(ngx_conf_t* cf, ngx_http_recant_main_conf_t* conf, u_char* name, u_char* value) {
  ngx_str_t text;

  ngx_http_recant_note_place(cf, &conf->place);
  if (recant_options_set(conf->options, (char*)name, (char*)value) == 0) {
    return NGX_CONF_OK;
  }
  text = complaint(conf);
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "recant: %V", &text);
  return NGX_CONF_ERROR;
}

/* recant_NAME value…: cmd->offset is its bit in `given`, or 0 for what may stand again. */
char* ngx_http_recant_set_option(ngx_conf_t* cf, ngx_command_t* cmd, void* data) {
  ngx_http_recant_main_conf_t* conf = data;
  ngx_str_t* word = cf->args->elts;
  ngx_uint_t i;

  if ((conf->given & cmd->offset) != 0) {
    return "is duplicate";
  }
  conf->given |= cmd->offset;
  for (i = 1; i < cf->args->nelts; i++) {
    if (set(cf, conf, cmd->name.data + sizeof("recant_") - 1, word[i].data) != NGX_CONF_OK) {
      return NGX_CONF_ERROR;
    }
  }
  return NGX_CONF_OK;
}

/* The same for a path, which nginx takes to begin where its configuration lies. */
char* ngx_http_recant_set_file(ngx_conf_t* cf, ngx_command_t* cmd, void* data) {
  ngx_str_t* word = cf->args->elts;

  if (ngx_conf_full_name(cf->cycle, &word[1], 1) != NGX_OK) {
    return NGX_CONF_ERROR;
  }
  return ngx_http_recant_set_option(cf, cmd, data);
}

char* ngx_http_recant_set_any_option(ngx_conf_t* cf, ngx_command_t* cmd, void* data) {
  ngx_str_t* word = cf->args->elts;

  return set(cf, data, word[1].data, word[2].data);
}

/* A line of the block: NAME value…; */
static char* set_of_issuer(ngx_conf_t* cf, ngx_command_t* dummy, void* data) {
  ngx_str_t* word = cf->args->elts;
  ngx_uint_t i;
  u_char* name;

  if (cf->args->nelts < 2) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "recant: \"%V\" needs a value", &word[0]);
    return NGX_CONF_ERROR;
  }
  name = ngx_pcalloc(cf->temp_pool, sizeof("issuer.") + word[0].len);
  if (name == NULL) {
    return NGX_CONF_ERROR;
  }
  ngx_sprintf(name, "issuer.%V", &word[0]);
  for (i = 1; i < cf->args->nelts; i++) {
    if (set(cf, data, name, word[i].data) != NGX_CONF_OK) {
      return NGX_CONF_ERROR;
    }
  }
  return NGX_CONF_OK;
}

char* ngx_http_recant_other_issuer(ngx_conf_t* cf, ngx_command_t* cmd, void* data) {
  ngx_http_recant_main_conf_t* conf = data;
  ngx_conf_t outside = *cf;
  char* said;

  ngx_http_recant_note_place(cf, &conf->place);
  if (recant_options_add_issuer(conf->options) != 0) {
    return NGX_CONF_ERROR;
  }
  cf->handler = set_of_issuer;
  cf->handler_conf = data;
  said = ngx_conf_parse(cf, NULL);
  *cf = outside;
  return said;
}

/* Only a verifier can say what is wrong with options that belong together. This one ends before the
 * master makes workers, which are to have their own. */
ngx_int_t ngx_http_recant_try_options(ngx_conf_t* cf, ngx_http_recant_main_conf_t* conf) {
  recant_verifier* verifier = recant_verifier_new(conf->options);
  ngx_str_t text;

  if (verifier != NULL) {
    recant_verifier_free(verifier);
    return NGX_OK;
  }
  text = complaint(conf);
  ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "recant: %V in %V:%ui", &text, &conf->place.file,
                conf->place.line);
  return NGX_ERROR;
}
