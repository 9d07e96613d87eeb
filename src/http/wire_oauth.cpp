#include "http/wire_oauth.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

constexpr std::string_view kSignedIntrospection = "application/token-introspection+jwt";
constexpr std::string_view kHttps = "https://";
/// As long as the key set that it names may be kept; it changes with the configuration only.
constexpr std::string_view kMetadataCaching = "public, max-age=300";

void set_unless_empty(json::Object& object, std::string name, const std::string& text) {
  if (!text.empty()) object.set(std::move(name), text);
}

/// As the token says it.
void copy_claim(json::Object& object, const json::Value& claims, std::string_view name) {
  if (const auto* claim = claims.find(name)) object.set(std::string(name), *claim);
}

/// Subject, jti and session are those by which they are known here: another issuer's carry its
/// name, so that nobody of theirs passes for somebody of ours.
json::Object object_of(const verify::VerifiedToken& token) {
  json::Object object{{"active", true}};
  set_unless_empty(object, "scope", token.scope());
  set_unless_empty(object, "client_id", token.client_id());
  object.set("token_type", "Bearer").set("exp", count(token.expires_at()));
  if (token.issued_at()) object.set("iat", count(*token.issued_at()));
  copy_claim(object, token.claims(), "nbf");
  object.set("sub", token.subject().text());
  copy_claim(object, token.claims(), "aud");
  copy_claim(object, token.claims(), "iss");
  set_unless_empty(object, "jti", token.jti());
  set_unless_empty(object, "sid", token.session());
  return object;
}

/// Without token_type, which tells how an API is called with it (RFC 6749 §7.1).
json::Object object_of(const service::ActiveRefreshToken& token, const OAuthNames& names) {
  json::Object object{{"active", true}, {"token_use", "refresh_token"}};
  set_unless_empty(object, "scope", token.scope);
  object.set("client_id", names.client_id)
      .set("exp", count(std::chrono::floor<seconds>(token.expires_at)))
      .set("sub", token.subject.text())
      .set("iss", names.issuer)
      .set("sid", token.sid.to_string());
  return object;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char mark) {
  const auto end = std::min(rest.find(mark), rest.size());
  const auto part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// RFC 9110 §12.5.1, §12.4.2: a media type, and not one of weight 0.
bool names_signed_introspection(std::string_view range) {
  if (!equal_ignoring_case(take_until(range, ';'), kSignedIntrospection)) return false;
  while (!range.empty()) {
    const auto parameter = take_until(range, ';');
    if (parameter.size() < 3 || !equal_ignoring_case(parameter.substr(0, 2), "q=")) continue;
    return parameter.find_first_not_of("0.", 2) != std::string_view::npos;
  }
  return true;
}

std::string without_slash(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

}  // namespace

json::Object introspection_object(const service::Introspected& introspected,
                                  const OAuthNames& names) {
  if (const auto* token = std::get_if<verify::VerifiedToken>(&introspected)) {
    return object_of(*token);
  }
  if (const auto* token = std::get_if<service::ActiveRefreshToken>(&introspected)) {
    return object_of(*token, names);
  }
  return {{"active", false}};
}

Response signed_introspection_response(std::string jwt) {
  Response response(200);
  response.body(kSignedIntrospection, std::move(jwt));
  response.header("Cache-Control", "no-store");
  return response;
}

bool wants_signed_introspection(const Headers& headers) {
  const auto fields = headers.all("Accept");
  return std::any_of(fields.begin(), fields.end(), [](std::string_view field) {
    while (!field.empty()) {
      if (names_signed_introspection(take_until(field, ','))) return true;
    }
    return false;
  });
}

Response oauth_tokens_response(const service::Tokens& tokens) {
  json::Object body{{"access_token", tokens.access_token},
                    {"token_type", "Bearer"},
                    {"expires_in", tokens.expires_in.count()},
                    {"refresh_token", tokens.refresh_token}};
  set_unless_empty(body, "scope", tokens.scope);
  auto response = json_response(200, std::move(body));
  response.header("Pragma", "no-cache");
  return response;
}

std::optional<std::string> metadata_path(std::string_view issuer) {
  const bool readable = std::all_of(issuer.begin(), issuer.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '\\';
  });
  if (!readable || !issuer.starts_with(kHttps)) return std::nullopt;
  const auto rest = issuer.substr(kHttps.size());
  const auto host = rest.substr(0, rest.find('/'));
  if (host.empty() || host.find('@') != std::string_view::npos) return std::nullopt;
  return std::string(kMetadataPath) + without_slash(rest.substr(host.size()));
}

/// Of the arrays, response_types_supported is empty: it must be there (§2), there is no
/// authorization endpoint, and an omitted one could not be told from a slip. grant_types_supported
/// must not be left out, as that would mean authorization_code and implicit.
Response metadata_response(const std::string& issuer, std::string_view signing_algorithm) {
  const std::string base = without_slash(issuer);
  const json::Array clients{"client_secret_basic", "client_secret_post"};
  json::Array callers = clients;
  callers.emplace_back("Bearer");
  json::Array holders = clients;
  holders.emplace_back("none");
  json::Object metadata{{"issuer", issuer},
                        {"token_endpoint", base + "/oauth2/token"},
                        {"token_endpoint_auth_methods_supported", json::Array{"none"}},
                        {"jwks_uri", base + "/.well-known/jwks.json"},
                        {"response_types_supported", json::Array{}},
                        {"grant_types_supported", json::Array{"refresh_token"}},
                        {"revocation_endpoint", base + "/oauth2/revoke"},
                        {"revocation_endpoint_auth_methods_supported", std::move(holders)},
                        {"introspection_endpoint", base + "/oauth2/introspect"},
                        {"introspection_endpoint_auth_methods_supported", std::move(callers)}};
  if (!signing_algorithm.empty()) {
    metadata.set("introspection_signing_alg_values_supported",
                 json::Array{json::Value(signing_algorithm)});
  }
  Response response(200);
  response.body("application/json", json::serialize(metadata));
  response.header("Cache-Control", kMetadataCaching);
  return response;
}

}  // namespace recant::http
