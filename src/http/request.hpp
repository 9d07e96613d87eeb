// A request as handlers see it: complete, syntactically sound, within the limits.
//
// The views point into the connection's buffer; the request outlives its handler, and nothing of it
// may be kept longer. Used by one thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.hpp"

namespace recant::http {

struct Request {
  std::string_view method;  // case-sensitive, RFC 9110 §9.1
  /// As sent, neither decoded nor normalised; of an absolute-form target, its path.
  std::string_view path;
  /// What follows the '?', as sent. Nothing when there is no '?'.
  std::optional<std::string_view> query;
  Headers headers;
  std::string body;
  bool http11 = true;
  bool keep_alive = true;  // what the client asked for, RFC 9112 §9.3

  boost::asio::ip::address peer;    // the other end of the connection
  boost::asio::ip::address client;  // the same, trusted proxies taken off
  std::string id;                   // X-Request-Id, taken or made

  /// Set by whoever routes: the pattern that matched (for metrics; never the raw path, which has no
  /// bound) and the decoded values of its parameters in order.
  std::string_view route;
  std::vector<std::string> params;
};

}  // namespace recant::http
