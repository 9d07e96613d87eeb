#include "redis/error.hpp"

#include <array>

namespace recant::redis {
namespace {

struct Entry {
  RedisErrc code;
  std::string_view name;
  std::string_view word;  ///< as Redis spells it; empty for what Redis does not say
};

constexpr std::array kEntries = {
    Entry{RedisErrc::not_connected, "not_connected", ""},
    Entry{RedisErrc::busy, "busy", ""},
    Entry{RedisErrc::stopped, "stopped", ""},
    Entry{RedisErrc::timeout, "timeout", ""},
    Entry{RedisErrc::lost, "lost", ""},
    Entry{RedisErrc::unexpected_reply, "unexpected_reply", ""},
    Entry{RedisErrc::oom, "oom", "OOM"},
    Entry{RedisErrc::readonly, "readonly", "READONLY"},
    Entry{RedisErrc::loading, "loading", "LOADING"},
    Entry{RedisErrc::masterdown, "masterdown", "MASTERDOWN"},
    Entry{RedisErrc::misconf, "misconf", "MISCONF"},
    Entry{RedisErrc::noauth, "noauth", "NOAUTH"},
    Entry{RedisErrc::noperm, "noperm", "NOPERM"},
    Entry{RedisErrc::script_busy, "script_busy", "BUSY"},
    Entry{RedisErrc::wrongtype, "wrongtype", "WRONGTYPE"},
    Entry{RedisErrc::moved, "moved", "MOVED"},
    Entry{RedisErrc::ask, "ask", "ASK"},
    Entry{RedisErrc::tryagain, "tryagain", "TRYAGAIN"},
    Entry{RedisErrc::clusterdown, "clusterdown", "CLUSTERDOWN"},
    Entry{RedisErrc::crossslot, "crossslot", "CROSSSLOT"},
    Entry{RedisErrc::noreplicas, "noreplicas", "NOREPLICAS"},
    Entry{RedisErrc::noscript, "noscript", "NOSCRIPT"},
    Entry{RedisErrc::unkillable, "unkillable", "UNKILLABLE"},
    Entry{RedisErrc::wrongpass, "wrongpass", "WRONGPASS"},
    Entry{RedisErrc::other_error, "other_error", ""},
};

}  // namespace

std::string_view name(RedisErrc code) {
  for (const Entry& entry : kEntries) {
    if (entry.code == code) return entry.name;
  }
  return "other_error";
}

RedisError make_error(std::string_view error_text) {
  const std::string_view word = error_text.substr(0, error_text.find(' '));
  RedisErrc code = RedisErrc::other_error;
  for (const Entry& entry : kEntries) {
    if (!entry.word.empty() && entry.word == word) code = entry.code;
  }
  // Redis 7.0 names no code for what a script may not do.
  if (error_text.starts_with("ERR The user executing the script can't")) code = RedisErrc::noperm;
  return {code, printable(error_text)};
}

std::string printable(std::string_view foreign, std::size_t limit) {
  std::string out(foreign.substr(0, limit));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  if (foreign.size() > limit) out += "...";
  return out;
}

}  // namespace recant::redis
