// Accounts: opening, finding, disabling and removing them, and their passwords. One a thread.
//
// Whatever changes who may sign in is committed first, and then a watermark ends the account's
// sessions; a login in between is caught by one or the other (service/sign_in).
#pragma once

#include <optional>
#include <string>

#include "base/random.hpp"
#include "service/account_store.hpp"
#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/failure.hpp"
#include "service/password_hasher.hpp"
#include "service/policy.hpp"
#include "service/sessions.hpp"
#include "service/sign_in.hpp"

namespace recant::service {

struct AccountDraft {
  std::string username;
  SecretString password;
  std::string scope;        // space-separated, RFC 6749 §3.3
  std::string claims_json;  // a JSON object, or empty
};

class Accounts {
 public:
  Accounts(AccountStore& store, PasswordHasher& hasher, SignIn& sign_in, Sessions& sessions,
           EventSink& events, const Clock& clock, RandomSource& random, AccountPolicy policy)
      : store_(store),
        hasher_(hasher),
        sign_in_(sign_in),
        sessions_(sessions),
        events_(events),
        clock_(clock),
        random_(random),
        policy_(policy) {}

  const AccountPolicy& policy() const { return policy_; }

  /// invalid_request (username), weak_password, username_taken, busy, unavailable; signup also
  /// forbidden.
  Task<Outcome<Account>> sign_up(AccountDraft draft, Caller caller);
  Task<Outcome<Account>> create(AccountDraft draft, Caller caller);

  /// By user_id or by name. not_found, unavailable.
  Task<Outcome<Account>> find(std::string id_or_name);
  Task<Outcome<AccountPage>> list(std::string after, int limit);

  /// Each ends all sessions of the account, but for enable. not_found, unavailable.
  Task<Outcome<void>> disable(std::string id_or_name, Caller caller);
  Task<Outcome<void>> enable(std::string id_or_name, Caller caller);
  Task<Outcome<void>> remove(std::string id_or_name, Caller caller);
  /// Also weak_password, busy.
  Task<Outcome<void>> set_password(std::string id_or_name, SecretString password, Caller caller);

  /// The holder's own change: a new session for it, every other is dead.
  /// wrong_password, weak_password, not_found, throttled, busy, unavailable.
  Task<Outcome<Tokens>> change_password(core::Subject subject, SecretString old_password,
                                        SecretString new_password, Caller caller);

 private:
  Task<Outcome<std::string>> hash(SecretString password);
  Task<Outcome<void>> end_sessions(Uuid user_id, core::Reason reason, Caller caller);

  AccountStore& store_;
  PasswordHasher& hasher_;
  SignIn& sign_in_;
  Sessions& sessions_;
  EventSink& events_;
  const Clock& clock_;
  RandomSource& random_;
  const AccountPolicy policy_;
};

}  // namespace recant::service
