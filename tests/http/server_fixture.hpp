// A real server on a free port, its clock in the test's hand, with handlers for every behaviour
// that the server must cope with.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../tls_certificates.hpp"
#include "http/io_threads.hpp"
#include "http/server.hpp"
#include "raw_client.hpp"
#include "testing/manual_clock.hpp"
#include "testing/seeded_random.hpp"

namespace recant::http {

/// What the observers of all threads saw.
class Notes {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  bool has(std::string_view line) const {
    const auto all = lines();
    return std::find(all.begin(), all.end(), line) != all.end();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class NotingObserver final : public Observer {
 public:
  explicit NotingObserver(Notes& notes) : notes_(notes) {}
  void answered(const Exchange& exchange) noexcept override {
    notes_.add(std::string(exchange.request.path) + ' ' + std::to_string(exchange.status));
  }
  void handler_threw(const Request& request, std::string_view what) noexcept override {
    notes_.add("threw " + std::string(request.path) + ' ' + std::string(what));
  }
  void handler_too_late(const Request& request) noexcept override {
    notes_.add("late " + std::string(request.path));
  }
  void not_secured(const boost::asio::ip::address& peer, std::string_view why) noexcept override {
    notes_.add("not secured " + peer.to_string() + ' ' + std::string(why));
  }
  void not_accepted(std::string_view why) noexcept override { notes_.add(std::string(why)); }

 private:
  Notes& notes_;
};

/// Holds handlers of `/held` back until it is opened.
class Gate {
 public:
  explicit Gate(boost::asio::io_context& io)
      : timer_(io, boost::asio::steady_timer::time_point::max()) {}
  Task<void> pass() {
    ++waiting;
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    ++passed;
  }
  void open() {
    boost::asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
  }
  std::atomic<int> waiting{0};
  std::atomic<int> passed{0};

 private:
  boost::asio::steady_timer timer_;
};

class ScriptedHandler final : public Handler {
 public:
  explicit ScriptedHandler(boost::asio::io_context& io) : gate(io) {}

  Task<Response> handle(Request& request) override {
    Response response;
    if (request.path == "/held") co_await gate.pass();
    if (request.path == "/throw") throw std::runtime_error("text that nobody may see");
    if (request.path == "/throw-code") {
      throw boost::system::system_error(
          boost::asio::error::make_error_code(boost::asio::error::connection_refused),
          "text that nobody may see");
    }
    if (request.path == "/large") {
      response.body("text/plain", std::string(8'000'000, 'x'));
    } else if (request.path == "/empty") {
      response = Response(204);
    } else {
      response.body("text/plain", std::string(request.method) + ' ' + std::string(request.path) +
                                      ' ' + request.body + ' ' + request.client.to_string());
    }
    co_return response;
  }

  Gate gate;
};

inline crypto::TlsContext context_of(const Certificate& certificate) {
  return *crypto::TlsContext::for_server(certificate.pem(), SecretString(certificate.key_pem()));
}

struct TestServer {
  explicit TestServer(Security how, ServerOptions options = {}, std::size_t thread_count = 1)
      : security(how), threads(thread_count) {
    options.port = 0;
    options.times.linger = milliseconds{40};  // which makes the rounds 10 ms apart
    std::vector<ThreadPart> parts;
    for (std::size_t i = 0; i < thread_count; ++i) {
      handlers.push_back(std::make_unique<ScriptedHandler>(threads.io(i)));
      parts.push_back({threads.io(i), *handlers.back(), observer});
    }
    server = std::make_unique<Server>(options, clock, random, std::move(parts));
    if (security == Security::tls) server->secure(context_of(Certificate(Certificate::Kind{})));
    const auto endpoint = server->start();
    if (!endpoint) throw std::runtime_error(endpoint.error());
    port = endpoint->port();
    threads.run();
  }
  ~TestServer() {
    server->abort();
    server->wait();
    threads.stop();
  }

  RawClient client() const { return RawClient(port, security); }
  /// Of one thread only: what was sent until now has been read, since what is asked later is
  /// answered later.
  void catch_up() const { EXPECT_EQ(client().get("/caught-up").status, 200); }
  Gate& gate() { return handlers.front()->gate; }

  const Security security;
  testing::ManualClock clock;
  testing::SeededRandom random{7};
  Notes notes;
  NotingObserver observer{notes};
  IoThreads threads;
  std::vector<std::unique_ptr<ScriptedHandler>> handlers;
  std::unique_ptr<Server> server;
  unsigned short port = 0;
};

/// Waits for what another thread will do; the limit only turns a hang into a failure.
template <class Condition>
::testing::AssertionResult eventually(Condition condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return ::testing::AssertionSuccess();
    std::this_thread::sleep_for(milliseconds{1});
  }
  return ::testing::AssertionFailure() << "it never happened";
}

}  // namespace recant::http
