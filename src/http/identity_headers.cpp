#include "http/identity_headers.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "http/headers.hpp"

namespace recant::http {
namespace {

struct Part {
  std::string_view name;
  std::string IdentityHeaders::*field;
};
constexpr std::array<Part, 4> kParts{{{"subject", &IdentityHeaders::subject},
                                      {"session", &IdentityHeaders::session},
                                      {"scope", &IdentityHeaders::scope},
                                      {"expires", &IdentityHeaders::expires}}};

/// Hop-by-hop (RFC 9110 §7.6.1), about the message itself, or believed by somebody for another
/// reason than ours.
constexpr std::string_view kTaken[] = {"Accept",
                                       "Age",
                                       "Allow",
                                       "Alt-Svc",
                                       "Authorization",
                                       "Cache-Control",
                                       "Clear-Site-Data",
                                       "Connection",
                                       "Content-Disposition",
                                       "Content-Encoding",
                                       "Content-Language",
                                       "Content-Length",
                                       "Content-Location",
                                       "Content-Range",
                                       "Content-Security-Policy",
                                       "Content-Type",
                                       "Cookie",
                                       "Date",
                                       "ETag",
                                       "Expect",
                                       "Expires",
                                       "Forwarded",
                                       "From",
                                       "Host",
                                       "Keep-Alive",
                                       "Last-Modified",
                                       "Link",
                                       "Location",
                                       "Max-Forwards",
                                       "Origin",
                                       "Pragma",
                                       "Range",
                                       "Referer",
                                       "Refresh",
                                       "Retry-After",
                                       "Server",
                                       "Set-Cookie",
                                       "Strict-Transport-Security",
                                       "TE",
                                       "Trailer",
                                       "Transfer-Encoding",
                                       "Upgrade",
                                       "User-Agent",
                                       "Vary",
                                       "Via",
                                       "WWW-Authenticate",
                                       "Warning",
                                       "X-Content-Type-Options",
                                       "X-Frame-Options",
                                       "X-Real-IP",
                                       "X-Request-Id"};
constexpr std::string_view kTakenBeginnings[] = {"Access-Control-", "If-",         "Proxy-", "Sec-",
                                                 "X-Accel-",        "X-Forwarded-"};

bool is_taken(std::string_view name) {
  return std::ranges::any_of(
             kTaken, [&](std::string_view taken) { return equal_ignoring_case(name, taken); }) ||
         std::ranges::any_of(kTakenBeginnings, [&](std::string_view beginning) {
           return equal_ignoring_case(name.substr(0, beginning.size()), beginning);
         });
}

/// Of what RFC 9110 §5.6.2 allows, that which every gateway passes on: several drop a field with an
/// underscore, or take it for a hyphen.
bool is_field_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

struct Entry {
  const Part* part;  // kParts.end(): of nothing that there is
  std::string_view name;
};

Entry split(std::string_view entry) {
  const auto equals = entry.find('=');
  if (equals == std::string_view::npos) return {kParts.end(), {}};
  return {std::ranges::find(kParts, entry.substr(0, equals), &Part::name),
          entry.substr(equals + 1)};
}

/// Nothing when all are different.
std::optional<std::string> name_that_stands_twice(const IdentityHeaders& headers) {
  for (const Part& one : kParts) {
    for (const Part& other : kParts) {
      if (one.field == other.field) break;
      if (equal_ignoring_case(headers.*one.field, headers.*other.field)) return headers.*one.field;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void, IdentityHeadersMistake> IdentityHeaders::check(const std::string& entry) {
  using Mistake = IdentityHeadersMistake;
  const auto [part, name] = split(entry);
  if (part == kParts.end()) {
    return Mistake{
        "be a list of subject=NAME, session=NAME, scope=NAME and expires=NAME, of those that are "
        "to "
        "have another name"};
  }
  if (!is_field_name(name)) {
    return Mistake{
        "name header fields of 1 to 64 letters, digits and hyphens, such as subject=X-User"};
  }
  if (is_taken(name)) {
    return Mistake{"not name " + std::string(name) +
                   ", which has a meaning of its own; X-User is free"};
  }
  return {};
}

Result<IdentityHeaders, IdentityHeadersMistake> IdentityHeaders::parse(
    std::span<const std::string> entries) {
  using Mistake = IdentityHeadersMistake;
  IdentityHeaders headers;
  std::array<bool, kParts.size()> given{};
  for (const std::string& entry : entries) {
    if (auto right = check(entry); !right) return right.error();
    const auto [part, name] = split(entry);
    bool& seen = given[static_cast<std::size_t>(part - kParts.begin())];
    if (seen) return Mistake{"name " + std::string(part->name) + " once"};
    seen = true;
    headers.*part->field = name;
  }
  if (const auto twice = name_that_stands_twice(headers)) {
    return Mistake{"give each a name of its own, and " + *twice + " stands for two"};
  }
  return headers;
}

}  // namespace recant::http
