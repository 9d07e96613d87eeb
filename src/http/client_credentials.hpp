// Who calls under /oauth2, as the request says it (RFC 6749 §2.3.1): client_secret_basic,
// client_secret_post, a client_id without a secret (a public client), or a bearer token (RFC 7662
// §2.1); one of them, never two. What it is worth is for others to say. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/form.hpp"
#include "http/oauth_error.hpp"
#include "http/request.hpp"

namespace recant::http {

struct NoClient {};
struct PublicClient {
  std::string client_id;
};
struct ConfidentialClient {
  std::string client_id;
  SecretString secret;
};
struct BearerClient {
  SecretString token;
};
using PresentedClient = std::variant<NoClient, PublicClient, ConfidentialClient, BearerClient>;

/// invalid_request for two methods, two Authorization fields, two client_ids that differ and a
/// client_secret without client_id; invalid_client for an Authorization that cannot be read.
Result<PresentedClient, OAuthError> client_of(const Request& request, const Form& form);

struct BasicCredentials {
  std::string client_id;
  SecretString secret;
};
/// What follows the word Basic (RFC 7617 §2, and each half as in a form: RFC 6749 §2.3.1). Nothing
/// for what is not padded base64 in its one spelling, and without a colon.
std::optional<BasicCredentials> parse_basic(std::string_view text);

}  // namespace recant::http
