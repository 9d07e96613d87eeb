#include "http/server_url.hpp"

#include <utility>

#include "base/percent.hpp"
#include "fetch/web_url.hpp"

namespace recant::http {

std::string ServerUrl::authority() const {
  return fetch::WebUrl{.tls = tls, .host = host, .port = port}.authority();
}

std::string ServerUrl::to_string() const {
  return (tls ? "https://" : "http://") + authority() + base;
}

Result<ServerUrl, std::string> parse_server_url(std::string_view text) {
  auto parsed = fetch::parse_web_url(text);
  if (!parsed) return parsed.error();
  if (parsed->target.find('?') != std::string::npos) {
    return {boost::system::in_place_error, "must end before any ? and #"};
  }
  ServerUrl url{.tls = parsed->tls,
                .host = std::move(parsed->host),
                .port = parsed->port,
                .base = std::move(parsed->target)};
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
