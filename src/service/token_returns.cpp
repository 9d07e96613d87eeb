#include "service/token_returns.hpp"

namespace recant::service {
namespace {

Outcome<TokenReturn> done_or(const Outcome<Revocation>& revocation) {
  if (revocation) return TokenReturn::done;
  if (revocation.error().code == FailureCode::invalid_grant) return TokenReturn::unknown;
  return revocation.error();
}

}  // namespace

/// Another issuer's token is no client's of ours, whatever it says.
bool TokenReturns::is_of_client(const verify::VerifiedToken& token) const {
  return token.own_sid() && token.client_id() == client_id_;
}

Task<Outcome<TokenReturn>> TokenReturns::take_back(std::string token, Caller caller) {
  auto reason = caller.actor.empty() ? core::Reason::logout : core::Reason::admin;
  if (!has_refresh_token_form(token)) {
    const auto known = check_.identify(token);
    if (known && caller.actor.empty() && !is_of_client(*known)) co_return TokenReturn::not_yours;
    if (known) {
      co_return co_await access_token(std::move(token), std::move(reason), std::move(caller));
    }
  }
  // Also what the service before this one issued, where that is adopted.
  const auto ended = co_await revocations_.revoke_refresh_token(std::move(token), std::move(reason),
                                                                std::move(caller));
  co_return done_or(ended);
}

Task<Outcome<TokenReturn>> TokenReturns::access_token(std::string token, core::Reason reason,
                                                      Caller caller) {
  RevocationOrder order{RevokeToken{std::move(token)}, {}, std::move(reason)};
  const auto revoked = co_await revocations_.revoke(std::move(order), std::move(caller));
  co_return done_or(revoked);
}

}  // namespace recant::service
