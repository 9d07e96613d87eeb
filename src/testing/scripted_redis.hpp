// A TCP server that plays a Redis's bytes as told: for error replies, half frames and nonsense
// that a real redis-server cannot be brought to say. For nothing else.
//
//   ScriptedRedis redis({{Say{kHelloReply}, Say{"-OOM command not allowed\r\n"}}});
//
// Each connection plays one conversation, in the order of their coming; the last is repeated. A
// line of it is played when one more whole command has been read. Runs on a thread of its own;
// thread-safe.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace recant::testing {

/// Answers the command with these bytes, whatever they are.
struct Say {
  std::string bytes;
};
/// Sends these bytes and ends the connection.
struct SayAndClose {
  std::string bytes;
};
/// Reads the command and answers nothing.
struct Ignore {};

using Line = std::variant<Say, SayAndClose, Ignore>;
using Conversation = std::vector<Line>;

/// What Redis 7.0.15 answers to HELLO 3 (on a connection with id 1).
extern const std::string kHelloReply;

class ScriptedRedis {
 public:
  explicit ScriptedRedis(std::vector<Conversation> conversations);
  ~ScriptedRedis();
  ScriptedRedis(const ScriptedRedis&) = delete;
  ScriptedRedis& operator=(const ScriptedRedis&) = delete;

  std::shared_ptr<const redis::Target> target() const;
  /// The commands read so far on connection `index` (from 0), each as an array of blob strings.
  std::vector<redis::Reply> commands(std::size_t index) const;
  std::size_t connections() const;

 private:
  class Session;
  void accept();

  std::vector<Conversation> conversations_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  std::vector<std::vector<redis::Reply>> commands_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace recant::testing
