// The scripts under redis/scripts, which the build embeds: each is its first line, the prelude and
// the rest of its file. Immutable, thread-safe.
#pragma once

#include "redis/script.hpp"

namespace recant::redis {

struct Scripts {
  Script open_session;
  Script rotate_refresh;
  Script close_session;
  Script blacklist_session;
  Script revoke_subject;
  Script tidy_sessions;
  Script tidy_whitelist;
  Script revoke_all;
  Script revoke_token;
  Script missing_rights;
  Script claim_key_form;
  Script convert_keys;
  Script publish_policy;
  Script throttle_login;
  Script probe;

  static const Scripts& embedded();
};

}  // namespace recant::redis
