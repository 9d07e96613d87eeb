// POST /v1/admin/revocations: which of the five kinds of target does a body name?
#include "core/subject.hpp"
#include "http/body_reader.hpp"
#include "http/wire_members.hpp"
#include "http/wire_requests.hpp"

namespace recant::http {
namespace {

constexpr std::string_view kOneOf =
    "Name one of: token; jti with exp; session; subject; all. A subject may stand beside jti and "
    "session.";

service::RevocationTarget jti_target(BodyReader& body) {
  auto jti = body.text("jti");
  const auto exp = body.optional_integer("exp");
  auto subject = subject_of(body);
  if (!core::is_plain_id(jti)) {
    body.complain("jti", "1 to 255 bytes of text without control characters.");
  }
  if (!exp || *exp < 0) body.complain("exp", "the token's end, in seconds since 1970.");
  return service::RevokeJti{std::move(jti), UnixSeconds{seconds{exp.value_or(0)}},
                            std::move(subject)};
}

service::RevocationTarget session_target(BodyReader& body) {
  auto session = body.text("session");
  auto subject = subject_of(body);
  if (body.has("issuer") ? !core::is_plain_id(session) : !Uuid::parse(session)) {
    body.complain("session", "a session_id, which is a UUID in lower case.");
  }
  return service::RevokeSession{std::move(session), std::move(subject)};
}

service::RevocationTarget token_target(BodyReader& body) {
  auto token = body.text("token");
  if (token.empty()) body.complain("token", "an access token or a refresh token.");
  return service::RevokeToken{std::move(token)};
}

service::RevocationTarget target_of(BodyReader& body) {
  const bool token = body.has("token");
  const bool jti = body.has("jti") || body.has("exp");
  const bool session = body.has("session");
  const bool all = body.has("all");
  const bool subject = body.has("subject");
  const int kinds = int{token} + int{jti} + int{session} + int{all};
  if (kinds > 1 || (subject && (token || all)) || (kinds == 0 && !subject)) {
    body.fail({Code::invalid_request, std::string(kOneOf)});
  }
  if (token) return token_target(body);
  if (jti) return jti_target(body);
  if (session) return session_target(body);
  if (all) {
    if (!body.optional_bool("all").value_or(false)) body.complain("all", "must be true.");
    return service::RevokeAll{};
  }
  auto whose = subject_of(body);
  if (!whose) return service::RevokeAll{};  // with a fault, so never carried out
  return service::RevokeSubject{*std::move(whose)};
}

}  // namespace

Parsed<service::RevocationOrder> parse_revocation(const Request& request) {
  BodyReader body(request,
                  {"token", "jti", "exp", "session", "subject", "all", "issuer", "reason", "wait"});
  auto target = target_of(body);
  const bool wait = body.optional_bool("wait").value_or(false);
  auto reason = core::Reason::admin;
  if (const auto text = body.optional_text("reason")) {
    const auto own = core::Reason::parse(*text);
    if (!own) body.complain("reason", "1 to 64 bytes of printable ASCII.");
    reason = own.value_or(reason);
  }
  auto issuer = body.optional_text("issuer").value_or("");
  if (body.has("issuer") && issuer.empty()) body.complain("issuer", "the name of an [[issuer]].");
  if (body.fault()) return *body.fault();
  return service::RevocationOrder{std::move(target), std::move(issuer), std::move(reason), wait};
}

}  // namespace recant::http
