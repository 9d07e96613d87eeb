// What is a token worth, for whoever asks by RFC 7662? Access tokens are judged by Check, refresh
// tokens by what core/refresh_family would answer to a refresh; nothing is written and nothing is
// used up. One a thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/refresh_family.hpp"
#include "service/check.hpp"
#include "service/failure.hpp"
#include "service/session_store.hpp"
#include "service/tokens.hpp"
#include "verify/access_token.hpp"

namespace recant::service {

/// Nothing good, or nothing for the one who asks: these are never told apart.
struct InactiveToken {};
struct ActiveRefreshToken {
  core::Subject subject;
  Uuid sid;
  UnixMillis expires_at;  // the session's end: idle or absolute, the earlier
  std::string scope;
};
using Introspected = std::variant<InactiveToken, verify::VerifiedToken, ActiveRefreshToken>;

struct Asker {
  std::string name;
  /// Refresh tokens are good at no API, so an API that asks is told that they are not (RFC 7662
  /// §4); only who may see sessions anyway is told of them.
  bool sees_sessions = false;
};

class Introspection {
 public:
  /// `audience`: ours. An asker of one of these names is that audience, and what is not meant for
  /// it is not active there.
  Introspection(Check& check, SessionStore& store, const TokenIssuer& issuer, const Clock& clock,
                std::vector<std::string> audience, const core::SessionLifetimes& lifetimes)
      : check_(check),
        store_(store),
        issuer_(issuer),
        clock_(clock),
        audience_(std::move(audience)),
        lifetimes_(lifetimes) {}

  /// unavailable: it is not known, which is not the same as inactive.
  Task<Outcome<Introspected>> introspect(std::string token, Asker asker);

  /// An answer about a token, for one asker and signed (RFC 9701); nothing where that is not done.
  std::optional<std::string> sign(json::Object answer, std::string_view asker) const {
    return issuer_.sign_introspection(std::move(answer), asker, clock_.wall());
  }
  std::string_view signing_algorithm() const { return issuer_.introspection_algorithm(); }

 private:
  Task<Outcome<Introspected>> access_token(std::string token, Asker asker);
  Task<Outcome<Introspected>> refresh_token(std::string token);

  Check& check_;
  SessionStore& store_;
  const TokenIssuer& issuer_;
  const Clock& clock_;
  const std::vector<std::string> audience_;
  const core::SessionLifetimes lifetimes_;
};

}  // namespace recant::service
