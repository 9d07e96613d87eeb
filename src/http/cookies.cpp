#include "http/cookies.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "http/credentials.hpp"

namespace recant::http {
namespace {

constexpr std::string_view kAccess = "__Host-recant_at";
constexpr std::string_view kRefresh = "__Host-recant_rt";

struct Place {
  std::string_view name;
  std::string_view Cookies::*value;
};
constexpr std::array<Place, 2> kPlaces{
    {{kAccess, &Cookies::access}, {kRefresh, &Cookies::refresh}}};

Problem fault(std::string_view name, std::string_view what) {
  return {Code::invalid_request, "The cookie " + std::string(name) + ' ' + std::string(what)};
}

/// Reads `name=value` and what follows its semicolon up to the next pair off `rest`.
std::string_view take_pair(std::string_view& rest) {
  const auto end = std::min(rest.find(';'), rest.size());
  auto pair = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  while (pair.starts_with(' ') || pair.starts_with('\t')) pair.remove_prefix(1);
  return pair;
}

void set(Response& response, std::string_view name, std::string_view value, seconds life) {
  std::string line(name);
  line.append("=").append(value);
  line += "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count());
  response.header("Set-Cookie", line);
}

}  // namespace

Result<Cookies, Problem> cookies_of(const Request& request) {
  Cookies cookies;
  for (auto rest : request.headers.all("Cookie")) {
    while (!rest.empty()) {
      const auto pair = take_pair(rest);
      const auto equals = std::min(pair.find('='), pair.size());
      const auto* place = std::ranges::find(kPlaces, pair.substr(0, equals), &Place::name);
      if (place == kPlaces.end()) continue;
      auto& value = cookies.*place->value;
      if (!value.empty()) return fault(place->name, "stands there twice.");
      value = pair.substr(std::min(equals + 1, pair.size()));
      if (!is_token_word(value)) return fault(place->name, "must hold one token and no more.");
    }
  }
  return cookies;
}

bool fit_in_cookies(const service::Tokens& tokens) {
  return kAccess.size() + tokens.access_token.size() <= kCookieMaxBytes &&
         kRefresh.size() + tokens.refresh_token.size() <= kCookieMaxBytes;
}

void set_cookies(Response& response, const service::Tokens& tokens) {
  set(response, kAccess, tokens.access_token, tokens.expires_in);
  set(response, kRefresh, tokens.refresh_token, tokens.refresh_expires_in);
}

void clear_cookies(Response& response) {
  for (const auto& place : kPlaces) set(response, place.name, {}, seconds{0});
}

}  // namespace recant::http
