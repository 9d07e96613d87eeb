// The answers of OAuth's calls: introspection (RFC 7662, RFC 9701), tokens (RFC 6749 §5.1) and
// metadata (RFC 8414). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "http/headers.hpp"
#include "http/response.hpp"
#include "service/introspection.hpp"
#include "service/tokens.hpp"

namespace recant::http {

/// What an issuer is known by, and what our tokens say of it.
struct OAuthNames {
  std::string issuer;     // token.issuer
  std::string client_id;  // token.client_id
};

/// RFC 7662 §2.2. An inactive token is `{"active":false}` and nothing else, whatever it is.
json::Object introspection_object(const service::Introspected& introspected,
                                  const OAuthNames& names);
/// RFC 9701 §5.
Response signed_introspection_response(std::string jwt);
/// Does the caller ask for it?
bool wants_signed_introspection(const Headers& headers);

Response oauth_tokens_response(const service::Tokens& tokens);

constexpr std::string_view kMetadataPath = "/.well-known/oauth-authorization-server";

/// Where the metadata of an issuer stands: the issuer's path goes behind (RFC 8414 §3.1). Nothing
/// for what is no https URL without query and fragment, which has none (§2).
std::optional<std::string> metadata_path(std::string_view issuer);
/// `signing_algorithm` of signed introspection; empty where there is none.
Response metadata_response(const std::string& issuer, std::string_view signing_algorithm);

}  // namespace recant::http
