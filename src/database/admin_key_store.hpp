// The admin keys in the database. Synchronous: for start-up and for a command, never for a request.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "database/database.hpp"
#include "service/admin_keys.hpp"

namespace recant::database {

enum class AdminKeyError {
  taken,        // a key of this name exists
  unavailable,  // the database cannot be asked or did not commit; the reason was reported
};

class AdminKeyStore {
 public:
  explicit AdminKeyStore(Database& database) : database_(database) {}

  Result<std::vector<service::AdminKey>, AdminKeyError> load_all();
  Result<void, AdminKeyError> add(const service::AdminKey& key, UnixMillis created_at);

 private:
  Database& database_;
};

}  // namespace recant::database
