// The auto-pipelining connection to one Redis: many coroutines of one thread share it, and what
// they ask in one turn of the event loop goes out in one write. It connects by itself, again and
// again, until it is stopped; every command ends within `timeout`, whatever Redis does.
//
// Thread-safety: none. One per io_context, used only from the thread that runs it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "redis/commander.hpp"
#include "redis/connection_fsm.hpp"

namespace recant::redis {

/// Told about a connection, on its thread. Must not block and must outlive the connection.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  /// The handshake has succeeded.
  virtual void up() {}
  /// The connection, or an attempt, has failed. Said once for each reason in a row.
  virtual void down(std::string_view /*why*/) {}
  /// Said beside down() when the handshake was refused for a reason that an operator must see to
  /// (credentials, no master, no RESP3). It is tried again all the same.
  virtual void refused(std::string_view /*why*/) {}
  /// A command was denied to our user, in Redis's words, which name no command where it is a key or
  /// a script that was denied. Said each time.
  virtual void denied(std::string_view /*what*/) {}
  /// An out-of-band message, in its place among the replies.
  virtual void pushed(const Reply& /*push*/) {}
};

class Connection final : public Commander {
 public:
  /// Begins to connect at once. `clock`, `random` and `observer` outlive it.
  Connection(const boost::asio::any_io_executor& executor, std::shared_ptr<const Target> target,
             ConnectionOptions options, const Clock& clock, RandomSource& random,
             ConnectionObserver* observer = nullptr);
  /// Closes at once; what is in flight ends as `lost`.
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool is_up() const;
  /// Closes at once, as the destructor does; what is in flight ends as `lost`, and what is asked
  /// from now on as `stopped`.
  void abort();
  /// Takes no new commands (`stopped`), lets those under way end, then closes.
  Task<void> stop();

 protected:
  Task<Replies> exchange(std::string bytes, std::size_t reply_count) override;

 private:
  class Driver;
  std::shared_ptr<Driver> driver_;
};

}  // namespace recant::redis
