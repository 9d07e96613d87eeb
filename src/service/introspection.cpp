#include "service/introspection.hpp"

#include <algorithm>
#include <utility>

namespace recant::service {
namespace {

/// Would a refresh with it give tokens now, or once a place is free?
bool is_good(core::RefreshOutcome outcome) {
  using core::RefreshOutcome;
  return outcome == RefreshOutcome::rotated || outcome == RefreshOutcome::repeated ||
         outcome == RefreshOutcome::throttled;
}

}  // namespace

Task<Outcome<Introspected>> Introspection::introspect(std::string token, Asker asker) {
  if (!has_refresh_token_form(token)) {
    co_return co_await access_token(std::move(token), std::move(asker));
  }
  if (!asker.sees_sessions) co_return Introspected{InactiveToken{}};
  co_return co_await refresh_token(std::move(token));
}

Task<Outcome<Introspected>> Introspection::access_token(std::string token, Asker asker) {
  auto judged = co_await check_.judge(token);
  if (!judged && judged.error().code == FailureCode::unavailable) co_return judged.error();
  if (!judged) co_return Introspected{InactiveToken{}};
  const bool is_audience = std::ranges::find(audience_, asker.name) != audience_.end();
  if (is_audience && !require_audience(*judged, asker.name)) {
    co_return Introspected{InactiveToken{}};
  }
  auto claims = check_.identify(token);
  if (!claims) co_return Introspected{InactiveToken{}};
  co_return Introspected{*std::move(claims)};
}

Task<Outcome<Introspected>> Introspection::refresh_token(std::string token) {
  const auto fields = issuer_.refresh_tokens().open(token);
  if (!fields) co_return Introspected{InactiveToken{}};
  const auto session = co_await store_.look(fields->subject, fields->sid);
  if (!session) co_return unavailable();
  const core::PresentedRefresh presented{fields->sid.time(), fields->nonce, fields->generation};
  const auto decision = core::decide_refresh(session->family, session->revocation, presented,
                                             session->now, lifetimes_);
  // The live tokens could not be made again without the secret of their generation.
  if (!is_good(decision.outcome) || !issuer_.refresh_tokens().knows(session->key_id)) {
    co_return Introspected{InactiveToken{}};
  }
  co_return Introspected{
      ActiveRefreshToken{fields->subject, fields->sid, session->family->end, session->scope}};
}

}  // namespace recant::service
