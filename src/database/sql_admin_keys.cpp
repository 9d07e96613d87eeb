#include "database/sql_admin_keys.hpp"

#include <soci/soci.h>

#include <optional>
#include <string>
#include <utility>

#include "database/alone.hpp"
#include "database/attempt.hpp"

namespace recant::database {
namespace {

using service::AdminKey;
using service::AdminKeyError;
using service::AdminKeyList;
using service::AdminScope;
using Changed = Result<void, AdminKeyError>;

constexpr std::size_t kQueue = 256;
constexpr int kKeysScope = static_cast<int>(AdminScope::keys);

AdminKeyList select_all(soci::session& sql) {
  AdminKeyList keys;
  std::string name;
  std::string sha256;
  int scopes = 0;
  long long created_at = 0;
  long long last_used_at = 0;
  soci::statement select = (sql.prepare << "SELECT name, sha256, scopes, created_at, last_used_at"
                                           " FROM admin_keys ORDER BY name",
                            soci::into(name), soci::into(sha256), soci::into(scopes),
                            soci::into(created_at), soci::into(last_used_at));
  select.execute();
  while (select.fetch()) {
    AdminKey key{name, sha256, static_cast<std::uint8_t>(scopes), unix_millis(created_at)};
    if (last_used_at != 0) key.last_used_at = unix_millis(last_used_at);
    keys.push_back(std::move(key));
  }
  return keys;
}

bool insert(soci::session& sql, const AdminKey& key) {
  const int scopes = key.scopes;
  const long long created_at = count(key.created_at);
  soci::statement statement =
      (sql.prepare << "INSERT INTO admin_keys (name, sha256, scopes, created_at, last_used_at)"
                      " VALUES (:name, :sha256, :scopes, :created, 0)"
                      " ON CONFLICT (name) DO NOTHING",
       soci::use(key.name), soci::use(key.sha256), soci::use(scopes), soci::use(created_at));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

/// What a key may do, found by one column; nothing when there is none.
std::optional<int> scopes_where(soci::session& sql, const char* select, const std::string& value) {
  int scopes = 0;
  sql << select, soci::use(value), soci::into(scopes);
  if (!sql.got_data()) return std::nullopt;
  return scopes;
}

std::optional<int> scopes_of_hash(soci::session& sql, const std::string& sha256) {
  return scopes_where(sql, "SELECT scopes FROM admin_keys WHERE sha256 = :sha256", sha256);
}

std::optional<int> scopes_of_name(soci::session& sql, const std::string& name) {
  return scopes_where(sql, "SELECT scopes FROM admin_keys WHERE name = :name", name);
}

bool others_manage_keys(soci::session& sql, const std::string& name) {
  int others = 0;
  const int scope = kKeysScope;
  sql << "SELECT COUNT(*) FROM admin_keys WHERE name <> :name AND (scopes & :scope) <> 0",
      soci::use(name), soci::use(scope), soci::into(others);
  return others > 0;
}

Changed add_one(soci::session& sql, const AdminKey& key, const std::string& asker) {
  const auto own = scopes_of_hash(sql, asker);
  const int needed = key.scopes | kKeysScope;
  if (!own || (*own & needed) != needed) return AdminKeyError::not_allowed;
  if (!insert(sql, key)) return AdminKeyError::taken;
  return {};
}

Changed remove_one(soci::session& sql, const std::string& name, const std::string& asker) {
  const auto own = scopes_of_hash(sql, asker);
  if (!own || (*own & kKeysScope) == 0) return AdminKeyError::not_allowed;
  const auto scopes = scopes_of_name(sql, name);
  if (!scopes) return AdminKeyError::not_found;
  if ((*scopes & kKeysScope) != 0 && !others_manage_keys(sql, name)) return AdminKeyError::last;
  sql << "DELETE FROM admin_keys WHERE name = :name", soci::use(name);
  return {};
}

Changed note_one(soci::session& sql, const std::string& name, UnixMillis at) {
  const long long millis = count(at);
  sql << "UPDATE admin_keys SET last_used_at = :at WHERE name = :name AND last_used_at < :at2",
      soci::use(millis), soci::use(name), soci::use(millis);
  return {};
}

}  // namespace

SqlAdminKeys::SqlAdminKeys(Database& database) : database_(database), writer_(1, kQueue) {}

Result<AdminKeyList, AdminKeyError> SqlAdminKeys::load_all() {
  auto keys = attempt(database_, select_all);
  if (!keys) return AdminKeyError::unavailable;
  return *std::move(keys);
}

Result<void, AdminKeyError> SqlAdminKeys::add_first(const AdminKey& key) {
  const auto added = attempt(database_, [&](soci::session& sql) -> Changed {
    // Alone: of two servers that start for the first time one makes the key.
    Alone transaction(database_.engine(), sql);
    if (!select_all(sql).empty() || !insert(sql, key)) return AdminKeyError::taken;
    transaction.commit();
    return {};
  });
  return added ? *added : Changed(AdminKeyError::unavailable);
}

/// On the writer's thread: all of it, or nothing, and then everybody sees it.
template <class Change>
Changed SqlAdminKeys::make(const Change& change) {
  const auto made = attempt(database_, [&](soci::session& sql) -> Changed {
    // Alone: what is read is still so when it is changed.
    Alone transaction(database_.engine(), sql);
    if (const Changed changed = change(sql); !changed) return changed;
    AdminKeyList keys = select_all(sql);
    transaction.commit();
    publish(std::move(keys));
    return {};
  });
  return made ? *made : Changed(AdminKeyError::unavailable);
}

void SqlAdminKeys::publish(AdminKeyList keys) {
  published_ = keys;
  keys_->replace(std::move(keys));
}

void SqlAdminKeys::look_again() {
  writer_.post([this] {
    try {
      const Database::Lease lease = database_.lease();
      AdminKeyList keys = select_all(*lease);
      cannot_look_ = false;
      if (keys != published_) publish(std::move(keys));
    } catch (const std::exception&) {
      // Whoever needs the database finds out by itself and says why.
      if (!cannot_look_) database_.report("admin keys that other servers change are not seen now");
      cannot_look_ = true;
    }
  });
}

template <class Change>
Task<Changed> SqlAdminKeys::run(Change change) {
  auto work = [this, change = std::move(change)] { return make(change); };
  const std::optional<Changed> changed = co_await writer_.run(work);
  if (changed) co_return *changed;
  database_.report("its queue is full");
  co_return AdminKeyError::unavailable;
}

Task<Changed> SqlAdminKeys::add(AdminKey key, std::string asker) {
  return run([key = std::move(key), asker = std::move(asker)](soci::session& sql) {
    return add_one(sql, key, asker);
  });
}

Task<Changed> SqlAdminKeys::remove(std::string name, std::string asker) {
  return run([name = std::move(name), asker = std::move(asker)](soci::session& sql) {
    return remove_one(sql, name, asker);
  });
}

void SqlAdminKeys::note_used(std::string name, UnixMillis at) {
  writer_.post([this, name = std::move(name), at] {
    make([&](soci::session& sql) { return note_one(sql, name, at); });
  });
}

}  // namespace recant::database
