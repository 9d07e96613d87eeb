// What a Redis is asked to do, command by command, scripts' own calls included (MONITOR).
// One thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "testing/redis_server.hpp"

namespace recant::redis {

/// One command as MONITOR shows it.
struct Seen {
  bool by_script;
  std::vector<std::string> words;  // the name in lower case, and the arguments
};

/// A script call: what its Lua did.
struct SeenScript {
  std::vector<std::string> call;  // evalsha, sha1, number of keys, keys, arguments
  std::vector<Seen> commands;

  /// Every key that the call named or its Lua touched.
  std::set<std::string> keys() const;
};

class Monitor {
 public:
  explicit Monitor(testing::RedisServer& server);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// All that was done since the last call.
  std::vector<Seen> seen();
  std::vector<SeenScript> scripts();

 private:
  std::string line();

  testing::RedisServer& server_;
  int socket_;
  std::string buffer_;
  int marks_ = 0;
};

/// The keys of a command that the store sends; an exception for one that is not known here, so
/// that none goes unlooked at.
std::vector<std::string> keys_of(const Seen& command);
/// Does it change anything?
bool is_write(const Seen& command);

}  // namespace recant::redis
