// Connects a socket, without leaving it to programs that this process starts meanwhile: it closes
// on exec from its first moment (Asio's own does not).
//
// On the thread of the socket's executor.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace recant {

template <class Socket>
Task<boost::system::error_code> connect_to(Socket& socket,
                                           typename Socket::endpoint_type endpoint) {
  const auto protocol = endpoint.protocol();
  const int fd = ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol());
  boost::system::error_code error(fd < 0 ? errno : 0, boost::system::system_category());
  if (error) co_return error;
  socket.assign(protocol, fd, error);
  if (error) {
    ::close(fd);
    co_return error;
  }
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  co_await socket.async_connect(endpoint, token);
  co_return error;
}

struct Resolved {
  boost::system::error_code error;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};

/// The addresses of a name, or the address that it is. All of it outlives the task.
Task<Resolved> resolve(boost::asio::ip::tcp::resolver& resolver, const std::string& host,
                       std::uint16_t port);

/// Tries one after another, until one answers or the attempt is cut short by closing the socket or
/// by cancellation. An address of a kind that this machine does not have is passed over. Both
/// outlive the task.
Task<boost::system::error_code> connect_to_any(
    boost::asio::ip::tcp::socket& socket,
    const std::vector<boost::asio::ip::tcp::endpoint>& endpoints);

}  // namespace recant
