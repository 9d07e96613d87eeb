#include "http/client_credentials.hpp"

#include <algorithm>
#include <utility>

#include "base/base64url.hpp"
#include "http/credentials.hpp"

namespace recant::http {
namespace {

using Presented = Result<PresentedClient, OAuthError>;

OAuthError invalid_request(const char* detail) { return {OAuthErrc::invalid_request, detail}; }

OAuthError unreadable() {
  return {OAuthErrc::invalid_client, "Authorization takes Basic and the client's credentials."};
}

/// RFC 4648 §4 → §5. Nothing unless it is padded as it must be.
std::optional<std::string> base64_decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string other(text);
  std::replace(other.begin(), other.end(), '+', '-');
  std::replace(other.begin(), other.end(), '/', '_');
  return base64url_decode_text(other);
}

/// What the body says beside another method.
Presented beside(const Form& form, PresentedClient client) {
  if (form.find("client_secret") != nullptr) {
    return invalid_request("Authenticate once: by Authorization or by client_secret.");
  }
  const auto* id = form.find("client_id");
  const auto* confidential = std::get_if<ConfidentialClient>(&client);
  if (id != nullptr && (confidential == nullptr || confidential->client_id != *id)) {
    return invalid_request("client_id: not that of Authorization.");
  }
  return Presented(std::move(client));
}

Presented from_body(const Form& form) {
  const auto* id = form.find("client_id");
  const auto* secret = form.find("client_secret");
  if (secret != nullptr && id == nullptr) {
    return invalid_request("client_id is missing beside client_secret.");
  }
  if (id == nullptr) return PresentedClient{NoClient{}};
  if (secret == nullptr) return PresentedClient{PublicClient{*id}};
  return PresentedClient{ConfidentialClient{*id, SecretString(*secret)}};
}

}  // namespace

std::optional<BasicCredentials> parse_basic(std::string_view text) {
  const auto decoded = base64_decode(text);
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const std::string_view whole(*decoded);
  auto id = decode_form_text(whole.substr(0, colon));
  auto secret = decode_form_text(whole.substr(colon + 1));
  if (!id || !secret) return std::nullopt;
  return BasicCredentials{*std::move(id), SecretString(*std::move(secret))};
}

Result<PresentedClient, OAuthError> client_of(const Request& request, const Form& form) {
  const auto fields = request.headers.all("Authorization");
  if (fields.empty()) return from_body(form);
  if (fields.size() > 1) return invalid_request("There are two Authorization fields; send one.");
  const auto value = fields.front();
  const auto scheme = value.substr(0, value.find(' '));
  if (equal_ignoring_case(scheme, "Bearer")) {
    const auto token = bearer_of(request);
    if (!token) return to_oauth_error(token.error());
    return beside(form, BearerClient{SecretString(std::string(*token))});
  }
  if (!equal_ignoring_case(scheme, "Basic")) return unreadable();
  auto rest = value.substr(scheme.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  auto credentials = parse_basic(rest);
  if (!credentials) return unreadable();
  return beside(
      form, ConfidentialClient{std::move(credentials->client_id), std::move(credentials->secret)});
}

}  // namespace recant::http
