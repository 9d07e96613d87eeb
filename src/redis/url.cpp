#include "redis/url.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>
#include <utility>

namespace recant::redis {
namespace {

namespace urls = boost::urls;

constexpr std::string_view kForms =
    "write redis://[user[:password]@]host[:port][/db], rediss:// for the same under TLS, or "
    "unix:///path[?db=N]";

/// Not port_number(), which makes another port of 99999.
std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || stop != end || port == 0) return std::nullopt;
  return port;
}

/// Schemes that the contract knows and this version does not serve.
constexpr std::array<std::string_view, 4> kLater = {"redis+sentinel", "redis+cluster",
                                                    "rediss+sentinel", "rediss+cluster"};

std::string sentence(std::string what) { return "redis.url " + std::move(what); }

std::optional<std::uint32_t> parse_db(std::string_view text) {
  constexpr std::uint32_t kMost = 65535;
  std::uint32_t db = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, db);
  if (error != std::errc() || stop != end || text.empty() || db > kMost) return std::nullopt;
  return db;
}

Result<Target, std::string> parse_tcp(const urls::url_view& url) {
  const auto fail = [](std::string what) { return sentence(std::move(what)); };
  if (url.has_query() || url.has_fragment()) {
    return fail(
        "has a '?' or '#' after the address, which it does not take; write the "
        "database as a path (/2), and '?', '#', '@' or '/' within a password as %3F, %23, "
        "%40, %2F");
  }
  const std::string host = url.host_address();
  if (host.empty()) return fail("names no host; " + std::string(kForms));
  if (std::ranges::any_of(host, [](unsigned char c) { return c <= ' ' || c == 0x7f; })) {
    return fail("names a host that no host can have");
  }
  Target target;
  TcpAddress address{host, kDefaultPort};
  if (url.has_port() && !url.port().empty()) {
    // What follows the digits of "6379x" is read as a path.
    const bool trailing = !url.encoded_path().empty() && url.encoded_path().front() != '/';
    const auto port = parse_port(std::string_view(url.port().data(), url.port().size()));
    if (!port || trailing) return fail("has no usable port; a port is 1 to 65535");
    address.port = *port;
  }
  target.address = std::move(address);
  target.user = url.user();
  target.password = SecretString(url.password());
  const std::string path = url.path();
  if (!path.empty() && path != "/") {
    const auto db = parse_db(std::string_view(path).substr(1));
    if (!db) return fail("has no database number behind the host; write /0 to /65535, or nothing");
    target.db = *db;
  }
  return target;
}

Result<Target, std::string> parse_unix(const urls::url_view& url) {
  const auto fail = [](std::string what) { return sentence(std::move(what)); };
  if (!url.host().empty() || url.has_userinfo() || url.path().size() < 2) {
    return fail("needs the absolute path of a socket; write unix:///path[?db=N]");
  }
  Target target;
  target.address = UnixAddress{url.path()};
  for (const auto& parameter : url.params()) {
    const auto db = parameter.key == "db" ? parse_db(parameter.value) : std::nullopt;
    if (!db) return fail("takes only ?db=N behind a socket's path, N from 0 to 65535");
    target.db = *db;
  }
  if (url.has_fragment()) return fail("has a '#', which a socket's path writes as %23");
  return target;
}

}  // namespace

std::string to_string(const Address& address) {
  if (const auto* local = std::get_if<UnixAddress>(&address)) return local->path;
  const auto& tcp = std::get<TcpAddress>(address);
  const bool ipv6 = tcp.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + tcp.host + "]" : tcp.host) + ":" + std::to_string(tcp.port);
}

bool exposes_password(const Target& target) {
  const auto* tcp = std::get_if<TcpAddress>(&target.address);
  if (tcp == nullptr || target.tls || target.password.empty()) return false;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(tcp->host, error);
  return error ? tcp->host != "localhost" : !address.is_loopback();
}

Result<Target, std::string> parse_url(std::string_view text) {
  const std::string_view scheme = text.substr(0, text.find("://"));
  if (std::find(kLater.begin(), kLater.end(), scheme) != kLater.end()) {
    return sentence("asks for " + std::string(scheme) +
                    "://, which is not in this version; use redis:// or unix://");
  }
  const bool tcp = scheme == "redis" || scheme == "rediss";
  if (scheme.size() == text.size() || (!tcp && scheme != "unix")) {
    return sentence("is neither redis://, rediss:// nor unix://; " + std::string(kForms));
  }
  const auto url = urls::parse_uri(text);
  if (!url) {
    return sentence("cannot be read as a URL; " + std::string(kForms) +
                    ", with special characters of a password percent-encoded (@ is %40, / is "
                    "%2F, # is %23)");
  }
  if (!tcp) return parse_unix(*url);
  auto target = parse_tcp(*url);
  if (target && scheme == "rediss") target->tls.emplace();
  return target;
}

}  // namespace recant::redis
