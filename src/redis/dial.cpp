#include "redis/dial.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/connect.hpp"

namespace recant::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Dialled refused(std::string why) { return {std::nullopt, std::move(why)}; }

Task<Dialled> dial_tcp(TcpAddress address) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  tcp::resolver resolver(executor);
  const Resolved resolved = co_await resolve(resolver, address.host, address.port);
  if (resolved.error) {
    co_return refused("the name does not resolve: " + resolved.error.message());
  }
  const auto error = co_await connect_to_any(socket, resolved.endpoints);
  if (error) co_return refused(error.message());
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  co_return Dialled{std::move(socket), {}};
}

Task<Dialled> dial_unix(UnixAddress address) {
  using Unix = asio::local::stream_protocol;
  const auto executor = co_await asio::this_coro::executor;
  if (address.path.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return refused("the path is too long for a socket");
  }
  Unix::socket socket(executor);
  const Unix::endpoint endpoint(address.path);
  const auto error = co_await connect_to(socket, endpoint);
  if (error) co_return refused(error.message());
  co_return Dialled{std::move(socket), {}};
}

}  // namespace

Task<Dialled> dial(Address address) {
  if (auto* tcp_address = std::get_if<TcpAddress>(&address)) {
    return dial_tcp(std::move(*tcp_address));
  }
  return dial_unix(std::get<UnixAddress>(std::move(address)));
}

}  // namespace recant::redis
