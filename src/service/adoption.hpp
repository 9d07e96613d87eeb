// Refresh tokens of the service that Recant takes over from (`refresh.adopt`, docs/migrating.md):
// the recipe kept them as `refresh_token:<token>` → subject. One that stands there is taken once
// and becomes a session of ours, so that people stay signed in over a migration. One a thread.
//
// What it was counts as generation 0 of that session: a second tab that comes with it inside the
// grace gets the very same tokens, and whoever comes with it later is taken for a thief, as with
// any refresh token (core/refresh_family).
//
// Nobody knows when such a token was issued, so a subject with a watermark is never adopted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "service/account_store.hpp"
#include "service/caller.hpp"
#include "service/refresh_tokens.hpp"
#include "service/session_opener.hpp"

namespace recant::service {

/// What stands in the store about a refresh token of another service.
struct ForeignRefresh {
  std::optional<std::string> subject;  // raw; it was not used yet
  std::optional<milliseconds> left;    // until it ends; nothing when it never does
  /// The session that it became, and itself as that session's generation 0.
  std::optional<RefreshTokenFields> became;
};

class ForeignRefreshStore {
 public:
  virtual ~ForeignRefreshStore() = default;
  virtual Task<Stored<ForeignRefresh>> find(std::string token) = 0;
  /// True if it stood there.
  virtual Task<Stored<bool>> remove(std::string token) = 0;
};

/// May `text` be looked up at all? 16 to 2,048 characters of base64, base64url, hex, UUIDs and
/// JWTs, and never of the form of our own ids (43 characters of base64url): those stand in Redis as
/// hashes of our tokens, and whoever reads Redis could refresh with them.
bool is_adoptable(std::string_view text);

class Adoption {
 public:
  Adoption(ForeignRefreshStore& store, AccountStore& accounts, SessionOpener& opener,
           milliseconds longest_life)
      : store_(store), accounts_(accounts), opener_(opener), longest_life_(longest_life) {}

  /// Tokens of a new session; or, when it became one before, what it now stands for there; or why
  /// it is not good (malformed, revoked).
  using Adopted = std::variant<Tokens, RefreshTokenFields, core::RefreshOutcome>;
  /// unavailable, and what refuses a session to anybody.
  Task<Outcome<Adopted>> adopt(std::string token, Caller caller);

  /// For a logout by such a token: it is good no more. The session that it became is told, for the
  /// caller to end. invalid_grant when nothing is known of it, unavailable.
  Task<Outcome<std::optional<RefreshTokenFields>>> give_up(std::string token);

 private:
  bool may_be_taken(const ForeignRefresh& found) const;
  /// Nothing when the account is disabled.
  Task<Outcome<std::optional<Grant>>> grant_of(const core::Subject& subject);

  ForeignRefreshStore& store_;
  AccountStore& accounts_;
  SessionOpener& opener_;
  const milliseconds longest_life_;
};

}  // namespace recant::service
