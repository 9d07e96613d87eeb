#include "http/server_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <utility>

#include "base/percent.hpp"

#include "base/percent.hpp"

namespace recant::http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

/// Boost.URL's strings as the standard's.
std::string text_of(boost::core::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string ServerUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool usual = port == (tls ? kHttpsPort : kHttpPort);
  return usual ? name : name + ":" + std::to_string(port);
}

std::string ServerUrl::to_string() const {
  return (tls ? "https://" : "http://") + authority() + base;
}

Result<ServerUrl, std::string> parse_server_url(std::string_view text) {
  using Failed = Result<ServerUrl, std::string>;
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  const auto no = [](const char* why) { return Failed(boost::system::in_place_error, why); };
  if (!parsed || !parsed->has_authority() || parsed->host_address().empty()) {
    return no("must be a URL such as http://127.0.0.1:8080 or https://login.example.com");
  }
  ServerUrl url;
  url.tls = parsed->scheme_id() == boost::urls::scheme::https;
  if (!url.tls && parsed->scheme_id() != boost::urls::scheme::http) {
    return no("must begin with http:// or https://");
  }
  if (parsed->has_userinfo()) {
    return no("must hold no name and no password: who asks is told by the admin key");
  }
  if (parsed->has_query() || parsed->has_fragment()) {
    return no("must end before any ? and #");
  }
  url.host = parsed->host_address();
  url.port = url.tls ? kHttpsPort : kHttpPort;
  if (parsed->has_port()) {
    // port_number() of 99999 is another port.
    const std::string digits = text_of(parsed->port());
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, url.port);
    if (error != std::errc() || stop != end || url.port == 0) {
      return no("must name a port from 1 to 65535");
    }
  }
  url.base = text_of(parsed->encoded_path());
  while (url.base.ends_with('/')) url.base.pop_back();
  return url;
}

std::string encode_segment(std::string_view text) {
  return percent_encode(text, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
  });
}

}  // namespace recant::http
