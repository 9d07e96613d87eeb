// One HTTP request to the demo's server on a connection of its own, waited for: as much of
// RFC 9112 as that server's answers need.
//
// Thread-safe (no state but the port).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace recant::demo {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;
  HttpHeaders headers{};
  std::optional<json::Object> body{};
};

struct HttpResponse {
  int status = 0;
  std::string phrase;  // "OK"
  HttpHeaders headers;
  std::string body;

  /// Empty when it is not there; names are compared regardless of case.
  std::string header(std::string_view name) const;
  /// The body as JSON; null when it is none.
  json::Value json() const;
};

class HttpClient {
 public:
  explicit HttpClient(unsigned short port) : port_(port) {}

  /// To 127.0.0.1. Throws when there is no answer.
  HttpResponse send(const HttpRequest& request) const;

 private:
  unsigned short port_;
};

}  // namespace recant::demo
