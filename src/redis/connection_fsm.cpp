#include "redis/connection_fsm.hpp"

#include <algorithm>
#include <utility>

namespace recant::redis {

ConnectionFsm::ConnectionFsm(std::shared_ptr<const Target> target, ConnectionOptions options,
                             RandomSource& random)
    : target_(std::move(target)),
      options_(std::move(options)),
      random_(random),
      backoff_(options_.backoff_first, options_.backoff_most),
      last_failure_("not connected yet to Redis at " + to_string(target_->address)) {}

void ConnectionFsm::start(SteadyInstant now) {
  if (state_ == State::idle) connect(now);
}

void ConnectionFsm::connect(SteadyInstant now) {
  state_ = State::connecting;
  phase_end_ = now + options_.connect_timeout;
  actions_.emplace_back(action::Connect{});
}

void ConnectionFsm::submit(RequestId id, std::string bytes, std::size_t commands,
                           SteadyInstant now) {
  if (stopping_ || state_ == State::stopped) {
    completions_.push_back({id, RedisError{RedisErrc::stopped, "the connection is being closed"}});
  } else if (queue_.commands() + commands > options_.command_limit) {
    completions_.push_back({id, RedisError{RedisErrc::busy, "too many commands wait for Redis at " +
                                                                to_string(target_->address)}});
  } else {
    queue_.add(id, std::move(bytes), commands, now + options_.timeout);
  }
  emit_completions();
}

void ConnectionFsm::flush(SteadyInstant now) {
  if (state_ != State::ready || writing_) return;
  expire(now);
  if (!queue_.has_waiting()) return;
  writing_ = true;
  actions_.emplace_back(action::Write{queue_.send_waiting(now)});
}

void ConnectionFsm::connected(SteadyInstant /*now*/) {
  if (state_ != State::connecting) return;
  state_ = State::handshaking;
  parser_ = RespParser();
  heard_ = false;
  is_replica_ = false;
  handshake_.emplace(*target_, options_.client_name, options_.watched);
  writing_ = true;
  actions_.emplace_back(action::Write{handshake_->bytes()});
}

void ConnectionFsm::connect_failed(std::string_view why, SteadyInstant now, bool lasting) {
  if (state_ != State::connecting) return;
  lose("cannot connect to Redis at " + to_string(target_->address) + ": " + std::string(why), now,
       lasting);
}

bool ConnectionFsm::may_want_tls() const {
  return state_ == State::handshaking && !heard_ && !target_->tls &&
         std::holds_alternative<TcpAddress>(target_->address);
}

void ConnectionFsm::written(SteadyInstant now) {
  writing_ = false;
  flush(now);
}

void ConnectionFsm::received(std::string_view bytes, SteadyInstant now) {
  if (state_ != State::handshaking && state_ != State::ready) return;
  constexpr char kTlsAlert = 0x15;  // RFC 8446 §5.1; no reply of Redis begins like that
  if (may_want_tls() && bytes.starts_with(kTlsAlert)) {
    lose(
        "Redis at " + to_string(target_->address) + " answers in TLS; write rediss:// in redis.url",
        now, true);
    finish_if_stopping();
    return;
  }
  heard_ = heard_ || !bytes.empty();
  parser_.feed(bytes);
  while (state_ == State::handshaking || state_ == State::ready) {
    auto reply = parser_.next();
    if (!reply) {
      lose("Redis at " + to_string(target_->address) + " broke the protocol (" +
               std::string(name(reply.error())) + ")",
           now);
      return;
    }
    if (!*reply) break;
    on_reply(std::move(**reply), now);
  }
  // The replies that came with it are delivered first; then a new connection finds the new master.
  if (is_replica_ && state_ == State::ready) {
    lose("Redis at " + to_string(target_->address) + " has become a replica", now);
  }
  finish_if_stopping();
}

void ConnectionFsm::on_reply(Reply reply, SteadyInstant now) {
  if (reply.kind() == ReplyKind::push) {
    actions_.emplace_back(action::Push{std::move(reply)});
    return;
  }
  if (state_ == State::handshaking) {
    on_handshake_reply(reply, now);
    return;
  }
  if (reply.is_error()) {
    RedisError error = reply.error();
    if (error.code == RedisErrc::readonly) is_replica_ = true;
    if (error.code == RedisErrc::noperm)
      actions_.emplace_back(action::Denied{std::move(error.detail)});
  }
  if (!queue_.accept(std::move(reply), now, completions_)) {
    lose("Redis at " + to_string(target_->address) + " broke the protocol (a reply to nothing)",
         now);
  }
  emit_completions();
}

void ConnectionFsm::on_handshake_reply(const Reply& reply, SteadyInstant now) {
  switch (handshake_->on_reply(reply)) {
    case Handshake::Progress::more:
      return;
    case Handshake::Progress::refused:
      lose(handshake_->refusal(), now, handshake_->is_lasting());
      return;
    case Handshake::Progress::done:
      break;
  }
  handshake_.reset();
  state_ = State::ready;
  phase_end_.reset();
  backoff_.reset();
  last_failure_.clear();
  actions_.emplace_back(action::Up{});
  flush(now);
}

void ConnectionFsm::closed(std::string_view why, SteadyInstant now, bool lasting) {
  if (state_ != State::handshaking && state_ != State::ready) return;
  const std::string hint = may_want_tls()
                               ? ", before it had said a word: if this port speaks TLS, write "
                                 "rediss:// in redis.url"
                               : "";
  lose("the connection to Redis at " + to_string(target_->address) + " ended: " + std::string(why) +
           hint,
       now, lasting);
}

void ConnectionFsm::lose(std::string why, SteadyInstant now, bool lasting) {
  const bool news = state_ == State::ready || why != last_failure_;
  actions_.emplace_back(action::Close{});
  queue_.fail_in_flight({RedisErrc::lost, why}, completions_);
  if (lasting && options_.fail_when_refused) {
    queue_.fail_waiting({RedisErrc::not_connected, why}, completions_);
  }
  emit_completions();
  last_failure_ = why;
  if (news) actions_.emplace_back(action::Down{std::move(why), lasting});
  handshake_.reset();
  writing_ = false;
  state_ = State::backing_off;
  phase_end_ = now + backoff_.next(random_);
  finish_if_stopping();
}

void ConnectionFsm::tick(SteadyInstant now) {
  expire(now);
  const auto silent_since = queue_.silent_since();
  if (silent_since && now - *silent_since >= options_.timeout) {
    lose(silence(), now);
  } else if (phase_end_ && now >= *phase_end_) {
    if (state_ == State::backing_off) {
      connect(now);
    } else {
      const bool securing = state_ == State::connecting && target_->tls;
      lose("Redis at " + to_string(target_->address) + " did not take the connection within " +
               std::to_string(options_.connect_timeout.count()) + " ms" +
               (securing ? " (rediss:// needs a port that speaks TLS)" : ""),
           now);
    }
  }
  finish_if_stopping();
}

void ConnectionFsm::expire(SteadyInstant now) {
  const auto deadline = queue_.next_deadline();
  if (!deadline || now < *deadline) return;
  queue_.expire(now, last_failure_.empty() ? silence() : last_failure_, silence(), completions_);
  emit_completions();
}

std::string ConnectionFsm::silence() const {
  return "no answer from Redis at " + to_string(target_->address) + " within " +
         std::to_string(options_.timeout.count()) + " ms";
}

void ConnectionFsm::stop(SteadyInstant now) {
  if (stopping_) return;
  stopping_ = true;
  flush(now);
  finish_if_stopping();
}

void ConnectionFsm::finish_if_stopping() {
  if (stopping_ && state_ != State::stopped && (state_ != State::ready || queue_.empty())) abort();
}

void ConnectionFsm::abort() {
  if (state_ == State::stopped) return;
  stopping_ = true;
  state_ = State::stopped;
  phase_end_.reset();
  actions_.emplace_back(action::Close{});
  queue_.fail_in_flight({RedisErrc::lost, "the connection was closed"}, completions_);
  queue_.fail_waiting({RedisErrc::stopped, "the connection was closed"}, completions_);
  emit_completions();
}

void ConnectionFsm::emit_completions() {
  for (Completion& completion : completions_) {
    actions_.emplace_back(action::Complete{std::move(completion)});
  }
  completions_.clear();
}

void ConnectionFsm::take_actions(std::vector<Action>& actions) {
  actions.clear();
  actions.swap(actions_);
}

std::optional<SteadyInstant> ConnectionFsm::wake_at() const {
  std::optional<SteadyInstant> earliest = phase_end_;
  const auto consider = [&earliest](std::optional<SteadyInstant> at) {
    if (at && (!earliest || *at < *earliest)) earliest = at;
  };
  consider(queue_.next_deadline());
  if (const auto since = queue_.silent_since()) consider(*since + options_.timeout);
  return earliest;
}

}  // namespace recant::redis
