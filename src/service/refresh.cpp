#include "service/refresh.hpp"

namespace recant::service {
namespace {

using core::RefreshOutcome;

std::string_view name_of(RefreshOutcome outcome) {
  switch (outcome) {
    case RefreshOutcome::rotated:
      return "rotated";
    case RefreshOutcome::repeated:
      return "repeated";
    case RefreshOutcome::throttled:
      return "throttled";
    case RefreshOutcome::malformed:
      return "malformed";
    case RefreshOutcome::expired:
      return "expired";
    case RefreshOutcome::revoked:
      return "revoked";
    case RefreshOutcome::reused:
      return "reused";
  }
  return "unknown";
}

Failure invalid_grant(RefreshOutcome outcome) {
  const char* detail = "This is not a refresh token of ours. Sign in again.";
  if (outcome == RefreshOutcome::expired) detail = "The session has expired. Sign in again.";
  if (outcome == RefreshOutcome::revoked) detail = "The session was ended. Sign in again.";
  if (outcome == RefreshOutcome::reused) {
    detail =
        "This refresh token was used before, so somebody may have copied it; the session was "
        "ended. Sign in again.";
  }
  return {FailureCode::invalid_grant, detail, std::string(name_of(outcome))};
}

Failure secret_is_gone() {
  return {FailureCode::invalid_grant,
          "The secret behind the session's refresh tokens was retired. Sign in again.",
          std::string(name_of(RefreshOutcome::revoked))};
}

}  // namespace

Task<Outcome<Tokens>> Refresh::refresh(std::string refresh_token, Caller caller) {
  auto fields = issuer_.refresh_tokens().open(refresh_token);
  if (fields) {
    co_return co_await rotate(*std::move(fields), std::move(refresh_token), std::move(caller));
  }
  if (issuer_.refresh_tokens().is_of_retired(refresh_token)) {
    meter_.refreshed(name_of(RefreshOutcome::revoked));
    co_return secret_is_gone();
  }
  if (adoption_ != nullptr && is_adoptable(refresh_token)) {
    co_return co_await adopt(std::move(refresh_token), std::move(caller));
  }
  meter_.refreshed(name_of(RefreshOutcome::malformed));
  co_return invalid_grant(RefreshOutcome::malformed);
}

Task<Outcome<Tokens>> Refresh::adopt(std::string foreign_token, Caller caller) {
  auto adopted = co_await adoption_->adopt(foreign_token, caller);
  if (!adopted) {
    meter_.refreshed("unavailable");
    co_return adopted.error();
  }
  if (auto* earlier = std::get_if<RefreshTokenFields>(&*adopted)) {
    co_return co_await rotate(std::move(*earlier), std::move(foreign_token), std::move(caller));
  }
  if (const auto* refused = std::get_if<RefreshOutcome>(&*adopted)) {
    meter_.refreshed(name_of(*refused));
    co_return invalid_grant(*refused);
  }
  auto& tokens = std::get<Tokens>(*adopted);
  meter_.refreshed("adopted");
  const std::string sid = tokens.session_id.to_string();
  const EventFields event{.subject = tokens.user_id.text(), .session = sid, .detail = "adopted"};
  events_.record(Event::refresh_ok, caller, event);
  co_return std::move(tokens);
}

Task<Outcome<Tokens>> Refresh::rotate(RefreshTokenFields fields, std::string token, Caller caller) {
  auto rotation = make_rotation(fields, token, caller);
  const auto outcome = co_await store_.rotate(std::move(rotation));
  if (!outcome) {
    meter_.refreshed("unavailable");
    co_return unavailable();
  }
  meter_.refreshed(name_of(outcome->outcome));
  const std::string sid = fields.sid.to_string();
  EventFields event{.subject = fields.subject.text(), .session = sid};
  event.detail = name_of(outcome->outcome);
  if (outcome->live) events_.record(Event::refresh_ok, caller, event);
  if (outcome->outcome == RefreshOutcome::reused) {
    events_.record(Event::refresh_reused, caller, event);
  }
  co_return answer(fields, *outcome);
}

Rotation Refresh::make_rotation(const RefreshTokenFields& fields, std::string_view token,
                                const Caller& caller) {
  const auto key_id = issuer_.refresh_tokens().current_key_id();
  RefreshTokenFields next = fields;
  ++next.generation;
  return {fields.subject,
          fields.sid,
          {fields.sid.time(), fields.nonce, fields.generation},
          RefreshTokens::id_of(token),
          key_id,
          RefreshTokens::id_of(*issuer_.refresh_tokens().make(next, key_id)),
          random_.bytes<10>(),
          caller.user_agent,
          caller.address,
          lifetimes_};
}

Outcome<Tokens> Refresh::answer(const RefreshTokenFields& fields,
                                const RotationOutcome& outcome) const {
  if (outcome.outcome == RefreshOutcome::throttled) {
    return Failure{FailureCode::throttled,
                   "This session has as many live access tokens as it may have. Use one of them.",
                   {},
                   outcome.retry_after};
  }
  if (!outcome.live) return invalid_grant(outcome.outcome);
  auto tokens = issuer_.issue(fields.subject, fields.sid, fields.nonce, *outcome.live);
  if (tokens) return *std::move(tokens);
  if (!issuer_.refresh_tokens().knows(outcome.live->key_id)) return secret_is_gone();
  return unavailable("The session's record in Redis is damaged. Sign in again.");
}

}  // namespace recant::service
