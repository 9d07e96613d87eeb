#include "database/database.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <utility>

#include "database/migrations.hpp"
#include "database/postgresql.hpp"
#include "database/sqlite.hpp"

namespace recant::database {
namespace {

/// While none can be made, somebody tries again that often, and the others are told at once.
constexpr std::chrono::milliseconds kBetweenTries{500};

}  // namespace

Database::Database(std::unique_ptr<const Engine> engine, DatabaseOptions options)
    : engine_(std::move(engine)),
      options_(std::move(options)),
      watchdog_(engine_->is_shared()
                    ? std::make_unique<Watchdog>(
                          std::min(options_.longest_work, options_.longest_set_up) / 4)
                    : nullptr) {}
Database::~Database() = default;

Opened<std::unique_ptr<Database>> Database::open_sqlite(const std::filesystem::path& file,
                                                        DatabaseOptions options) {
  auto engine = sqlite_engine(file, options.busy_timeout);
  return open(std::move(engine), std::move(options));
}

Opened<std::unique_ptr<Database>> Database::open_postgresql(const PostgresqlTarget& target,
                                                            DatabaseOptions options) {
  auto engine = postgresql_engine(target, options.busy_timeout, options.longest_set_up);
  return open(std::move(engine), std::move(options));
}

Opened<std::unique_ptr<Database>> Database::open(std::unique_ptr<const Engine> engine,
                                                 DatabaseOptions options) {
  std::unique_ptr<Database> database(new Database(std::move(engine), std::move(options)));
  for (std::size_t i = 0; i < database->options_.connections; ++i) {
    auto session = database->engine_->connect(database->watchdog_.get());
    if (!session) return session.error();
    if (i == 0) {
      const Watched watched(database->watchdog_.get(), database->engine_->socket_of(**session),
                            database->options_.longest_work);
      if (auto migrated = migrate(*database->engine_, **session); !migrated) {
        return migrated.error();
      }
    }
    database->idle_.push_back(*std::move(session));
  }
  return database;
}

Database::Lease::Lease(Database& owner, std::unique_ptr<soci::session> session)
    : owner_(owner), session_(std::move(session)) {
  watched_.emplace(owner_.watchdog_.get(), owner_.engine_->socket_of(*session_),
                   owner_.options_.longest_work);
}

Database::Lease::~Lease() {
  watched_.reset();
  owner_.give_back(std::move(session_));
}

Database::Lease Database::lease() {
  Session session = take_idle();
  try {
    if (!session || !engine_->is_alive(*session)) {
      session.reset();
      session = reconnect();
    }
  } catch (...) {
    give_back(std::move(session));
    throw;
  }
  return Lease(*this, std::move(session));
}

/// One that was not lost, if there is one.
Database::Session Database::take_idle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) throw std::logic_error("more threads than database connections");
  auto at = std::ranges::find_if(idle_, [](const Session& session) { return session != nullptr; });
  if (at == idle_.end()) at = idle_.begin();
  Session session = std::move(*at);
  idle_.erase(at);
  return session;
}

void Database::give_back(Session session) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(session));
}

Database::Session Database::reconnect() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!lost_.empty() && now < again_at_) throw Unavailable(lost_);
    again_at_ = now + kBetweenTries;
  }
  auto session = engine_->connect(watchdog_.get());
  const std::lock_guard lock(mutex_);
  if (!session) {
    lost_ = session.error().sentence;
    again_at_ = std::chrono::steady_clock::now() + kBetweenTries;
    throw Unavailable(lost_);
  }
  lost_.clear();
  return *std::move(session);
}

}  // namespace recant::database
