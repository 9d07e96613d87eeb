#include "verify/revocation.hpp"

#include "core/watermark.hpp"

namespace recant::verify {
namespace {

bool covers(const std::optional<std::string>& watermark, UnixMillis begun) {
  return watermark && core::Watermark::parse(*watermark).covers(begun);
}

}  // namespace

std::string_view name_of(RevokedBy by) {
  switch (by) {
    case RevokedBy::session:
      return "session";
    case RevokedBy::subject:
      return "subject";
    case RevokedBy::everybody:
      return "all";
    case RevokedBy::token:
      return "jti";
    case RevokedBy::lost_session:
      return "lost";
    case RevokedBy::not_whitelisted:
      return "whitelist";
  }
  return "unknown";
}

bool has_place(const Identity& token) { return token.is_own() || token.has_shared_ids(); }

bool wants_place(const Identity& token, const core::Policy& policy) {
  return has_place(token) && policy.wants_place(token.issued_at());
}

Result<std::optional<RevokedBy>, Unavailable> decide_revoked(const Identity& token,
                                                             const RevocationAnswers& answers) {
  if (answers.session) return RevokedBy::session;
  if (covers(answers.subject, token.begun())) return RevokedBy::subject;
  if (covers(answers.everybody, token.begun())) return RevokedBy::everybody;
  if (answers.token) return RevokedBy::token;
  if (answers.policy && answers.policy->keys != answers.asked_under) {
    return Unavailable{"the keys of this Redis are spelled in another form",
                       Unavailable::Kind::other_keys};
  }
  if (token.is_own() && !answers.session_exists) return RevokedBy::lost_session;
  if (answers.whitelist && !answers.whitelist->value) return RevokedBy::not_whitelisted;
  if (!answers.policy) {
    return Unavailable{"the policy is missing in Redis, or says what is not known here",
                       Unavailable::Kind::unknown_policy};
  }
  if (wants_place(token, *answers.policy) && !answers.whitelist) {
    return Unavailable{"the whitelist was not asked", Unavailable::Kind::unknown_policy};
  }
  return std::optional<RevokedBy>{};
}

}  // namespace recant::verify
