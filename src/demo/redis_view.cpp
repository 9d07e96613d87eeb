#include "demo/redis_view.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "redis/blocking.hpp"
#include "redis/keys.hpp"

namespace recant::demo {
namespace {

using redis::Command;
using redis::Reply;

constexpr seconds kLimit{10};

Reply ask(const redis::Address& address, const Command& command) {
  auto reply = redis::ask_blocking(address, command, kLimit);
  if (!reply) throw std::runtime_error("the demo's Redis does not answer: " + reply.error().detail);
  return *std::move(reply);
}

std::string text_of(const Reply& reply) { return std::string(reply.text().value_or("")); }

std::string amount(const Reply& reply, const char* of_what) {
  const std::int64_t n = reply.integer().value_or(0);
  return std::to_string(n) + " " + of_what + (n == 1 ? "" : "s");
}

std::string value_of(const redis::Address& address, const std::string& key,
                     const std::string& type) {
  if (type == "string") return text_of(ask(address, Command("GET", key)));
  if (type == "hash") return amount(ask(address, Command("HLEN", key)), "field");
  if (type == "zset") return amount(ask(address, Command("ZCARD", key)), "member");
  return {};
}

/// Nothing when the key has gone meanwhile.
std::optional<KeyState> look_at(const redis::Address& address, const std::string& key) {
  KeyState state;
  state.type = text_of(ask(address, Command("TYPE", key)));
  state.value = value_of(address, key, state.type);
  state.content = text_of(ask(address, Command("DUMP", key)));
  // -1: no end; -2: no such key.
  const auto end = ask(address, Command("PEXPIRETIME", key)).integer().value_or(-2);
  const auto ttl = ask(address, Command("PTTL", key)).integer().value_or(-2);
  if (ttl == -2 || end == -2) return std::nullopt;
  if (end >= 0) state.end = unix_millis(end);
  if (ttl >= 0) state.ttl = milliseconds(ttl);
  return state;
}

KeyChange::Kind kind_of(const KeyState& before, const KeyState& after) {
  const bool same =
      before.type == after.type && before.content == after.content && before.end == after.end;
  return same ? KeyChange::Kind::unchanged : KeyChange::Kind::changed;
}

int rank(KeyChange::Kind kind) {
  switch (kind) {
    case KeyChange::Kind::vanished:
      return 0;
    case KeyChange::Kind::changed:
    case KeyChange::Kind::appeared:
      return 1;
    case KeyChange::Kind::unchanged:
      break;
  }
  return 2;
}

}  // namespace

KeysSeen look_at_keys(const redis::Address& address) {
  // SCAN, which walks through the whole database: this one holds what the demo has just written and
  // nothing else but the policy and the throttle of logins, which are of no session, and seeing all
  // of it is the point.
  const auto is_of_a_session = [](const std::string& key) {
    static const redis::Keys keys;
    return key != keys.policy() && !key.starts_with(keys.throttles());
  };
  KeysSeen seen;
  std::string cursor = "0";
  do {
    const Reply reply = ask(address, Command("SCAN", cursor, "COUNT", 1000));
    const auto parts = reply.elements();
    if (parts.size() != 2) throw std::runtime_error("the demo's Redis answers no SCAN");
    cursor = text_of(parts[0]);
    for (const Reply& key : parts[1].elements()) {
      if (!is_of_a_session(text_of(key))) continue;
      if (auto state = look_at(address, text_of(key))) seen[text_of(key)] = *std::move(state);
    }
  } while (cursor != "0");
  return seen;
}

std::string ask_redis(const redis::Address& address, const std::vector<std::string>& words) {
  Command command(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) command.add(words[i]);
  const Reply reply = ask(address, command);
  if (reply.is_null()) return "(nil)";
  if (const auto number = reply.integer()) return "(integer) " + std::to_string(*number);
  if (reply.is_error()) return "(error) " + reply.error().detail;
  return '"' + text_of(reply) + '"';
}

std::vector<KeyChange> compare(const KeysSeen& before, const KeysSeen& after) {
  std::vector<KeyChange> changes;
  for (const auto& [key, state] : before) {
    const auto now = after.find(key);
    if (now == after.end()) {
      changes.push_back({KeyChange::Kind::vanished, key, state, std::nullopt});
    } else {
      changes.push_back({kind_of(state, now->second), key, state, now->second});
    }
  }
  for (const auto& [key, state] : after) {
    if (!before.contains(key)) {
      changes.push_back({KeyChange::Kind::appeared, key, std::nullopt, state});
    }
  }
  std::ranges::sort(changes, {}, [](const KeyChange& change) {
    // What the recipe has too goes before Recant's own bookkeeping.
    return std::tuple(rank(change.kind), change.key.starts_with("recant:"), change.key);
  });
  return changes;
}

}  // namespace recant::demo
