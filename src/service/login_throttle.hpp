// The port to the brake on whoever guesses passwords (OWASP ASVS 6.3.1, NIST SP 800-63B 5.2.2). It
// is one for all servers on one Redis. One a thread; not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "service/session_store.hpp"

namespace recant::service {

/// Whose password is tried, and by whom.
struct Guess {
  /// Names that mean one account are spelled alike (core::Username::folded). One that no account
  /// has is treated like any other, or its wait would tell that there is none.
  std::string name;
  std::string address;
};

class LoginThrottle {
 public:
  virtual ~LoginThrottle() = default;

  /// Nothing when the password may be looked at: the guess counts as failed until told otherwise.
  /// Else how long this guesser has to wait, rounded up.
  virtual Task<Stored<std::optional<seconds>>> admit(Guess guess) = 0;

  /// The password was right: it was no guess, and this address is one that its owner signs in from.
  virtual Task<Stored<void>> was_right(Guess guess) = 0;
  /// The password was not looked at after all.
  virtual Task<Stored<void>> was_not_judged(Guess guess) = 0;
};

}  // namespace recant::service
