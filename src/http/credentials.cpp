#include "http/credentials.hpp"

#include <algorithm>
#include <array>

#include "http/query.hpp"

namespace recant::http {
namespace {

Problem invalid(const char* detail) { return {Code::invalid_request, detail}; }

/// A table, since every check looks at each byte of its token.
constexpr auto kTokenBytes = [] {
  constexpr std::string_view bytes =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~+/=";
  std::array<bool, 256> table{};
  for (const char c : bytes) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

}  // namespace

bool is_token_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kTokenBytes[static_cast<unsigned char>(c)];
  });
}

Result<std::string_view, Problem> bearer_of(const Request& request) {
  if (request.query && Query(request).count("access_token") > 0) {
    return invalid("A token in the query would end up in logs; send it as Authorization: Bearer.");
  }
  std::string_view value;
  bool found = false;
  for (const auto& field : request.headers) {
    if (!equal_ignoring_case(field.name, "Authorization")) continue;
    if (found) return invalid("There are two Authorization fields; send one.");
    found = true;
    value = field.value;
  }
  const auto scheme = value.substr(0, value.find(' '));
  if (!equal_ignoring_case(scheme, "Bearer")) return std::string_view{};
  auto token = value.substr(scheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  if (!is_token_word(token)) return invalid("Authorization: Bearer takes one token and no more.");
  return token;
}

Result<Credentials, Problem> credentials_of(const Request& request, bool cookie_mode) {
  const auto bearer = bearer_of(request);
  if (!bearer) return bearer.error();
  Credentials credentials{*bearer, {}};
  if (!cookie_mode) return credentials;
  const auto cookies = cookies_of(request);
  if (!cookies) return cookies.error();
  if (cookies->any() && request.headers.count("Authorization") > 0) {
    return invalid("There is an Authorization beside the cookie; send one of them.");
  }
  credentials.cookies = *cookies;
  return credentials;
}

Problem no_token() {
  return {Code::invalid_token, "This call needs a token: send it as Authorization: Bearer."};
}

Problem no_access_cookie() {
  Problem problem{Code::invalid_token, "The cookie of the access token has ended: refresh."};
  problem.challenge = Challenge::invalid_token;
  return problem;
}

}  // namespace recant::http
