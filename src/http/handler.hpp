// What the server needs of the program: somebody who answers, and somebody who takes notes. One of
// each a thread, called on that thread only; so they need no locks.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace recant::http {

class Handler {
 public:
  virtual ~Handler() = default;

  /// The request lives until the task ends, even when the client has been told 503 because it took
  /// too long. What this throws, before or after it returns its task, is answered with 503 and
  /// reported to the Observer.
  virtual Task<Response> handle(Request& request) = 0;

  /// The answer where the server itself says no: an unsound or too large request, a handler too
  /// late or thrown. The path is empty where it never became known.
  virtual Response refuse(const Request& request, const Problem& problem) {
    static_cast<void>(request);
    return to_response(problem);
  }

  /// Names the request's route without answering it, for whoever refuses it unasked and counts.
  virtual void name_route(Request& request) { static_cast<void>(request); }
};

struct Exchange {
  const Request& request;
  int status;
  std::chrono::nanoseconds duration;  // from the last byte of the request to the answer's
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// Once for each answer.
  virtual void answered(const Exchange& exchange) noexcept { static_cast<void>(exchange); }
  /// `what` is the exception's type and, for system errors, its code; never its text, which may
  /// quote what a client sent.
  virtual void handler_threw(const Request& request, std::string_view what) noexcept {
    static_cast<void>(request), static_cast<void>(what);
  }
  virtual void handler_too_late(const Request& request) noexcept { static_cast<void>(request); }
  /// A client and this server found no way to speak TLS with each other.
  virtual void not_secured(const boost::asio::ip::address& peer, std::string_view why) noexcept {
    static_cast<void>(peer), static_cast<void>(why);
  }
  /// A connection was turned away, or accepting failed: `why` says which.
  virtual void not_accepted(std::string_view why) noexcept { static_cast<void>(why); }
};

}  // namespace recant::http
