#include "http/origins.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdint>

namespace recant::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kForm =
    "be origins as browsers write them, such as https://app.example.com or "
    "https://app.example.com:8443: in lower case, without a path, and without a port that is the "
    "usual one";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Letters, digits and hyphens between dots; names beyond ASCII stand in their xn-- form.
bool is_name(std::string_view host) {
  const bool plain = std::ranges::all_of(
      host, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.'; });
  return plain && !host.empty() && host.front() != '.' && host.back() != '.' &&
         host.find("..") == std::string_view::npos;
}

struct Host {
  bool sound = false;
  bool loopback = false;
};

Host read_host(const std::string& host) {
  boost::system::error_code error;
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return {};
    const auto inner = host.substr(1, host.size() - 2);
    const auto address = ip::make_address_v6(inner, error);
    return {!error && address.to_string() == inner, !error && address.is_loopback()};
  }
  const auto last_label = host.substr(host.rfind('.') + 1);
  if (std::ranges::all_of(last_label, is_digit)) {  // then it is an address or nothing (WHATWG URL)
    const auto address = ip::make_address_v4(host, error);
    return {!error && address.to_string() == host, !error && address.is_loopback()};
  }
  return {is_name(host), host == "localhost" || host.ends_with(".localhost")};
}

/// Digits as a browser writes them, and not the port that goes without saying.
bool is_port(std::string_view text, std::uint16_t usual) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && !text.starts_with('0') &&
         port != usual;
}

}  // namespace

std::optional<std::string> fault_in_origin(std::string_view text) {
  if (text.find('*') != text.npos) {
    return "name each origin in full: with * every page of the web, or of a domain, could act as "
           "whoever is signed in";
  }
  if (text == "null") {
    return "not name null: sandboxed frames and local files say so, whoever made them";
  }
  const bool secured = text.starts_with("https://");
  if (!secured && !text.starts_with("http://")) return std::string(kForm);
  auto rest = text.substr(text.find("//") + 2);
  const auto bracket = rest.starts_with('[') ? std::min(rest.find(']'), rest.size()) : 0;
  const auto colon = rest.find(':', bracket);
  if (colon != rest.npos) {
    if (!is_port(rest.substr(colon + 1), secured ? 443 : 80)) return std::string(kForm);
    rest = rest.substr(0, colon);
  }
  const auto [sound, loopback] = read_host(std::string(rest));
  if (!sound) return std::string(kForm);
  if (!secured && !loopback) {
    return "begin with https://: over http:// anybody on the way can be that page, so it is for "
           "localhost alone";
  }
  return std::nullopt;
}

bool Origins::contains(std::string_view origin) const {
  return std::ranges::find(texts_, origin) != texts_.end();
}

Sender sender_of(const Request& request, const Origins& origins) {
  const auto sites = request.headers.all("Sec-Fetch-Site");
  const auto named = request.headers.all("Origin");
  if (sites.empty() && named.empty()) return Sender::program;
  if (sites.size() > 1 || named.size() > 1) return Sender::other_page;
  const bool same = !sites.empty() && sites.front() == "same-origin";
  const bool listed = !named.empty() && origins.contains(named.front());
  return same || listed ? Sender::our_page : Sender::other_page;
}

}  // namespace recant::http
