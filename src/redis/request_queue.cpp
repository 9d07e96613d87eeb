#include "redis/request_queue.hpp"

#include <algorithm>
#include <utility>

namespace recant::redis {

void RequestQueue::add(RequestId id, std::string bytes, std::size_t commands,
                       SteadyInstant deadline) {
  waiting_.push_back({id, std::move(bytes), commands, deadline, {}, {}});
  commands_ += commands;
}

std::string RequestQueue::send_waiting(SteadyInstant now) {
  std::string bytes;
  if (waiting_.size() == 1) {
    bytes = std::move(waiting_.front().bytes);
  } else {
    std::size_t size = 0;
    for (const Request& request : waiting_) size += request.bytes.size();
    bytes.reserve(size);
    for (const Request& request : waiting_) bytes += request.bytes;
  }
  for (Request& request : waiting_) {
    request.bytes = std::string();
    request.sent_at = now;
    request.replies.reserve(request.commands);
    in_flight_.push_back(std::move(request));
  }
  waiting_.clear();
  return bytes;
}

bool RequestQueue::accept(Reply reply, SteadyInstant now, std::vector<Completion>& completed) {
  if (in_flight_.empty()) return false;
  last_reply_ = now;
  Request& request = in_flight_.front();
  request.replies.push_back(std::move(reply));
  if (request.replies.size() < request.commands) return true;
  if (expired_in_flight_ > 0) {
    --expired_in_flight_;
  } else {
    completed.push_back({request.id, std::move(request.replies)});
  }
  commands_ -= request.commands;
  in_flight_.pop_front();
  return true;
}

void RequestQueue::expire(SteadyInstant now, const std::string& why_waiting,
                          const std::string& why_in_flight, std::vector<Completion>& completed) {
  while (expired_in_flight_ < in_flight_.size() && in_flight_[expired_in_flight_].deadline <= now) {
    const RequestId id = in_flight_[expired_in_flight_++].id;
    completed.push_back({id, RedisError{RedisErrc::timeout, why_in_flight}});
  }
  while (!waiting_.empty() && waiting_.front().deadline <= now) {
    commands_ -= waiting_.front().commands;
    completed.push_back({waiting_.front().id, RedisError{RedisErrc::not_connected, why_waiting}});
    waiting_.pop_front();
  }
}

void RequestQueue::fail_waiting(const RedisError& error, std::vector<Completion>& completed) {
  for (const Request& request : waiting_) {
    completed.push_back({request.id, error});
    commands_ -= request.commands;
  }
  waiting_.clear();
}

void RequestQueue::fail_in_flight(const RedisError& error, std::vector<Completion>& completed) {
  for (std::size_t i = 0; i < in_flight_.size(); ++i) {
    if (i >= expired_in_flight_) completed.push_back({in_flight_[i].id, error});
    commands_ -= in_flight_[i].commands;
  }
  in_flight_.clear();
  expired_in_flight_ = 0;
}

std::optional<SteadyInstant> RequestQueue::silent_since() const {
  if (in_flight_.empty()) return std::nullopt;
  return std::max(in_flight_.front().sent_at, last_reply_);
}

std::optional<SteadyInstant> RequestQueue::next_deadline() const {
  if (expired_in_flight_ < in_flight_.size()) return in_flight_[expired_in_flight_].deadline;
  if (!waiting_.empty()) return waiting_.front().deadline;
  return std::nullopt;
}

}  // namespace recant::redis
