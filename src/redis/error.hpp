// Why Redis did not do what was asked. Two families, and the difference matters to who decides:
// either there was no answer (and then it counts whether the command had been sent), or Redis
// answered with an error, whose first word says which. All of them mean "unknown" to a check.
//
// Values; safe to share between threads as such.
#pragma once

#include <string>
#include <string_view>

namespace recant::redis {

enum class RedisErrc {
  // No answer.
  not_connected,  ///< no connection until the deadline; never sent, so certainly not done
  busy,           ///< too many commands wait or are in flight; never sent, certainly not done
  stopped,        ///< the connection is being closed by its owner; never sent, certainly not done
  timeout,        ///< sent, and no answer by the deadline: may or may not have been done
  lost,           ///< sent, and the connection ended: may or may not have been done
  // An answer nobody can use.
  unexpected_reply,  ///< the reply has not the shape that the command promises
  // Redis answered with an error. Nothing was done, except that a script may have failed midway.
  oom,          ///< OOM: maxmemory is reached
  readonly,     ///< READONLY: this is (now) a replica
  loading,      ///< LOADING: the data set is still being read from disk
  masterdown,   ///< MASTERDOWN: a replica without its master
  misconf,      ///< MISCONF: persistence fails and writes are stopped
  noauth,       ///< NOAUTH: authentication is required
  noperm,       ///< NOPERM: the ACL user lacks a right
  script_busy,  ///< BUSY: a script runs for too long
  wrongtype,    ///< WRONGTYPE: the key holds another type
  moved,        ///< MOVED: a Cluster, and the slot lives elsewhere
  ask,          ///< ASK: a Cluster, and the slot is moving
  tryagain,     ///< TRYAGAIN: a Cluster, and the keys are split by a move
  clusterdown,  ///< CLUSTERDOWN: a Cluster that does not serve
  crossslot,    ///< CROSSSLOT: a Cluster, and the keys do not share a slot
  noreplicas,   ///< NOREPLICAS: min-replicas-to-write is not met
  noscript,     ///< NOSCRIPT: the script cache does not know this SHA-1
  unkillable,   ///< UNKILLABLE: a script that has written cannot be killed
  wrongpass,    ///< WRONGPASS: wrong user name or password
  other_error,  ///< ERR, or a word that is not listed here
};

struct RedisError {
  RedisErrc code;
  /// For a log: printable, short, never with a password.
  std::string detail;

  bool operator==(const RedisError&) const = default;
};

/// The name of the enumerator, for logs and metrics.
std::string_view name(RedisErrc code);

/// Was it Redis that said so?
constexpr bool is_error_reply(RedisErrc code) { return code > RedisErrc::unexpected_reply; }

/// May the command have taken effect although nobody said so?
constexpr bool outcome_unknown(RedisErrc code) {
  return code == RedisErrc::timeout || code == RedisErrc::lost;
}

/// From the text of an error reply ("WRONGTYPE Operation against …").
RedisError make_error(std::string_view error_text);

/// What a foreign process sent, made fit for a log: printable ASCII, cut at `limit` bytes.
std::string printable(std::string_view foreign, std::size_t limit = 160);

}  // namespace recant::redis
