// The other end of the wire: an HTTP/1.1 client for commands. One call at a time, each waited for
// within a deadline, over a connection that is kept between calls.
//
//   Client client({.server = *parse_server_url("http://127.0.0.1:8080")});
//   const auto answer = client.call({.method = "GET", .path = "/readyz"});
//   if (!answer) say(answer.error().why);
//
// Follows no redirects, so that a key never goes where nobody sent it. Blocks; not thread-safe:
// whoever wants several calls at once has a Client for each thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/tls.hpp"
#include "http/server_url.hpp"

namespace recant::http {

struct ClientOptions {
  ServerUrl server;
  /// For https, and then there must be one.
  std::optional<crypto::TlsContext> tls{};
  /// From the name to an open connection, TLS included.
  milliseconds connect_timeout{10'000};
  /// From a call's beginning to its whole answer. The server gives its handlers 15 seconds.
  milliseconds timeout{30'000};
  /// Longer answers are refused.
  std::size_t answer_bytes = 32 * 1024 * 1024;
  std::string user_agent = "recant";
  /// Told now and then, with the time since the call began, while an answer is waited for.
  std::function<void(milliseconds waited)> on_wait = [](milliseconds) {};
};

struct ClientCall {
  std::string method;
  /// With its query, percent-encoded; the URL's own path goes before it.
  std::string path;
  /// JSON, or empty for none.
  SecretString body{};
  /// For `Authorization: Bearer`; none if there is none or it is empty.
  const SecretString* bearer = nullptr;
};

struct ClientAnswer {
  int status = 0;
  std::string content_type;
  std::string location;
  std::string body;
};

struct ClientFault {
  enum class Kind {
    unreachable,  // no connection: nothing was asked
    insecure,     // no TLS connection to that very server: nothing was asked
    broken,       // the connection ended before the whole answer
    late,         // no whole answer in time
    not_http,     // what came back is no HTTP/1.1, or too long
  };
  Kind kind;
  /// In the middle of a sentence: "Connection refused".
  std::string why;
  /// The server may have done what was asked.
  bool maybe_done = false;
};

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  Result<ClientAnswer, ClientFault> call(const ClientCall& call);

 private:
  class Line;
  std::unique_ptr<Line> line_;
};

}  // namespace recant::http
