#include "base/connect.hpp"

namespace recant {

namespace asio = boost::asio;
using asio::ip::tcp;

Task<Connected> connect_to_host(tcp::socket& socket, tcp::resolver& resolver,
                                const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const tcp::endpoint literal(asio::ip::make_address(host, error), port);
  if (!error) {
    // An address needs no resolver, and no thread of Asio's for it.
    error = co_await connect_to(socket, literal);
    co_return Connected{error};
  }
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::string service = std::to_string(port);
  const auto entries = co_await resolver.async_resolve(host, service, token);
  if (error) co_return Connected{error, false};
  error = asio::error::not_found;
  for (const auto& entry : entries) {
    boost::system::error_code ignored;
    socket.close(ignored);
    const tcp::endpoint endpoint = entry.endpoint();
    error = co_await connect_to(socket, endpoint);
    const bool is_cut_short = error == asio::error::operation_aborted || !socket.is_open();
    if (!error || is_cut_short) break;
  }
  co_return Connected{error};
}

}  // namespace recant
