#include "http/credentials.hpp"

#include <algorithm>

#include "http/query.hpp"

namespace recant::http {
namespace {

/// b64token, RFC 6750 §2.1.
bool is_token_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=';
  });
}

Problem invalid(const char* detail) { return {Code::invalid_request, detail}; }

}  // namespace

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

Problem no_token() {
  return {Code::invalid_token, "This call needs a token: send it as Authorization: Bearer."};
}

}  // namespace recant::http
