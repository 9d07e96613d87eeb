// The story that the demo tells: the five steps of the recipe's flow, and three that the recipe
// leaves to everybody's own luck. Each does what it tells, on a running server.
//
// One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "core/policy.hpp"
#include "demo/http_client.hpp"
#include "demo/narrator.hpp"
#include "demo/redis_view.hpp"
#include "redis/keys.hpp"

namespace recant::demo {

struct StoryOptions {
  unsigned short port = 0;
  redis::Address redis;
  std::string admin_key;
  /// As the server's refresh.grace and session.strategy.
  milliseconds grace{};
  core::Strategy strategy = core::Strategy::blacklist;
};

/// What a sign-in or a refresh answered.
struct Tokens {
  std::string access;
  std::string refresh;
  std::string user_id;
  std::string session_id;
  std::int64_t refresh_expires_in = 0;
  json::Object header;
  json::Object claims;

  std::string jti() const;
  seconds exp() const;
  /// As in the name of its key: base64url(SHA-256(refresh)).
  std::string refresh_id() const;
};

class Story {
 public:
  Story(StoryOptions options, const Clock& clock, Narrator& narrator);

  /// Until its end, or until whoever watches has seen enough. Throws when the server does not do
  /// what the story tells.
  void tell();

 private:
  void open_account();
  void sign_in();
  void issue();
  void store();
  void call();
  void revoke();
  void refresh();
  void reuse();
  void everywhere();

  HttpResponse exchange(const HttpRequest& request, int expected, Detail detail = Detail::full);
  Tokens sign_in_from(const char* device, Detail detail);
  Tokens refresh_with(const Tokens& tokens);
  void check(const Tokens& tokens, int expected, Detail detail = Detail::full);
  /// Asks Redis as a reader of the recipe does.
  void ask_whether_alive(const Tokens& tokens);
  void show_keys();
  std::string key_of_refresh(const Tokens& tokens) const;
  std::string key_of_place(const Tokens& tokens) const;
  bool whitelists() const { return options_.strategy == core::Strategy::whitelist; }
  /// What the recipe writes of tokens that have just been issued.
  std::vector<RedisCommand> storing(const Tokens& tokens) const;
  /// How the recipe takes an access token back: SET blacklist:jti:<jti> 1 EX <what is left of it
  /// and 5 minutes>, or DEL whitelist:user:<subject>:jti:<jti>.
  RedisCommand taking_back(const Tokens& tokens) const;
  /// Whole seconds until `beyond` after its end.
  std::string left_of(const Tokens& tokens, seconds beyond) const;

  const StoryOptions options_;
  const Clock& clock_;
  Narrator& narrator_;
  const HttpClient http_;
  const redis::Keys keys_;
  KeysSeen seen_;
  Tokens alice_;           // her session of the moment
  Tokens spent_;           // the pair before
  SteadyInstant rotated_;  // when it was spent
};

}  // namespace recant::demo
