#include "base/connect.hpp"

namespace recant {

namespace asio = boost::asio;
using asio::ip::tcp;

Task<Resolved> resolve(tcp::resolver& resolver, const std::string& host, std::uint16_t port) {
  Resolved resolved;
  const tcp::endpoint literal(asio::ip::make_address(host, resolved.error), port);
  if (!resolved.error) {
    // An address needs no resolver, and no thread of Asio's for it.
    resolved.endpoints.push_back(literal);
    co_return resolved;
  }
  auto token = asio::redirect_error(asio::use_awaitable, resolved.error);
  const std::string service = std::to_string(port);
  const auto entries = co_await resolver.async_resolve(host, service, token);
  for (const auto& entry : entries) resolved.endpoints.push_back(entry.endpoint());
  co_return resolved;
}

Task<boost::system::error_code> connect_to_any(tcp::socket& socket,
                                               const std::vector<tcp::endpoint>& endpoints) {
  boost::system::error_code error = asio::error::not_found;
  for (const tcp::endpoint& endpoint : endpoints) {
    boost::system::error_code ignored;
    socket.close(ignored);
    const auto outcome = co_await connect_to(socket, endpoint);
    // It was never open; and what another address says is worth more to whoever reads it.
    const bool is_not_had = outcome == asio::error::address_family_not_supported;
    if (!is_not_had || error == asio::error::not_found) error = outcome;
    if (is_not_had) continue;
    const bool is_cut_short = error == asio::error::operation_aborted || !socket.is_open();
    if (!error || is_cut_short) break;
  }
  co_return error;
}

}  // namespace recant
