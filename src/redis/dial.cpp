#include "redis/dial.hpp"

#include <fcntl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace recant::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Dialled refused(std::string why) { return {std::nullopt, std::move(why)}; }
/// What a program that we live in starts has no business on this connection, and Asio leaves it
/// open to them.
Dialled opened(Socket socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  return {std::move(socket), {}};
}

Task<Dialled> dial_tcp(TcpAddress address) {
  const auto executor = co_await asio::this_coro::executor;
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  tcp::socket socket(executor);
  const tcp::endpoint literal(asio::ip::make_address(address.host, error), address.port);
  if (!error) {
    // An address needs no resolver, and no thread of Asio's for it.
    co_await socket.async_connect(literal, token);
  } else {
    tcp::resolver resolver(executor);
    const std::string port = std::to_string(address.port);
    const auto endpoints = co_await resolver.async_resolve(address.host, port, token);
    if (error) co_return refused("the name does not resolve: " + error.message());
    co_await asio::async_connect(socket, endpoints, token);
  }
  if (error) co_return refused(error.message());
  socket.set_option(tcp::no_delay(true), error);
  socket.set_option(asio::socket_base::keep_alive(true), error);
  co_return opened(std::move(socket));
}

Task<Dialled> dial_unix(UnixAddress address) {
  using Unix = asio::local::stream_protocol;
  const auto executor = co_await asio::this_coro::executor;
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (address.path.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return refused("the path is too long for a socket");
  }
  Unix::socket socket(executor);
  const Unix::endpoint endpoint(address.path);
  co_await socket.async_connect(endpoint, token);
  if (error) co_return refused(error.message());
  co_return opened(std::move(socket));
}

}  // namespace

Task<Dialled> dial(Address address) {
  if (auto* tcp_address = std::get_if<TcpAddress>(&address)) {
    return dial_tcp(std::move(*tcp_address));
  }
  return dial_unix(std::get<UnixAddress>(std::move(address)));
}

}  // namespace recant::redis
