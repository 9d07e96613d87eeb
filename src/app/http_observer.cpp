#include "app/http_observer.hpp"

#include <string>

namespace recant::app {
namespace {

/// While Redis is away everything is 503. That it is away is said once; a line for each answer
/// would push what matters out of the log.
LogLevel level_of(int status) {
  constexpr int kFirstServerError = 500;
  constexpr int kUnavailable = 503;
  return status >= kFirstServerError && status != kUnavailable ? LogLevel::warn : LogLevel::debug;
}

/// Taking notes may run out of memory, and that is no reason to end.
template <class Body>
void without_throwing(Body body) noexcept {
  try {
    body();
  } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody left to tell
  }
}

}  // namespace

void HttpObserver::answered(const http::Exchange& exchange) noexcept {
  without_throwing([&] {
    const http::Request& request = exchange.request;
    metrics_.answered(request.route, exchange.status, exchange.duration);
    const LogLevel level = level_of(exchange.status);
    if (!log_.takes(level)) return;
    // The route and not the path: what stands in a path or a query is the client's own.
    log_.write(level, "answered",
               {{"request_id", request.id},
                {"method", request.method},
                {"route", request.route.empty() ? "none" : request.route},
                {"status", std::int64_t{exchange.status}},
                {"seconds", std::chrono::duration<double>(exchange.duration).count()},
                {"address", request.client.to_string()}});
  });
}

void HttpObserver::handler_threw(const http::Request& request, std::string_view what) noexcept {
  without_throwing([&] {
    log_.write(LogLevel::error, "a handler failed",
               {{"request_id", request.id}, {"route", request.route}, {"exception", what}});
  });
}

void HttpObserver::handler_too_late(const http::Request& request) noexcept {
  without_throwing([&] {
    log_.write(LogLevel::warn, "a handler took too long",
               {{"request_id", request.id}, {"route", request.route}});
  });
}

void HttpObserver::not_secured(const boost::asio::ip::address& peer,
                               std::string_view why) noexcept {
  without_throwing([&] {
    log_.write(LogLevel::debug, "a client and this server did not agree on TLS",
               {{"address", peer.to_string()}, {"why", why}});
  });
}

void HttpObserver::not_accepted(std::string_view why) noexcept {
  without_throwing([&] {
    log_.write(LogLevel::warn, "a connection was turned away", {{"why", why}});
  });
}

}  // namespace recant::app
