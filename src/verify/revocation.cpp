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
  }
  return "unknown";
}

std::optional<RevokedBy> decide_revoked(const VerifiedToken& token,
                                        const RevocationAnswers& answers) {
  if (answers.session) return RevokedBy::session;
  if (covers(answers.subject, token.begun())) return RevokedBy::subject;
  if (covers(answers.everybody, token.begun())) return RevokedBy::everybody;
  if (answers.token) return RevokedBy::token;
  if (token.own_sid() && !answers.session_exists) return RevokedBy::lost_session;
  return std::nullopt;
}

}  // namespace recant::verify
