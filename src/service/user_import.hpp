// People who move in from another system, with the password hashes that it made. One a thread.
//
// Repeating an import is safe: a name that is here already stays as it is, whatever has become of
// its password since. One that is here with another user_id is somebody else's, and refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "service/account_store.hpp"
#include "service/failure.hpp"

namespace recant::service {

struct ImportedUser {
  std::string username;
  std::string password_hash;    // crypto::ImportedHash says which are taken
  std::optional<Uuid> user_id;  // kept if given, so that subjects stay what they were; else made
  std::string scope;
  std::string claims_json;
  bool disabled = false;
};

struct ImportOutcome {
  enum class Kind { imported, present, refused } kind;
  std::optional<Uuid> user_id;  // but for refused
  std::string detail;           // of refused: what is wrong with it
};

class UserImport {
 public:
  UserImport(AccountStore& store, const Clock& clock, RandomSource& random)
      : store_(store), clock_(clock), random_(random) {}

  /// One outcome each, in their order; what is refused keeps no other away. unavailable: none of
  /// them was imported.
  Task<Outcome<std::vector<ImportOutcome>>> import_users(std::vector<ImportedUser> users);

 private:
  /// Nothing, and `refusal` says why.
  std::optional<NewAccount> to_account(const ImportedUser& user, std::string& refusal);

  AccountStore& store_;
  const Clock& clock_;
  RandomSource& random_;
};

}  // namespace recant::service
