// Taking back a token that somebody gives back (RFC 7009): an access token ends alone, a refresh
// token ends its session and every token of it. One a thread.
#pragma once

#include <string>
#include <utility>

#include "service/check.hpp"
#include "service/revocations.hpp"

namespace recant::service {

enum class TokenReturn {
  done,       // it is dead, and was one of ours
  unknown,    // it never was good, or nobody here knows it: nothing had to be done
  not_yours,  // it was issued to another client, and stands
};

class TokenReturns {
 public:
  /// `client_id`: the one that our tokens are issued to.
  TokenReturns(Check& check, Revocations& revocations, std::string client_id)
      : check_(check), revocations_(revocations), client_id_(std::move(client_id)) {}

  /// `caller` names the admin key of whoever may take back any token; without, it is the public
  /// client, which takes back its own. no_jti (a token that cannot be taken back alone),
  /// unavailable.
  Task<Outcome<TokenReturn>> take_back(std::string token, Caller caller);

 private:
  Task<Outcome<TokenReturn>> access_token(std::string token, core::Reason reason, Caller caller);
  bool is_of_client(const verify::VerifiedToken& token) const;

  Check& check_;
  Revocations& revocations_;
  const std::string client_id_;
};

}  // namespace recant::service
