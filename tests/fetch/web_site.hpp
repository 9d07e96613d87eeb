// A web server for tests that says what it is told to, in bytes, to whoever asks; in the clear or
// under TLS. Each connection is read until a request's end, answered, and closed. It runs on a
// thread of its own. Thread-safe.
#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "crypto/tls.hpp"

namespace recant::testing {

class WebSite {
 public:
  using Tcp = boost::asio::ip::tcp;

  explicit WebSite(std::optional<crypto::TlsContext> tls = {})
      : tls_(std::move(tls)),
        acceptor_(io_, Tcp::endpoint(Tcp::v4(), 0)),
        thread_([this] { run(); }) {}
  ~WebSite() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      // Whoever asks may never come to its request's end: it may be gone but for its socket.
      if (served_) ::shutdown(*served_, SHUT_RDWR);
    }
    boost::system::error_code ignored;
    Tcp::socket(io_).connect(here(), ignored);  // accept() does not come back by itself
    thread_.join();
  }
  WebSite(const WebSite&) = delete;
  WebSite& operator=(const WebSite&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port()) + "/keys";
  }

  void say(std::string bytes) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(bytes);
  }
  void say_body(const std::string& body) {
    say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  /// Takes connections and requests, and answers nothing until it ends.
  void be_silent() { say({}); }

  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  Tcp::endpoint here() const { return {boost::asio::ip::address_v4::loopback(), port()}; }

  void run() {
    std::vector<Tcp::socket> silent;
    while (true) {
      Tcp::socket socket = acceptor_.accept();
      if (!note_served(socket.native_handle())) return;
      const bool has_answered = serve(socket);
      if (!note_served({})) return;
      if (!has_answered) silent.push_back(std::move(socket));
    }
  }

  /// False: it is to end.
  bool note_served(std::optional<int> socket) {
    const std::lock_guard lock(mutex_);
    served_ = socket;
    return !ending_;
  }

  /// False: it was told to be silent.
  bool serve(Tcp::socket& socket) {
    std::optional<crypto::TlsSession> tls;
    if (tls_) tls.emplace(*tls_);
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos) {
      char chunk[4096];
      boost::system::error_code error;
      const std::size_t got = socket.read_some(boost::asio::buffer(chunk), error);
      if (error) return true;
      if (!tls) {
        request.append(chunk, got);
        continue;
      }
      tls->receive({chunk, got});
      while (const std::size_t plain = tls->read(chunk)) request.append(chunk, plain);
      flush(socket, *tls);
    }
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer = answer_;
    }
    if (answer.empty()) return false;
    boost::system::error_code ignored;
    if (tls) {
      tls->write(answer);
      tls->close();
      flush(socket, *tls);
    } else {
      boost::asio::write(socket, boost::asio::buffer(answer), ignored);
    }
    socket.shutdown(Tcp::socket::shutdown_send, ignored);
    return true;
  }

  static void flush(Tcp::socket& socket, crypto::TlsSession& tls) {
    const std::string output(tls.output());
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(output), ignored);
    tls.sent(output.size());
  }

  const std::optional<crypto::TlsContext> tls_;
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  bool ending_ = false;                // guarded by mutex_
  std::optional<int> served_;          // guarded by mutex_: the socket that is read from
  std::string answer_;                 // guarded by mutex_
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace recant::testing
