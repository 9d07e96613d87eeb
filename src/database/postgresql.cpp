#include "database/postgresql.hpp"

#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <optional>
#include <string>
#include <utility>

#include "database/sql_error.hpp"

namespace recant::database {
namespace {

/// "recant" in ASCII: of this database's advisory locks the one that is ours.
constexpr const char* kLockAlone = "SELECT pg_advisory_xact_lock(125780053421684)";

/// What one thread connects, watched from the moment that libpq hands it over. One at a time.
class Connecting {
 public:
  Connecting(Watchdog* watchdog, std::chrono::milliseconds limit)
      : watchdog_(watchdog), limit_(limit) {
    of_this_thread = this;
  }
  ~Connecting() {
    PQfinish(unclaimed_);
    of_this_thread = nullptr;
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  void begin(PGconn* connection) {
    unclaimed_ = connection;
    watched_.emplace(watchdog_, PQsocket(connection), limit_);
  }
  /// A session has it. When it gets no answer to its first question, it leaves it lying.
  void claim() { unclaimed_ = nullptr; }

  static thread_local Connecting* of_this_thread;

 private:
  Watchdog* const watchdog_;
  const std::chrono::milliseconds limit_;
  std::optional<Watched> watched_;
  PGconn* unclaimed_ = nullptr;
};
thread_local Connecting* Connecting::of_this_thread = nullptr;

PGconn* handle_of(soci::session& sql) {
  return static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
}

/// Did the other side say something while nobody asked? Then it was good-bye.
bool is_readable(int socket) {
  pollfd look{socket, POLLIN, 0};
  return ::poll(&look, 1, 0) != 0;
}

std::string shown(soci::session& sql, const std::string& parameter) {
  std::string value;
  sql << "SHOW " + parameter, soci::into(value);
  return value;
}

/// A cluster that waits for its standbys goes on doing so.
bool commits_to_disk(const std::string& synchronous_commit) {
  return synchronous_commit == "on" || synchronous_commit == "remote_apply";
}

class Postgresql final : public Engine {
 public:
  Postgresql(PostgresqlTarget target, std::chrono::seconds lock_timeout,
             std::chrono::milliseconds longest_set_up)
      : target_(std::move(target)), lock_timeout_(lock_timeout), longest_set_up_(longest_set_up) {}

  const std::string& name() const override { return target_.shown; }
  std::string remedy() const override {
    return "give its user the right to create tables in its schema, and check that it is Recant's "
           "database.";
  }
  bool is_shared() const override { return true; }

  Opened<std::unique_ptr<soci::session>> connect(Watchdog* watchdog) const override {
    try {
      Connecting connecting(watchdog, longest_set_up_);
      auto session = std::make_unique<soci::session>(soci::postgresql, target_.connect_string);
      connecting.claim();
      if (auto ready = set_up(*session); !ready) return ready.error();
      return session;
    } catch (const soci::soci_error& error) {
      return OpenError{"The database " + name() + " cannot be reached (" + reason_of(error) +
                       "): check that PostgreSQL runs there, what database.url says of host, user "
                       "and database, and whom its pg_hba.conf lets in."};
    }
  }

  int socket_of(soci::session& sql) const override { return PQsocket(handle_of(sql)); }

  bool is_alive(soci::session& sql) const override {
    PGconn* const connection = handle_of(sql);
    return PQstatus(connection) == CONNECTION_OK &&
           PQtransactionStatus(connection) == PQTRANS_IDLE && !is_readable(PQsocket(connection));
  }

  void begin_alone(soci::session& sql) const override {
    sql.begin();
    sql << kLockAlone;
  }

  void write_something(soci::session& sql) const override {
    sql << "UPDATE schema_version SET version = version WHERE id = 1";
  }

  /// Text is compared byte by byte, as SQLite does it, whatever the database's language.
  std::string in_dialect(std::string_view step) const override {
    constexpr std::string_view kText = " TEXT ";
    constexpr std::string_view kBytes = " TEXT COLLATE \"C\" ";
    std::string out(step);
    for (auto at = out.find(kText); at != std::string::npos; at = out.find(kText, at)) {
      out.replace(at, kText.size(), kBytes);
      at += kBytes.size();
    }
    return out;
  }

 private:
  Opened<void> set_up(soci::session& sql) const {
    PGconn* const connection = handle_of(sql);
    // Details would quote the row: names and hashes.
    PQsetErrorVerbosity(connection, PQERRORS_TERSE);
    PQsetNoticeProcessor(
        connection, [](void*, const char*) {}, nullptr);
    const std::string encoding = shown(sql, "server_encoding");
    if (encoding != "UTF8") {
      return OpenError{"The database " + name() + " keeps text as " + encoding +
                       ", which not every name fits into: create it with ENCODING 'UTF8'."};
    }
    if (!commits_to_disk(shown(sql, "synchronous_commit"))) sql << "SET synchronous_commit = on";
    sql << "SET default_transaction_isolation = 'read committed'";
    sql << "SET statement_timeout = '10s'";
    sql << "SET idle_in_transaction_session_timeout = '30s'";
    sql << "SET lock_timeout = '" + std::to_string(lock_timeout_.count()) + "s'";
    return {};
  }

  const PostgresqlTarget target_;
  const std::chrono::seconds lock_timeout_;
  const std::chrono::milliseconds longest_set_up_;
};

}  // namespace

std::unique_ptr<const Engine> postgresql_engine(const PostgresqlTarget& target,
                                                std::chrono::seconds lock_timeout,
                                                std::chrono::milliseconds longest_set_up) {
  return std::make_unique<const Postgresql>(target, lock_timeout, longest_set_up);
}

}  // namespace recant::database

/// In place of libpq's, for SOCI: its session asks the server something before it lets anybody see
/// the connection, and waits for the answer without end. A program's own functions come before
/// those of shared libraries.
extern "C" __attribute__((visibility("default"))) PGconn* PQconnectdb(const char* conninfo) {
  const char* const keywords[] = {"dbname", nullptr};
  const char* const values[] = {conninfo, nullptr};
  PGconn* const connection = PQconnectdbParams(keywords, values, /*expand_dbname=*/1);
  auto* const connecting = recant::database::Connecting::of_this_thread;
  if (connecting && PQstatus(connection) == CONNECTION_OK) connecting->begin(connection);
  return connection;
}
