// What differs between the engines, all of it: how a connection is made and when it is lost, what
// locks, what writes, and how a column of text is declared. Everything else is SQL that both take.
// One file an engine: sqlite, postgresql.
//
// Immutable, so thread-safe; a session is one thread's at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "database/open_error.hpp"
#include "database/watchdog.hpp"

namespace soci {
class session;
}

namespace recant::database {

class Engine {
 public:
  virtual ~Engine() = default;

  /// The database in messages: a path, or a URL without its password.
  virtual const std::string& name() const = 0;
  /// What to do when it cannot be written; follows a colon.
  virtual std::string remedy() const = 0;
  /// Do other servers change what stands there while this one runs?
  virtual bool is_shared() const = 0;

  /// A new connection on which a commit is on the disk when it returns. Blocks for seconds at most:
  /// `watchdog`, null where no connection has a socket, sees to it.
  virtual Opened<std::unique_ptr<soci::session>> connect(Watchdog* watchdog) const = 0;
  /// What a connection goes over, or -1 where nothing can keep its answer to itself.
  virtual int socket_of(soci::session& sql) const = 0;
  /// May a connection that nobody used for a while be used again?
  virtual bool is_alive(soci::session& sql) const = 0;

  /// Begins a transaction beside which no other of this kind runs, in this process or another.
  virtual void begin_alone(soci::session& sql) const = 0;
  /// Writes something to the disk that nobody reads.
  virtual void write_something(soci::session& sql) const = 0;
  /// A step of the schema in this engine's words.
  virtual std::string in_dialect(std::string_view step) const = 0;
};

}  // namespace recant::database
