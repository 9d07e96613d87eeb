// The port to where admin keys are kept. Thread-safe; work is done on threads of its own, never on
// the caller's.
//
// Whoever implements it also hands the keys, as they are after each change, to the AdminKeys of
// this server before it answers, so that a removed key is refused from the answer on.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "service/admin_keys.hpp"

namespace recant::service {

enum class AdminKeyError {
  taken,        // a key of this name exists
  not_found,    // there is none of this name
  last,         // without it nobody could manage keys any more
  not_allowed,  // the asker's key is gone, or lacks what it would need
  unavailable,  // the database cannot be asked or did not commit
};

class AdminKeyStore {
 public:
  virtual ~AdminKeyStore() = default;

  /// On disk when it returns. `asker` is the hash of the key that asks: in the same transaction it
  /// must still stand, with scope keys and every scope of the new one. taken, not_allowed,
  /// unavailable.
  virtual Task<Result<void, AdminKeyError>> add(AdminKey key, std::string asker) = 0;
  /// not_found, last, not_allowed, unavailable.
  virtual Task<Result<void, AdminKeyError>> remove(std::string name, std::string asker) = 0;
  /// Returns at once; may be forgotten when the database is busy.
  virtual void note_used(std::string name, UnixMillis at) = 0;
};

}  // namespace recant::service
