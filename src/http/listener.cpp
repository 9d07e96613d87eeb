#include "http/listener.hpp"

#include <sys/socket.h>

#include <boost/asio/detail/socket_option.hpp>
#include <boost/system/error_code.hpp>
#include <sstream>
#include <utility>

namespace recant::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::string sentence(const ServerOptions& options, const tcp::endpoint& endpoint, error_code ec) {
  std::ostringstream out;
  out << "cannot listen on " << endpoint << " (" << options.setting << "): ";
  if (ec == asio::error::address_in_use) {
    out << "the port is in use by another program; stop it or choose another port";
  } else if (ec == asio::error::access_denied) {
    out << "the port is privileged; choose one above 1023 or grant CAP_NET_BIND_SERVICE";
  } else if (ec == boost::system::errc::address_not_available) {
    out << "this machine has no such address; use one of its own, or 0.0.0.0 for all";
  } else {
    out << ec.message() << "; choose another address";
  }
  return out.str();
}

tcp::acceptor open(asio::io_context& io, const tcp::endpoint& endpoint, bool shared,
                   error_code& ec) {
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (shared && !ec) acceptor.set_option(ReusePort(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  return acceptor;
}

}  // namespace

Result<Listeners, std::string> listen(const ServerOptions& options,
                                      std::span<asio::io_context* const> contexts) {
  error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) {
    return "cannot listen on \"" + options.address + "\" (" + options.setting +
           "): it is not an IP address; write for example 127.0.0.1 or ::1";
  }
  Listeners listeners{{}, {address, options.port}};
  {
    auto probe = open(*contexts.front(), listeners.endpoint, false, ec);
    if (!ec) listeners.endpoint = probe.local_endpoint(ec);
  }
  for (auto* io : contexts) {
    if (ec) break;
    listeners.acceptors.push_back(open(*io, listeners.endpoint, true, ec));
  }
  if (ec) return sentence(options, listeners.endpoint, ec);
  return listeners;
}

}  // namespace recant::http
