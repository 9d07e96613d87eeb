#include "http/wire_requests.hpp"

#include <charconv>

#include "http/body_reader.hpp"
#include "http/wire_members.hpp"

namespace recant::http {
namespace {

constexpr std::size_t kUserAgentMaxBytes = 256;

}  // namespace

service::Caller caller_of(const Request& request) {
  const auto agents = request.headers.all("User-Agent");
  const auto agent = agents.empty() ? std::string_view{} : agents.front();
  return {request.id, request.client.to_string(), std::string(agent.substr(0, kUserAgentMaxBytes))};
}

Parsed<service::AccountDraft> parse_sign_up(const Request& request) {
  BodyReader body(request, {"username", "password"});
  service::AccountDraft draft{body.text("username"), body.secret("password"), {}, {}};
  if (body.fault()) return *body.fault();
  return draft;
}

Parsed<service::Credentials> parse_login(const Request& request) {
  BodyReader body(request, {"username", "password", "device"});
  service::Credentials credentials{body.text("username"), body.secret("password"), device_of(body)};
  if (body.fault()) return *body.fault();
  return credentials;
}

Parsed<std::string> parse_refresh(const Request& request) {
  BodyReader body(request, {"refresh_token"});
  auto token = body.text("refresh_token");
  if (body.fault()) return *body.fault();
  return token;
}

Parsed<std::optional<std::string>> parse_refresh_if_any(const Request& request) {
  if (request.body.empty()) return std::optional<std::string>{};
  BodyReader body(request, {"refresh_token"});
  auto token = body.optional_text("refresh_token");
  if (body.fault()) return *body.fault();
  return token;
}

Parsed<PasswordChange> parse_password_change(const Request& request) {
  BodyReader body(request, {"old_password", "new_password"});
  PasswordChange change{body.secret("old_password"), body.secret("new_password")};
  if (body.fault()) return *body.fault();
  return change;
}

Parsed<service::AccountDraft> parse_new_account(const Request& request) {
  BodyReader body(request, {"username", "password", "scope", "claims"});
  service::AccountDraft draft{body.text("username"), body.secret("password"), scope_of(body),
                              claims_of(body)};
  if (body.fault()) return *body.fault();
  return draft;
}

Parsed<SecretString> parse_new_password(const Request& request) {
  BodyReader body(request, {"password"});
  auto password = body.secret("password");
  if (body.fault()) return *body.fault();
  return password;
}

Parsed<SessionDraft> parse_new_session(const Request& request) {
  BodyReader body(request, {"subject", "claims", "scope", "device"});
  auto subject = subject_of(body);
  service::Grant grant{scope_of(body), claims_of(body)};
  auto device = device_of(body);
  if (!subject) body.complain("subject", "is missing; it must be a string.");
  if (body.fault()) return *body.fault();
  return SessionDraft{*std::move(subject), std::move(grant), std::move(device)};
}

Parsed<service::AdminKeyDraft> parse_new_admin_key(const Request& request) {
  BodyReader body(request, {"name", "scope"});
  auto name = body.text("name");
  const auto scopes = service::parse_admin_scope(body.text("scope"));
  if (!scopes) {
    body.complain("scope", "words of " + service::admin_scope_text(service::kAllAdminScopes) +
                               ", one space between.");
  }
  if (body.fault()) return *body.fault();
  return service::AdminKeyDraft{std::move(name), *scopes};
}

Parsed<PageRequest> parse_page(const Request& request) {
  const Query query(request);
  const Problem bad_limit{Code::invalid_request, "limit: one whole number from 1 to 100."};
  PageRequest page;
  if (query.malformed() || query.count("after") > 1) {
    return Problem{Code::invalid_request, "after: one page's next, percent-encoded."};
  }
  if (const auto* after = query.find("after")) page.after = *after;
  if (query.count("limit") > 1) return bad_limit;
  if (const auto* limit = query.find("limit")) {
    const auto* end = limit->data() + limit->size();
    const auto [stop, ec] = std::from_chars(limit->data(), end, page.limit);
    if (ec != std::errc() || stop != end || page.limit < 1 || page.limit > 100) return bad_limit;
  }
  return page;
}

}  // namespace recant::http
