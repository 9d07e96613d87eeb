// Signing in with a name and a password. One a thread.
//
// A login in flight cannot survive a password change, a disable or a revoke-all: the watermarks are
// noted before the account is read, and the session opens only if they still stand.
#pragma once

#include <optional>
#include <string>

#include "service/account_store.hpp"
#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/login_throttle.hpp"
#include "service/password_hasher.hpp"
#include "service/session_opener.hpp"

namespace recant::service {

struct Credentials {
  std::string username;
  SecretString password;
  std::string device;  // as the client calls itself, may be empty
};

class SignIn {
 public:
  SignIn(AccountStore& accounts, PasswordHasher& hasher, LoginThrottle& throttle,
         SessionOpener& opener, EventSink& events)
      : accounts_(accounts),
        hasher_(hasher),
        throttle_(throttle),
        opener_(opener),
        events_(events) {}

  /// invalid_credentials, account_disabled, session_limit, throttled, busy, unavailable.
  Task<Outcome<Tokens>> login(Credentials credentials, Caller caller);

  /// Whether the password is that of `hash`, which is the account's of this name, or empty if there
  /// is none. throttled (while this caller has to wait for a guess at this name), busy,
  /// unavailable.
  Task<Outcome<PasswordCheck>> try_password(std::string username, std::string hash,
                                            SecretString password, Caller caller);

  /// A session for a subject that an application with a login of its own vouches for. If the
  /// subject is an account here, it must not be disabled. forbidden, account_disabled, unavailable.
  Task<Outcome<Tokens>> sign_in_vouched(core::Subject subject, Grant grant, Device device,
                                        Caller caller);

  /// A session for an account whose password was checked against `password_hash` by the caller.
  /// invalid_credentials when the hash no longer stands, account_disabled, unavailable.
  Task<Outcome<Tokens>> open_for(Uuid user_id, std::string password_hash, Device device,
                                 Caller caller);

  /// Tells the log of a session that was opened.
  void record_success(const Tokens& tokens, const Caller& caller);

 private:
  Task<Outcome<Tokens>> authenticate_and_open(const Credentials& credentials, const Caller& caller,
                                              std::string& subject);
  /// `subject` becomes the account's, if there is one: whose password was tried is for the log.
  Task<Outcome<Account>> authenticate(const Credentials& credentials, const Caller& caller,
                                      std::string& subject);
  /// The hash that now stands.
  Task<std::string> upgrade_hash(const Account& account, const Credentials& credentials);

  AccountStore& accounts_;
  PasswordHasher& hasher_;
  LoginThrottle& throttle_;
  SessionOpener& opener_;
  EventSink& events_;
};

}  // namespace recant::service
