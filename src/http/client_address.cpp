#include "http/client_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>
#include <optional>
#include <string_view>

namespace recant::http {
namespace {

namespace ip = boost::asio::ip;

ip::address_v6::bytes_type mapped(const ip::address& address) {
  if (address.is_v4()) return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
  return address.to_v6().to_bytes();
}

/// ::ffff:a.b.c.d, as a dual-stack socket sees IPv4 callers, is written a.b.c.d.
ip::address plain(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::optional<ip::address> parse_address(std::string_view text) {
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(text), ec);
  if (ec || (address.is_v6() && address.to_v6().scope_id() != 0)) return std::nullopt;
  return plain(address);
}

/// Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
std::optional<ip::address> parse_entry(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    return parse_address(text.substr(1, end - 1));
  }
  const auto colon = text.find(':');
  const bool one_colon = colon != std::string_view::npos && text.find(':', colon + 1) == text.npos;
  return parse_address(one_colon ? text.substr(0, colon) : text);
}

/// The bytes of the network that an address of ours is in, IPv4 as ::ffff:a.b.c.d.
ip::address_v6::bytes_type without_host(ip::address_v6::bytes_type bytes, unsigned prefix_bits) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(prefix_bits, 8 * i, 8 * i + 8) - 8 * i;
    bytes[i] &= static_cast<std::uint8_t>(0xff << (8 - kept));
  }
  return bytes;
}

}  // namespace

Result<TrustedProxies, std::string> TrustedProxies::parse(std::span<const std::string> entries) {
  TrustedProxies proxies;
  for (const auto& entry : entries) {
    const std::string_view text = entry;
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return '"' + entry + "\" is not an IP address or a network such as 10.0.0.0/8";
    const unsigned width = address->is_v4() ? 32 : 128;
    unsigned prefix = width;
    if (slash != std::string_view::npos) {
      const auto digits = text.substr(slash + 1);
      const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
      if (ec != std::errc() || end != digits.data() + digits.size() || prefix > width) {
        return '"' + entry + "\" needs a prefix length of 1 to " + std::to_string(width) +
               " after the slash";
      }
    }
    if (prefix == 0) {
      return '"' + entry +
             "\" is everybody, and each could choose the address that they are known by in "
             "X-Forwarded-For; name the proxies alone";
    }
    const auto bytes = mapped(*address);
    const auto network = without_host(bytes, prefix + (128 - width));
    if (network != bytes) {
      return '"' + entry + "\" has bits set behind its prefix; write " +
             plain(ip::make_address_v6(network)).to_string() + "/" + std::to_string(prefix) +
             " for the network, or the address without a slash for one proxy";
    }
    proxies.networks_.push_back({bytes, prefix + (128 - width)});
  }
  return proxies;
}

bool TrustedProxies::trusts(const ip::address& address) const {
  if (networks_.empty()) return false;
  const auto bytes = mapped(address);
  for (const auto& network : networks_) {
    const unsigned whole = network.prefix_bits / 8;
    const unsigned rest = network.prefix_bits % 8;
    bool equal = std::equal(bytes.begin(), bytes.begin() + whole, network.bytes.begin());
    if (equal && rest != 0) {
      const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
      equal = (bytes[whole] & mask) == (network.bytes[whole] & mask);
    }
    if (equal) return true;
  }
  return false;
}

ip::address TrustedProxies::client_of(const ip::address& peer, const Headers& headers) const {
  auto client = plain(peer);
  if (!trusts(client)) return client;
  const auto lines = headers.all("X-Forwarded-For");
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    std::string_view rest = *line;
    while (true) {
      const auto comma = rest.rfind(',');
      const auto entry = parse_entry(comma == rest.npos ? rest : rest.substr(comma + 1));
      if (!entry) return client;
      client = *entry;
      if (!trusts(client)) return client;
      if (comma == rest.npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace recant::http
