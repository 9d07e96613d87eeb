#include "app/setting_checks.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <string_view>

#include "base/duration.hpp"
#include "core/policy.hpp"
#include "core/subject.hpp"
#include "crypto/algorithm.hpp"
#include "database/postgresql_url.hpp"
#include "http/client_address.hpp"
#include "http/identity_headers.hpp"
#include "http/origins.hpp"
#include "redis/url.hpp"

namespace recant::app {

std::optional<ListenAddress> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string address = text.substr(0, colon);
  const std::string_view port_text = std::string_view(text).substr(colon + 1);

  ListenAddress listen;
  const char* const end = port_text.data() + port_text.size();
  const auto [rest, wrong] = std::from_chars(port_text.data(), end, listen.port);
  if (wrong != std::errc{} || rest != end) return std::nullopt;

  if (address == "localhost") address = "127.0.0.1";
  const bool brackets = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (brackets) address = address.substr(1, address.size() - 2);
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  // Without brackets nobody could tell the address's colons from the port's.
  if (error || parsed.is_v6() != brackets) return std::nullopt;
  listen.address = address;
  return listen;
}

std::optional<std::string> check_listen(const std::string& text) {
  if (parse_listen(text)) return std::nullopt;
  return "must be an IP address or localhost, and a port, such as 127.0.0.1:8080, [::1]:8080, or "
         "0.0.0.0:8080 "
         "for "
         "every interface";
}

std::optional<std::string> check_path(const std::string& text) {
  if (!text.empty() && text.find('\0') == std::string::npos) return std::nullopt;
  return "must be a path";
}

std::optional<std::string> check_listen_or_empty(const std::string& text) {
  return text.empty() ? std::nullopt : check_listen(text);
}

std::optional<std::string> check_path_or_empty(const std::string& text) {
  return text.empty() ? std::nullopt : check_path(text);
}

std::optional<std::string> check_algorithm(const std::string& text) {
  if (crypto::parse_algorithm(text)) return std::nullopt;
  return "must be a list of ES256, ES384, ES512, EdDSA, RS256, RS384, RS512, PS256, PS384, PS512, "
         "HS256, HS384 and HS512, as many as its tokens need";
}

std::optional<std::string> check_issuer_name(const std::string& text) {
  // It begins keys of Redis and stands in the log; a slash ends it.
  constexpr std::size_t kLongest = 64;
  const bool plain = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (plain && !text.empty() && text.size() <= kLongest) return std::nullopt;
  return "must be 1 to 64 letters (a to z), digits, '-', '_' and '.'";
}

constexpr std::string_view kKeyPrefixWords =
    "at most 64 bytes of visible ASCII without { } * ? [ ] and \\";

std::optional<std::string> check_key_prefix(const std::string& text) {
  // A brace would be taken for a hash tag, the rules of an ACL read the others as a pattern, and
  // control characters forge lines of logs.
  constexpr std::size_t kLongest = 64;
  static constexpr std::string_view kMeanMore = "{}*?[]\\";
  const bool plain = std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && kMeanMore.find(c) == std::string_view::npos;
  });
  if (plain && text.size() <= kLongest) return std::nullopt;
  return "must be " + std::string(kKeyPrefixWords);
}

std::optional<std::string> check_proxy(const std::string& text) {
  const auto proxies = http::TrustedProxies::parse({&text, 1});
  if (proxies) return std::nullopt;
  return "must be a list of IP addresses and networks, such as 10.0.0.0/8 and ::1: " +
         proxies.error();
}

std::optional<std::string> check_identity_header(const std::string& text) {
  const auto headers = http::IdentityHeaders::check(text);
  if (headers) return std::nullopt;
  return "must " + headers.error().must;
}

std::optional<std::string> check_origin(const std::string& text) {
  const auto fault = http::fault_in_origin(text);
  if (!fault) return std::nullopt;
  return "must " + *fault;
}

std::optional<std::string> check_plain_id(const std::string& text) {
  if (core::is_plain_id(text)) return std::nullopt;
  return "must be 1 to 255 bytes of UTF-8 without control characters";
}

constexpr std::string_view kDeny = "deny";
constexpr std::string_view kAllowCachedFor = "allow_cached_for:";

std::optional<milliseconds> parse_on_unavailable(const std::string& text) {
  if (text == kDeny) return milliseconds{0};
  if (!text.starts_with(kAllowCachedFor)) return std::nullopt;
  const auto allowed = parse_duration(std::string_view(text).substr(kAllowCachedFor.size()));
  if (!allowed || *allowed < seconds{1} || *allowed > core::kLongestAllowance) return std::nullopt;
  return allowed;
}

std::string on_unavailable_text(milliseconds allow_cached_for) {
  if (allow_cached_for == milliseconds{0}) return std::string(kDeny);
  return std::string(kAllowCachedFor) + to_text(allow_cached_for);
}

constexpr std::string_view kOnUnavailableWords = "deny, or allow_cached_for: and 1s to 24h";

std::optional<std::string> check_on_unavailable(const std::string& text) {
  if (parse_on_unavailable(text)) return std::nullopt;
  return "must be " + std::string(kOnUnavailableWords) + ", such as allow_cached_for:5m";
}

std::optional<std::string> check_redis_url(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto target = redis::parse_url(text);
  if (target) return std::nullopt;
  constexpr std::string_view kName = "redis.url ";
  const std::string& sentence = target.error();
  return sentence.starts_with(kName) ? sentence.substr(kName.size()) : sentence;
}

std::optional<std::string> sqlite_path(const std::string& url) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) return std::nullopt;
  return url.substr(kScheme.size());
}

std::optional<std::string> check_database_url(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (database::is_postgresql_url(text)) {
    const auto target = database::parse_postgresql_url(text);
    return target ? std::nullopt : std::optional(target.error());
  }
  const auto path = sqlite_path(text);
  if (path == ":memory:") {
    return "asks for a database in memory, which Recant would lose at each stop; write sqlite:PATH";
  }
  if (path && !check_path(*path)) return std::nullopt;
  return "must be sqlite:PATH, such as sqlite:/var/lib/recant/recant.db, or "
         "postgresql://user:password@host/database";
}

std::string_view passed_by(TextCheck check) {
  struct Words {
    TextCheck check;
    std::string_view words;
  };
  static constexpr Words kWords[] = {
      {check_listen, "an IP address or localhost, and a port"},
      {check_listen_or_empty, "an IP address or localhost, and a port; or empty"},
      {check_path, "a path"},
      {check_path_or_empty, "a path, or empty"},
      {check_proxy, "an IP address or a network, such as 10.0.0.0/8"},
      {check_identity_header, "subject=NAME, session=NAME, scope=NAME or expires=NAME"},
      {check_origin, "an origin, such as https://app.example.com; http:// for localhost alone"},
      {check_plain_id, "1 to 255 bytes of UTF-8 without control characters"},
      {check_algorithm,
       "ES256, ES384, ES512, EdDSA, RS256, RS384, RS512, PS256, PS384, PS512, HS256, HS384 or "
       "HS512"},
      {check_issuer_name, "1 to 64 letters, digits, '-', '_' and '.'"},
      {check_key_prefix, kKeyPrefixWords},
      {check_on_unavailable, kOnUnavailableWords},
      {check_redis_url, "a URL of Redis, or empty"},
      {check_database_url, "sqlite:PATH, a URL of PostgreSQL, or empty"},
  };
  const auto* const found = std::ranges::find(kWords, check, &Words::check);
  return found == std::end(kWords) ? std::string_view() : found->words;
}

}  // namespace recant::app
