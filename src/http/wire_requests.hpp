// The calls' bodies and query parameters as the use cases take them (contract §2). Each parse_
// answers what is wrong in one sentence that names the member.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"
#include "http/request.hpp"
#include "service/accounts.hpp"
#include "service/admin_access.hpp"
#include "service/keys.hpp"
#include "service/revocations.hpp"
#include "service/session_store.hpp"
#include "service/sign_in.hpp"

namespace recant::http {

template <class T>
using Parsed = Result<T, Problem>;

struct PasswordChange {
  SecretString old_password;
  SecretString new_password;
};

struct SessionDraft {
  core::Subject subject;
  service::Grant grant;
  std::string device;
};

struct PageRequest {
  int limit = 100;    // 1 to 100
  std::string after;  // a page's `next`, or empty
};

/// For the security log and session records; User-Agent is cut at 256 bytes.
service::Caller caller_of(const Request& request);

Parsed<service::AccountDraft> parse_sign_up(const Request& request);
Parsed<service::Credentials> parse_login(const Request& request);
Parsed<std::string> parse_refresh(const Request& request);
/// For calls that also take another proof; nothing when there is no body, or none in it.
Parsed<std::optional<std::string>> parse_refresh_if_any(const Request& request);
Parsed<PasswordChange> parse_password_change(const Request& request);

Parsed<service::AccountDraft> parse_new_account(const Request& request);
Parsed<SecretString> parse_new_password(const Request& request);
Parsed<SessionDraft> parse_new_session(const Request& request);
Parsed<service::RotateOrder> parse_rotation(const Request& request);
Parsed<service::RevocationOrder> parse_revocation(const Request& request);
Parsed<service::AdminKeyDraft> parse_new_admin_key(const Request& request);
Parsed<PageRequest> parse_page(const Request& request);

}  // namespace recant::http
