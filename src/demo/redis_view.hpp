// The keys of the demo's own Redis, as that Redis tells them, and what became of them between two
// looks.
//
// Thread-safe (no state).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "redis/url.hpp"

namespace recant::demo {

struct KeyState {
  std::string type;                 // as TYPE names it
  std::string value;                // of a string; of any other how much it holds: "9 fields"
  std::optional<milliseconds> ttl;  // PTTL; nothing: it has no end
  std::optional<UnixMillis> end;    // PEXPIRETIME, which does not change while time passes
  std::string content;              // DUMP: equal only when nothing in it changed
};

using KeysSeen = std::map<std::string, KeyState>;

/// Every key. What ends while it is looked at is not there. Throws when Redis does not answer.
KeysSeen look_at_keys(const redis::Address& address);

/// What Redis answers to `words`, as redis-cli would print it: (nil), "1". Throws when it does not.
std::string ask_redis(const redis::Address& address, const std::vector<std::string>& words);

struct KeyChange {
  enum class Kind { unchanged, appeared, changed, vanished };
  Kind kind;
  std::string key;
  std::optional<KeyState> before;
  std::optional<KeyState> after;
};

/// One entry a key: what vanished first, then what changed or appeared, then the rest; of each the
/// keys that the recipe has too before those of Recant's own (recant:…).
std::vector<KeyChange> compare(const KeysSeen& before, const KeysSeen& after);

}  // namespace recant::demo
