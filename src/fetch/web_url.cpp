#include "fetch/web_url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace recant::fetch {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

/// Boost.URL's strings as the standard's.
std::string text_of(boost::core::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string WebUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool usual = port == (tls ? kHttpsPort : kHttpPort);
  return usual ? name : name + ":" + std::to_string(port);
}

std::string WebUrl::to_string() const {
  return (tls ? "https://" : "http://") + authority() + target;
}

bool WebUrl::is_loopback() const {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

Result<WebUrl, std::string> parse_web_url(std::string_view text) {
  using Failed = Result<WebUrl, std::string>;
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  const auto no = [](const char* why) { return Failed(boost::system::in_place_error, why); };
  if (!parsed || !parsed->has_authority() || parsed->host_address().empty()) {
    return no("must be a URL such as http://127.0.0.1:8080 or https://login.example.com");
  }
  WebUrl url;
  url.tls = parsed->scheme_id() == boost::urls::scheme::https;
  if (!url.tls && parsed->scheme_id() != boost::urls::scheme::http) {
    return no("must begin with http:// or https://");
  }
  if (parsed->has_userinfo()) return no("must hold no name and no password");
  if (parsed->has_fragment()) return no("must end before any #");
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
  const std::string path = text_of(parsed->encoded_path());
  // Of http://127.0.0.1.example Boost.URL 1.81 makes 127.0.0.1 and a path: another machine.
  if (!path.empty() && path.front() != '/') return no("must name a host that there can be");
  url.target = path.empty() ? "/" : path;
  if (parsed->has_query()) url.target += "?" + text_of(parsed->encoded_query());
  return url;
}

}  // namespace recant::fetch
