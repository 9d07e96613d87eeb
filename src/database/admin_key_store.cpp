#include "database/admin_key_store.hpp"

#include <soci/soci.h>

#include <string>
#include <utility>

#include "database/sql_error.hpp"

namespace recant::database {

Result<std::vector<service::AdminKey>, AdminKeyError> AdminKeyStore::load_all() {
  try {
    const Database::Lease lease = database_.lease();
    std::vector<service::AdminKey> keys;
    std::string name;
    std::string sha256;
    int scopes = 0;
    soci::statement select =
        ((*lease).prepare << "SELECT name, sha256, scopes FROM admin_keys ORDER BY name",
         soci::into(name), soci::into(sha256), soci::into(scopes));
    select.execute();
    while (select.fetch()) keys.push_back({name, sha256, static_cast<std::uint8_t>(scopes)});
    return keys;
  } catch (const soci::soci_error& error) {
    database_.report(reason_of(error));
    return AdminKeyError::unavailable;
  }
}

Result<void, AdminKeyError> AdminKeyStore::add(const service::AdminKey& key,
                                               UnixMillis created_at) {
  try {
    const Database::Lease lease = database_.lease();
    const int scopes = key.scopes;
    const long long created = count(created_at);
    soci::statement insert =
        ((*lease).prepare << "INSERT INTO admin_keys (name, sha256, scopes, created_at)"
                             " VALUES (:name, :sha256, :scopes, :created)"
                             " ON CONFLICT (name) DO NOTHING",
         soci::use(key.name), soci::use(key.sha256), soci::use(scopes), soci::use(created));
    insert.execute(true);
    if (insert.get_affected_rows() == 0) return AdminKeyError::taken;
    return {};
  } catch (const soci::soci_error& error) {
    database_.report(reason_of(error));
    return AdminKeyError::unavailable;
  }
}

}  // namespace recant::database
