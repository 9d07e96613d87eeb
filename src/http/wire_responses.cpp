#include "http/wire_responses.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/percent.hpp"

namespace recant::http {
namespace {

json::Value claims_of(const service::Account& account) {
  if (account.claims_json.empty()) return json::Object{};
  auto claims = json::parse(account.claims_json);
  return claims ? *std::move(claims) : json::Value{json::Object{}};
}

json::Object account_object(const service::Account& account) {
  return {{"user_id", account.user_id.to_string()},
          {"username", account.username},
          {"scope", account.scope},
          {"claims", claims_of(account)},
          {"disabled", account.disabled},
          {"created_at", rfc3339(account.created_at)}};
}

json::Object admin_key_object(const service::AdminKey& key) {
  return {{"name", key.name},
          {"scope", service::admin_scope_text(key.scopes)},
          {"created_at", rfc3339(key.created_at)},
          {"last_used_at", key.last_used_at ? json::Value(rfc3339(*key.last_used_at)) : nullptr}};
}

/// With the tokens themselves, or without.
json::Object tokens_object(const service::Tokens& tokens, bool whole) {
  json::Object body;
  if (whole) body.set("access_token", tokens.access_token);
  body.set("token_type", "Bearer").set("expires_in", tokens.expires_in.count());
  if (whole) body.set("refresh_token", tokens.refresh_token);
  body.set("refresh_expires_in", tokens.refresh_expires_in.count())
      .set("session_id", tokens.session_id.to_string())
      .set("user_id", tokens.user_id.text());
  return body;
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f && byte != '%';
}

/// Most values are plain as they are, and not copied to find that out.
void add_encoded(Response& response, std::string_view name, std::string_view value) {
  if (std::ranges::all_of(value, is_plain)) {
    response.header(name, value);
  } else {
    response.header(name, encode_in_header(value));
  }
}

/// The words of a scope keep the space between them, which alone separates them.
std::string encode_scope(std::string_view scope) {
  std::string out;
  while (!scope.empty()) {
    const auto end = std::min(scope.find(' '), scope.size());
    out += encode_in_header(scope.substr(0, end));
    if (end < scope.size()) out += ' ';
    scope.remove_prefix(std::min(end + 1, scope.size()));
  }
  return out;
}

}  // namespace

std::string rfc3339(UnixMillis instant) {
  const auto midnight = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{instant - midnight};
  std::array<char, 48> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string encode_in_header(std::string_view text) {
  return percent_encode(text, [](unsigned char byte) { return is_plain(static_cast<char>(byte)); });
}

Response json_response(int status, json::Object body) {
  Response response(status);
  response.body("application/json", json::serialize(std::move(body)));
  // Tokens and people's data: nobody but the caller keeps them.
  response.header("Cache-Control", "no-store");
  return response;
}

Response tokens_response(int status, const service::Tokens& tokens) {
  return json_response(status, tokens_object(tokens, true));
}

Response kept_tokens_response(int status, const service::Tokens& tokens) {
  return json_response(status, tokens_object(tokens, false));
}

Response signed_up_response(const service::Account& account) {
  return json_response(201,
                       {{"user_id", account.user_id.to_string()}, {"username", account.username}});
}

Response me_response(const verify::OwnToken& token, json::Value username) {
  return json_response(200, {{"user_id", token.subject().text()},
                             {"username", std::move(username)},
                             {"session_id", token.sid().to_string()},
                             {"scope", token.scope()},
                             {"expires_at", rfc3339(token.expires_at())}});
}

Response sessions_response(const service::SessionPage& page, const Uuid* current) {
  json::Array sessions;
  for (const auto& entry : page.sessions) {
    json::Object object{{"session_id", entry.sid.to_string()},
                        {"created_at", rfc3339(entry.created_at)},
                        {"last_seen_at", rfc3339(entry.last_seen_at)},
                        {"expires_at", rfc3339(entry.expires_at)},
                        {"device", entry.device.name},
                        {"user_agent", entry.device.user_agent},
                        {"ip", entry.device.address}};
    if (current != nullptr) object.set("current", entry.sid == *current);
    sessions.emplace_back(std::move(object));
  }
  json::Object body{{"sessions", std::move(sessions)}};
  if (!page.next.empty()) body.set("next", page.next);
  return json_response(200, std::move(body));
}

Response account_response(int status, const service::Account& account) {
  return json_response(status, account_object(account));
}

Response accounts_response(const service::AccountPage& page) {
  json::Array users;
  for (const auto& account : page.accounts) users.emplace_back(account_object(account));
  json::Object body{{"users", std::move(users)}};
  if (!page.next.empty()) body.set("next", page.next);
  return json_response(200, std::move(body));
}

Response revocation_response(const service::Revocation& revocation) {
  const bool all = revocation.id.empty();
  return json_response(200, {{"kind", revocation.kind},
                             {"id", all ? json::Value{} : json::Value{revocation.id}},
                             {"sessions", revocation.sessions},
                             {"durable", false},  // until revocations are journalled (design §8)
                             {"enforced", true},  // what Redis did not acknowledge is a failure
                             {"enforced_at", rfc3339(revocation.enforced.wall)},
                             {"tidied", revocation.tidied}});
}

Response admin_keys_response(const service::AdminKeyPage& page) {
  json::Array keys;
  for (const auto& key : page.keys) keys.emplace_back(admin_key_object(key));
  json::Object body{{"admin_keys", std::move(keys)}};
  if (!page.next.empty()) body.set("next", page.next);
  return json_response(200, std::move(body));
}

Response granted_admin_key_response(const service::GrantedAdminKey& granted) {
  auto body = admin_key_object(granted.key);
  body.set("key", granted.text.reveal());
  return json_response(201, std::move(body));
}

Response identity_response(const verify::Identity& token, const IdentityHeaders& names) {
  Response response(200);
  // A gateway's cache would outlive a revocation.
  response.header("Cache-Control", "no-store");
  add_encoded(response, names.subject, token.subject());
  add_encoded(response, names.session, token.session());
  response.header(names.scope, encode_scope(token.scope()))
      .header(names.expires, std::to_string(count(token.expires_at())));
  return response;
}

}  // namespace recant::http
