// The requests of one connection, in their order: those that wait to be sent, then those in flight,
// to which replies belong one after another. Deadlines rise with the order, because all requests
// have the same time to live.
//
// A request in flight whose deadline passes is answered with `timeout` and stays, to swallow its
// late reply: replies have no other name than their place.
//
// Without I/O. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "redis/reply.hpp"

namespace recant::redis {

using RequestId = std::uint32_t;

/// How a request ended: as many replies as it has commands, or why there are none.
struct Completion {
  RequestId id;
  Result<std::vector<Reply>, RedisError> outcome;
};

class RequestQueue {
 public:
  /// `commands` is at least one.
  void add(RequestId id, std::string bytes, std::size_t commands, SteadyInstant deadline);

  /// Takes all that waits for the wire. From here on nothing of it is ever sent again.
  std::string send_waiting(SteadyInstant now);
  /// A reply for the oldest in flight. False if there is none: nobody asked.
  bool accept(Reply reply, SteadyInstant now, std::vector<Completion>& completed);
  /// Ends what has passed its deadline; `why_waiting` is told to those that were never sent.
  void expire(SteadyInstant now, const std::string& why_waiting, const std::string& why_in_flight,
              std::vector<Completion>& completed);
  void fail_waiting(const RedisError& error, std::vector<Completion>& completed);
  void fail_in_flight(const RedisError& error, std::vector<Completion>& completed);

  /// Since when an answer has been owed without any reply coming. Nothing if none is owed.
  std::optional<SteadyInstant> silent_since() const;
  /// The earliest deadline of a request that has not ended.
  std::optional<SteadyInstant> next_deadline() const;
  bool has_waiting() const { return !waiting_.empty(); }
  bool empty() const { return waiting_.empty() && in_flight_.empty(); }
  /// Commands that wait or are in flight.
  std::size_t commands() const { return commands_; }

 private:
  struct Request {
    RequestId id;
    std::string bytes;  ///< empty once sent
    std::size_t commands;
    SteadyInstant deadline;
    std::vector<Reply> replies;
    SteadyInstant sent_at{};
  };

  std::deque<Request> waiting_;
  std::deque<Request> in_flight_;
  std::size_t expired_in_flight_ = 0;  ///< the first so many of in_flight_ have been answered
  std::size_t commands_ = 0;
  SteadyInstant last_reply_{};
};

}  // namespace recant::redis
