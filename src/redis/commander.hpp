// The face of Redis that stores and questions depend on: commands in, replies or a RedisError out.
// redis::Connection implements it.
//
// Belongs to one thread's io_context, like the coroutines that use it. What is asked in one turn of
// the event loop, by any number of coroutines, goes out in one write and is answered in order.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "redis/command.hpp"
#include "redis/error.hpp"
#include "redis/reply.hpp"

namespace recant::redis {

class Commander {
 public:
  virtual ~Commander() = default;

  /// One command. An error reply is an error.
  Task<Result<Reply, RedisError>> run(const Command& command);

  /// Several commands, sent together and without anything in between; as many replies, in their
  /// order. An error reply is a value among them (`Reply::is_error`); an error is that there are no
  /// replies. This is no transaction: some may have been done and others not.
  Task<Result<std::vector<Reply>, RedisError>> run_all(std::span<const Command> commands);

 protected:
  using Replies = Result<std::vector<Reply>, RedisError>;
  /// Sends encoded commands and gathers exactly `reply_count` replies, or says why not.
  virtual Task<Replies> exchange(std::string bytes, std::size_t reply_count) = 0;

 private:
  Task<Result<Reply, RedisError>> run_one(std::string bytes);
};

}  // namespace recant::redis
