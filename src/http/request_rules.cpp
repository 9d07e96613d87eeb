// What RFC 9112 demands of a request beyond its grammar. An empty answer means: no fault.
#include <algorithm>
#include <string_view>

#include "http/request_parser.hpp"

namespace recant::http {
namespace {

bool is_visible_ascii(char c) { return c > 0x20 && c < 0x7f; }

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `host[:port]` as far as it matters here: no user, no path, no second host or port. An http URI
/// whose host is empty is none (RFC 9110 §4.2.1).
bool is_authority(std::string_view text) {
  constexpr std::string_view never = "/?#@\\,<>\"{}|^`";
  const auto bracket = text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0;
  const auto colon = std::min(text.find(':', bracket), text.size());
  const auto port = text.substr(std::min(colon + 1, text.size()));
  if (colon == 0 || (!port.empty() && !all_digits(port))) return false;
  return std::all_of(text.begin(), text.end(), [never](char c) {
    return is_visible_ascii(c) && never.find(c) == std::string_view::npos;
  });
}

}  // namespace

std::string_view RequestParser::fault_in_head() {
  if (const auto fault = fault_in_framing(); !fault.empty()) return fault;
  return fault_in_host();
}

/// RFC 9112 §6.1, §6.3. Beast lets pass a list of equal lengths, codings other than chunked (which
/// it then reads as "no body"), and chunks in HTTP/1.0. Length and coding together it refuses
/// itself.
std::string_view RequestParser::fault_in_framing() {
  const auto& headers = request_.headers;
  const auto codings = headers.count("Transfer-Encoding");
  const auto lengths = headers.count("Content-Length");
  if (codings == 0 && lengths == 0) return {};
  if (codings > 0 && lengths > 0) {
    return "Content-Length and Transfer-Encoding cannot stand together.";
  }
  if (lengths > 0) {
    const auto length = headers.only("Content-Length");
    return length && all_digits(*length) ? "" : "Content-Length must be one decimal number.";
  }
  const auto coding = headers.only("Transfer-Encoding");
  if (!coding || !equal_ignoring_case(*coding, "chunked")) {
    return "Transfer-Encoding must be chunked and nothing else.";
  }
  return request_.http11 ? "" : "HTTP/1.0 has no Transfer-Encoding.";
}

/// RFC 9112 §3.2: exactly one, and 1.1 cannot do without.
std::string_view RequestParser::fault_in_host() const {
  const auto hosts = request_.headers.count("Host");
  if (hosts == 0 && !request_.http11) return {};
  const auto host = request_.headers.only("Host");
  return host && is_authority(*host) ? "" : "A request has exactly one Host.";
}

/// RFC 9112 §3.2: origin-form, absolute-form (which every server must accept) or, for OPTIONS, `*`.
std::string_view RequestParser::split_target() {
  auto rest = target_;
  // So that also a refusal knows which path it concerns.
  if (rest.starts_with('/')) request_.path = rest.substr(0, rest.find_first_of("?#"));
  if (!std::all_of(rest.begin(), rest.end(), is_visible_ascii) || rest.find('#') != rest.npos) {
    return "The request target holds a character that must be percent-encoded.";
  }
  if (request_.method == "CONNECT") return "CONNECT is not served: this is not a proxy.";
  const auto scheme = rest.substr(0, rest.find("://"));
  if (scheme.size() < rest.size() &&
      (equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https"))) {
    rest.remove_prefix(scheme.size() + 3);
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    if (end == 0 || !is_authority(rest.substr(0, end))) return "The target's host is malformed.";
    rest.remove_prefix(end);
    if (!rest.starts_with('/')) {
      request_.path = "/";
      if (!rest.empty()) request_.query = rest.substr(1);
      return {};
    }
  } else if (!rest.starts_with('/') && !(rest == "*" && request_.method == "OPTIONS")) {
    return "The request target must begin with a slash.";
  }
  const auto question = rest.find('?');
  request_.path = rest.substr(0, question);
  if (question != rest.npos) request_.query = rest.substr(question + 1);
  return {};
}

}  // namespace recant::http
