// Redis as a service without a verifier asks it: hiredis, one connection a thread, on loopback.
//
// One a thread; not thread-safe. What does not succeed is a std::runtime_error.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace recant::bench {

class Redis {
 public:
  explicit Redis(int port) : context_(::redisConnect("127.0.0.1", port)) {
    if (context_ == nullptr || context_->err != 0) throw std::runtime_error("Redis is not there");
  }

  /// Does anything stand there? One round trip.
  bool has(std::string_view key) {
    const auto reply =
        taken(::redisCommand(context_.get(), "GET %b", key.data(), std::size_t{key.size()}));
    return reply->type != REDIS_REPLY_NIL;
  }
  /// Written with what is queued beside it, by flush().
  void queue_set(std::string_view key, std::string_view value, int seconds) {
    ::redisAppendCommand(context_.get(), "SET %b %b EX %d", key.data(), std::size_t{key.size()},
                         value.data(), std::size_t{value.size()}, seconds);
    ++queued_;
  }
  void flush() {
    for (; queued_ > 0; --queued_) {
      void* reply = nullptr;
      ::redisGetReply(context_.get(), &reply);
      taken(reply);
    }
  }

 private:
  struct End {
    void operator()(redisContext* context) const { ::redisFree(context); }
    void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
  };
  static std::unique_ptr<redisReply, End> taken(void* reply) {
    std::unique_ptr<redisReply, End> owned(static_cast<redisReply*>(reply));
    if (!owned) throw std::runtime_error("Redis does not answer");
    if (owned->type == REDIS_REPLY_ERROR) throw std::runtime_error(owned->str);
    return owned;
  }

  std::unique_ptr<redisContext, End> context_;
  int queued_ = 0;
};

}  // namespace recant::bench
