// The answers of the calls (contract §2).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "http/identity_headers.hpp"
#include "http/response.hpp"
#include "service/accounts.hpp"
#include "service/admin_access.hpp"
#include "service/keys.hpp"
#include "service/revocations.hpp"
#include "service/tokens.hpp"
#include "verify/identity.hpp"
#include "verify/own_token.hpp"

namespace recant::http {

/// RFC 3339 in UTC with milliseconds: `2023-11-14T22:13:20.000Z`.
std::string rfc3339(UnixMillis instant);

/// Bytes outside visible ASCII, and `%` itself, as %XX: so a value survives in a header field and
/// means one thing (security bar J49).
std::string encode_in_header(std::string_view text);

Response json_response(int status, json::Object body);

Response tokens_response(int status, const service::Tokens& tokens);
/// The same without the two tokens themselves, which a browser keeps.
Response kept_tokens_response(int status, const service::Tokens& tokens);
Response signed_up_response(const service::Account& account);
/// `username` is null for a subject that has no account here.
Response me_response(const verify::OwnToken& token, json::Value username);
/// With `current`, entries say whether they are that session.
Response sessions_response(const service::SessionPage& page, const Uuid* current);
Response account_response(int status, const service::Account& account);
Response accounts_response(const service::AccountPage& page);
Response keys_response(const service::KeyReport& report);
Response rotation_response(const service::KeyRotation& rotation);
Response revocation_response(const service::Revocation& revocation);
Response admin_keys_response(const service::AdminKeyPage& page);
/// The only one that carries the key itself.
Response granted_admin_key_response(const service::GrantedAdminKey& granted);
/// 200 of /v1/check: who calls, as header fields.
Response identity_response(const verify::Identity& token, const IdentityHeaders& names);

}  // namespace recant::http
