// Listening sockets: one for each thread on one port (SO_REUSEPORT), so that the kernel deals out
// connections and no thread wakes another.
//
// SO_REUSEPORT alone would let a second server of the same user listen beside the first and take
// half of its connections. So the port is first bound without it, as a probe: that fails when
// anybody listens already.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/options.hpp"

namespace recant::http {

struct Listeners {
  std::vector<boost::asio::ip::tcp::acceptor> acceptors;  // as many as contexts, in their order
  boost::asio::ip::tcp::endpoint endpoint;                // with the port really bound
};

/// The error is one sentence that names the address, what is wrong and the remedy.
Result<Listeners, std::string> listen(const ServerOptions& options,
                                      std::span<boost::asio::io_context* const> contexts);

}  // namespace recant::http
