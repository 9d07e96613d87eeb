#include "demo/story.hpp"

#include <stdexcept>
#include <thread>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace recant::demo {
namespace {

constexpr const char* kPassword = "only-for-this-demo";
/// What an entry outlives its token by (docs/redis-keys.md).
constexpr seconds kBlacklisted{300};
constexpr seconds kWhitelisted{60};

HttpHeaders bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

std::string text(const json::Value& value, const char* member) {
  const std::string* found = value.string(member);
  if (found == nullptr) throw std::runtime_error(std::string("the answer has no ") + member);
  return *found;
}

/// A part of a JWT that anybody can read (RFC 7515 §3.1).
json::Object readable(std::string_view jwt, int part) {
  for (; part > 0; --part) jwt.remove_prefix(jwt.find('.') + 1);
  const auto decoded = base64url_decode_text(jwt.substr(0, jwt.find('.')));
  const auto value = json::parse(decoded.value_or(""));
  if (!value || value->as_object() == nullptr) throw std::runtime_error("that was no JWT");
  return *value->as_object();
}

Tokens tokens_of(const HttpResponse& response) {
  const json::Value body = response.json();
  Tokens tokens;
  tokens.access = text(body, "access_token");
  tokens.refresh = text(body, "refresh_token");
  tokens.user_id = text(body, "user_id");
  tokens.session_id = text(body, "session_id");
  tokens.refresh_expires_in = body.find("refresh_expires_in")->as_int64().value_or(0);
  tokens.header = readable(tokens.access, 0);
  tokens.claims = readable(tokens.access, 1);
  return tokens;
}

}  // namespace

std::string Tokens::jti() const { return *claims.find("jti")->as_string(); }

seconds Tokens::exp() const { return seconds(claims.find("exp")->as_int64().value_or(0)); }

std::string Tokens::refresh_id() const { return base64url_encode(crypto::sha256(refresh)); }

Story::Story(StoryOptions options, const Clock& clock, Narrator& narrator)
    : options_(std::move(options)), clock_(clock), narrator_(narrator), http_(options_.port) {}

void Story::tell() {
  struct Page {
    Step step;
    void (Story::*run)();
  };
  static constexpr Page kPages[] = {
      {{"sign_in", "Step 1 of 5: sign in"}, &Story::sign_in},
      {{"issue", "Step 2 of 5: issue"}, &Story::issue},
      {{"store", "Step 3 of 5: store"}, &Story::store},
      {{"call", "Step 4 of 5: call"}, &Story::call},
      {{"revoke", "Step 5 of 5: validate and revoke"}, &Story::revoke},
      {{"refresh", "Beyond the recipe: a refresh token is good once"}, &Story::refresh},
      {{"reuse", "Beyond the recipe: a stolen refresh token"}, &Story::reuse},
      {{"everywhere", "Beyond the recipe: log out everywhere"}, &Story::everywhere}};
  open_account();
  for (const Page& page : kPages) {
    if (!narrator_.pause()) return;
    narrator_.step(page.step);
    (this->*page.run)();
  }
}

// --- the story ------------------------------------------------------------------------------

void Story::open_account() {
  const HttpRequest request{
      "POST", "/v1/admin/users", bearer(options_.admin_key),
      json::Object{{"username", "alice"}, {"password", kPassword}, {"scope", "orders:read"}}};
  if (http_.send(request).status != 201) throw std::runtime_error("no account could be opened");
  seen_ = look_at_keys(options_.redis);
}

void Story::sign_in() {
  narrator_.say(
      "Alice's app sends her name and her password, this once. Recant keeps an argon2id hash of "
      "the password and compares.");
  alice_ = sign_in_from("laptop", Detail::full);
  narrator_.say("The password was right. From here on her two tokens speak for her.");
}

void Story::issue() {
  narrator_.say(
      "The access token is a JWT. Anybody can read it; only Recant could sign it, and every "
      "service can verify that with Recant's public key.");
  narrator_.token(alice_.header, alice_.claims);
  narrator_.say(
      "It is good for 15 minutes, which is why there is a second one: the refresh token (rt_…) "
      "buys the next pair, for up to 14 days. Nobody can read anything from it.");
}

void Story::store() {
  if (whitelists()) {
    narrator_.say(
        "The access token is stored nowhere, but its name (jti) is: it is good only while that "
        "stands on the whitelist. The refresh token is stored too, so that it can be taken back: "
        "by its SHA-256, so that nobody can refresh with what stands in a dump of Redis.");
  } else {
    narrator_.say(
        "The access token is stored nowhere. The refresh token is, so that it can be taken back: "
        "by its SHA-256, so that nobody can refresh with what stands in a dump of Redis.");
  }
  narrator_.recipe(storing(alice_));
  show_keys();
  narrator_.say(std::string("One key for the live refresh token, ") +
                (whitelists() ? "one for the living access token, " : "") +
                "one record for the session (which device, since when), one index of all of "
                "Alice's sessions, and how long any session may last. Each has a TTL: Redis tidies "
                "up by itself.");
}

void Story::call() {
  narrator_.say(
      "Alice's app calls the API and sends the access token along. The gateway before the API asks "
      "Recant whether to let the call through; with nginx that is auth_request.");
  check(alice_, 200);
  narrator_.say(
      "200: let it through, and this is who it is. What did that change in Redis? Nothing: a check "
      "never writes. Only the TTLs count down.");
  show_keys();
}

void Story::revoke() {
  narrator_.say(
      "Why was it a yes? The signature was good and exp had not come: that much any JWT library "
      "finds out. Whether somebody has taken the token back only Redis knows:");
  ask_whether_alive(alice_);
  narrator_.say(whitelists() ? "It still stands there. Now Alice logs out."
                             : "Nobody has. Now Alice logs out.");
  exchange({"POST", "/v1/logout", bearer(alice_.access)}, 204);
  narrator_.recipe({taking_back(alice_), {"DEL", key_of_refresh(alice_)}});
  show_keys();
  narrator_.say(
      whitelists()
          ? "It has left the whitelist, and what does not stand there is dead. Recant blacklists "
            "it besides, which says why it died, and which readers that know only that list go "
            "by. Those entries stay for as long as the token could still be shown. The very same "
            "token, once more:"
          : "The entry stays for as long as the token could still be shown, and 5 minutes more for "
            "clocks that disagree. Then Redis drops it, so a blacklist never grows old. The very "
            "same token, once more:");
  check(alice_, 401);
  ask_whether_alive(alice_);
  narrator_.say("Well signed, not expired, and dead.");
}

void Story::refresh() {
  narrator_.say("Alice signs in again.");
  alice_ = sign_in_from("laptop", Detail::brief);
  show_keys();
  narrator_.say(
      "Before her access token ends, her app trades the refresh token for the next pair. The old "
      "one is spent by that.");
  spent_ = alice_;
  alice_ = refresh_with(spent_);
  rotated_ = clock_.steady();
  std::vector<RedisCommand> rotation = storing(alice_);
  rotation.insert(rotation.begin(), {"GETDEL", key_of_refresh(spent_)});
  narrator_.recipe(rotation);
  show_keys();
  narrator_.say(
      "And if the answer was lost, or two tabs refreshed at once? Whoever repeats the old token "
      "within the grace (30 s by default, " +
      std::to_string(std::chrono::floor<seconds>(options_.grace).count()) +
      " s in this demo) gets the very same successor, so nobody honest is logged out:");
  refresh_with(spent_);
  narrator_.say(
      "The refresh token is the same to the letter. The access token is the same too, jti and all, "
      "signed anew; only that an ECDSA signature never looks the same twice.");
}

void Story::reuse() {
  narrator_.say("A moment, until the grace has passed …");
  std::this_thread::sleep_until(rotated_ + options_.grace + milliseconds{100});
  narrator_.say(
      "Now somebody sends the spent token again. No honest client does: two "
      "hold what one should, and Recant cannot know which of them is the thief. So it ends the "
      "session.");
  exchange({"POST", "/v1/refresh", {}, json::Object{{"refresh_token", spent_.refresh}}}, 401);
  narrator_.recipe({{"DEL", key_of_refresh(alice_)}, taking_back(spent_), taking_back(alice_)});
  show_keys();
  narrator_.say(
      "The successor is worthless to whoever holds it, and so is the access token that came with "
      "it:");
  check(alice_, 401);
}

void Story::everywhere() {
  narrator_.say("Alice signs in on two devices.");
  const Tokens laptop = sign_in_from("laptop", Detail::brief);
  const Tokens phone = sign_in_from("phone", Detail::brief);
  show_keys();
  narrator_.say(
      "Then she asks for \"log out everywhere\". The recipe deletes keys by a pattern here, which "
      "no command of Redis does, so somebody has to walk through all of them. Recant writes one "
      "key, a watermark: whatever began until that moment is dead, be it two sessions or a hundred "
      "thousand. All else that goes is tidying.");
  exchange({"POST", "/v1/logout-all", bearer(laptop.access)}, 200);
  show_keys();
  narrator_.say("Both are out:");
  check(laptop, 401, Detail::brief);
  check(phone, 401, Detail::brief);
}

// --- its verbs ------------------------------------------------------------------------------

HttpResponse Story::exchange(const HttpRequest& request, int expected, Detail detail) {
  HttpResponse response = http_.send(request);
  narrator_.exchanged(request, response, detail);
  if (response.status != expected) {
    throw std::runtime_error(request.path + " answered " + std::to_string(response.status) +
                             " where the story says " + std::to_string(expected));
  }
  return response;
}

Tokens Story::sign_in_from(const char* device, Detail detail) {
  return tokens_of(
      exchange({"POST",
                "/v1/login",
                {},
                json::Object{{"username", "alice"}, {"password", kPassword}, {"device", device}}},
               200, detail));
}

Tokens Story::refresh_with(const Tokens& tokens) {
  return tokens_of(
      exchange({"POST", "/v1/refresh", {}, json::Object{{"refresh_token", tokens.refresh}}}, 200));
}

void Story::check(const Tokens& tokens, int expected, Detail detail) {
  exchange({"GET", "/v1/check", bearer(tokens.access)}, expected, detail);
}

void Story::ask_whether_alive(const Tokens& tokens) {
  const RedisCommand command{
      "GET", whitelists() ? key_of_place(tokens) : keys_.blacklisted_jti(tokens.jti())};
  narrator_.asked(command, ask_redis(options_.redis, command));
}

void Story::show_keys() {
  KeysSeen now = look_at_keys(options_.redis);
  narrator_.keys(compare(seen_, now));
  seen_ = std::move(now);
}

std::string Story::key_of_refresh(const Tokens& tokens) const {
  return keys_.refresh_token(tokens.user_id, tokens.refresh_id());
}

std::string Story::key_of_place(const Tokens& tokens) const {
  return keys_.whitelisted_jti(tokens.user_id, tokens.jti());
}

std::string Story::left_of(const Tokens& tokens, seconds beyond) const {
  const auto now = std::chrono::floor<seconds>(clock_.wall()).time_since_epoch();
  return std::to_string((tokens.exp() - now + beyond).count());
}

std::vector<RedisCommand> Story::storing(const Tokens& tokens) const {
  std::vector<RedisCommand> commands;
  if (whitelists()) {
    commands.push_back({"SET", key_of_place(tokens), "1", "EX", left_of(tokens, kWhitelisted)});
  }
  commands.push_back({"SET", key_of_refresh(tokens), tokens.user_id, "PX",
                      std::to_string(milliseconds(seconds(tokens.refresh_expires_in)).count())});
  return commands;
}

RedisCommand Story::taking_back(const Tokens& tokens) const {
  if (whitelists()) return {"DEL", key_of_place(tokens)};
  return {"SET", keys_.blacklisted_jti(tokens.jti()), "1", "EX", left_of(tokens, kBlacklisted)};
}

}  // namespace recant::demo
