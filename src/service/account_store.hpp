// The port to the accounts: people who sign in with a name and a password. Thread-safe; work is
// done on threads of its own, never on the caller's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "core/username.hpp"

namespace recant::service {

struct Account {
  Uuid user_id;
  std::string username;       // as written, NFC
  std::string password_hash;  // PHC string
  std::string scope;          // space-separated
  std::string claims_json;    // custom claims for its tokens, a JSON object, or empty
  bool disabled = false;
  UnixMillis created_at;
};

struct NewAccount {
  Uuid user_id;
  core::Username username;
  std::string password_hash;
  std::string scope;
  std::string claims_json;
  UnixMillis created_at;
  bool disabled = false;
};

/// What became of one of several accounts that were added together.
struct Added {
  enum class Kind {
    added,
    name_taken,  // regardless of case; user_id is its owner's
    id_taken,    // by an account of another name
  } kind;
  Uuid user_id;
};

enum class AccountError {
  taken,        // the name, regardless of case
  not_found,    // no such account
  unavailable,  // the database cannot be asked or did not commit
};

template <class T>
using AccountResult = Result<T, AccountError>;

struct AccountPage {
  std::vector<Account> accounts;  // by user_id, which is by age
  std::string next;               // cursor of the next page, or empty
};

/// Every write is committed to disk when it returns.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  virtual Task<AccountResult<void>> add(NewAccount account) = 0;
  /// One commit for all of them, in their order; one that is taken keeps no other away.
  virtual Task<AccountResult<std::vector<Added>>> add_all(std::vector<NewAccount> accounts) = 0;
  virtual Task<AccountResult<Account>> find(core::Username name) = 0;
  virtual Task<AccountResult<Account>> find(Uuid user_id) = 0;
  /// `after` is a page's `next`, empty for the first.
  virtual Task<AccountResult<AccountPage>> list(std::string after, int limit) = 0;
  /// `replaces`: only if that is the hash that stands (else not_found), so that an upgrade of an
  /// old hash or a second change cannot undo a change made meanwhile; empty: whatever stands.
  virtual Task<AccountResult<void>> set_password(Uuid user_id, std::string password_hash,
                                                 std::string replaces) = 0;
  virtual Task<AccountResult<void>> set_disabled(Uuid user_id, bool disabled) = 0;
  virtual Task<AccountResult<void>> remove(Uuid user_id) = 0;
  /// Can it be written? What was found holds for some seconds.
  virtual Task<AccountResult<void>> probe() = 0;
};

}  // namespace recant::service
