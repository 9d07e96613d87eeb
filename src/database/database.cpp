#include "database/database.hpp"

#include <soci/soci.h>

#include <stdexcept>
#include <utility>

#include "database/migrations.hpp"
#include "database/sqlite.hpp"

namespace recant::database {

Database::Database(DatabaseOptions options) : options_(std::move(options)) {}
Database::~Database() = default;

Opened<std::unique_ptr<Database>> Database::open_sqlite(const std::filesystem::path& file,
                                                        DatabaseOptions options) {
  std::unique_ptr<Database> database(new Database(std::move(options)));
  for (std::size_t i = 0; i < database->options_.connections; ++i) {
    auto session = open_sqlite_session(file, database->options_.busy_timeout);
    if (!session) return session.error();
    if (i == 0) {
      if (auto migrated = migrate(**session, file.string()); !migrated) return migrated.error();
    }
    database->idle_.push_back(*std::move(session));
  }
  return database;
}

Database::Lease::Lease(Database& owner, std::unique_ptr<soci::session> session)
    : owner_(owner), session_(std::move(session)) {}

Database::Lease::~Lease() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.idle_.push_back(std::move(session_));
}

Database::Lease Database::lease() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) throw std::logic_error("more threads than database connections");
  auto session = std::move(idle_.back());
  idle_.pop_back();
  return Lease(*this, std::move(session));
}

}  // namespace recant::database
