// One connection to one Redis, as a state machine without I/O: what happens goes in, what to do
// comes out, and the time is an argument. redis::Connection drives it; tests drive it with tables.
//
//   idle ──start──► connecting ──connected──► handshaking ──HELLO ok──► ready
//                     ▲ │ failed, late           │ refused, late,         │ closed, silent,
//       its time came │ ▼                        ▼ nonsense               ▼ nonsense
//                   backing_off ◄────────────────┴────────────────────────┘
//
//   any of them ──stop──► stopped
//
// Invariants
//  - Replies are ordered: the n-th reply belongs to the n-th command that was sent.
//  - What has been handed out in a Write is never sent again; its outcome is unknown.
//  - Every request ends exactly once, at the latest when its deadline passes.
//  - A connection that owes an answer and has been silent for `timeout` is dead.
//
// One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "redis/backoff.hpp"
#include "redis/handshake.hpp"
#include "redis/request_queue.hpp"
#include "redis/resp_parser.hpp"
#include "redis/url.hpp"

namespace recant::redis {

struct ConnectionOptions {
  /// From the asking to the answer of each command, waiting for a connection included; and for how
  /// long a connection may owe an answer in silence. `redis.timeout`.
  milliseconds timeout{250};
  /// From the attempt to connect to the end of the handshake.
  milliseconds connect_timeout{1000};
  /// The first pause before connecting again, and the longest that doubling leads to.
  milliseconds backoff_first{10};
  milliseconds backoff_most{1000};
  /// Commands that wait or are in flight; the next is `busy` at once.
  std::size_t command_limit = 4096;
  /// Do commands that wait end at once when we are refused for good? Otherwise they wait for their
  /// deadline: what is for good may be a moment's, where a new master is being found.
  bool fail_when_refused = false;
  /// What CLIENT LIST shows.
  std::string client_name = "recant";
  /// Changes of keys that begin with one of these are pushed while the connection is up.
  std::vector<std::string> watched{};
};

namespace action {
/// Begin to connect; report `connected` or `connect_failed`.
struct Connect {};
/// Give up the connection, or the attempt. Nothing more is heard of it.
struct Close {};
/// Write all of it, then report `written`. There is only one at a time.
struct Write {
  std::string bytes;
};
/// Hand this to whoever asked.
struct Complete {
  Completion completion;
};
/// For the observer.
struct Push {
  Reply reply;
};
/// An error reply that says so: the rights of our user have become too few.
struct Denied {
  std::string what;
};
struct Up {};
struct Down {
  std::string why;
  bool lasting = false;  ///< we were refused, and time will not cure that
};
}  // namespace action
using Action = std::variant<action::Connect, action::Close, action::Write, action::Complete,
                            action::Push, action::Denied, action::Up, action::Down>;

class ConnectionFsm {
 public:
  /// `random` outlives it.
  ConnectionFsm(std::shared_ptr<const Target> target, ConnectionOptions options,
                RandomSource& random);

  // What happens. Each may leave actions to be taken.
  void start(SteadyInstant now);
  /// `id` comes back in the Completion. Nothing is sent before the next flush.
  void submit(RequestId id, std::string bytes, std::size_t commands, SteadyInstant now);
  /// Send what has gathered, if the connection is ready and no Write is under way.
  void flush(SteadyInstant now);
  void connected(SteadyInstant now);
  /// `lasting`: only somebody's hand changes it.
  void connect_failed(std::string_view why, SteadyInstant now, bool lasting = false);
  void written(SteadyInstant now);
  void received(std::string_view bytes, SteadyInstant now);
  void closed(std::string_view why, SteadyInstant now, bool lasting = false);
  /// To be called at wake_at() or later.
  void tick(SteadyInstant now);
  /// Take no more requests, finish those that can be, then close.
  void stop(SteadyInstant now);
  /// Close at once; what is in flight is lost.
  void abort();

  /// Swaps the actions, in their order, into `actions`.
  void take_actions(std::vector<Action>& actions);
  std::optional<SteadyInstant> wake_at() const;

  enum class State { idle, connecting, handshaking, ready, backing_off, stopped };
  State state() const { return state_; }

 private:
  void connect(SteadyInstant now);
  /// Ends this connection for the reason given; the next attempt follows after a pause.
  void lose(std::string why, SteadyInstant now, bool lasting = false);
  void on_reply(Reply reply, SteadyInstant now);
  void on_handshake_reply(const Reply& reply, SteadyInstant now);
  /// In the clear, before Redis has said a word: is it TLS that this port wants?
  bool may_want_tls() const;
  /// Ends the requests whose deadline has passed.
  void expire(SteadyInstant now);
  std::string silence() const;
  void finish_if_stopping();
  void emit_completions();

  std::shared_ptr<const Target> target_;
  ConnectionOptions options_;
  RandomSource& random_;
  Backoff backoff_;

  State state_ = State::idle;
  bool stopping_ = false;
  bool writing_ = false;
  bool heard_ = false;                      ///< a byte, on this connection
  bool is_replica_ = false;                 ///< READONLY was answered
  std::optional<SteadyInstant> phase_end_;  ///< of connecting, handshaking, backing_off
  std::string last_failure_;
  std::optional<Handshake> handshake_;
  RespParser parser_;
  RequestQueue queue_;
  std::vector<Completion> completions_;
  std::vector<Action> actions_;
};

}  // namespace recant::redis
