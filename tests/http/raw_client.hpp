// A client that sends exactly the bytes it is told to, and reads answers.
#pragma once

#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "http/headers.hpp"

namespace recant::http {

struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  /// The field's value if it stands exactly once.
  std::optional<std::string> field(std::string_view name) const {
    std::optional<std::string> found;
    std::string_view rest = head;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(std::min(rest.size(), line.size() + 2));
      const auto colon = line.find(": ");
      if (colon == line.npos || !equal_ignoring_case(line.substr(0, colon), name)) continue;
      if (found) return std::nullopt;
      found = line.substr(colon + 2);
    }
    return found;
  }
  bool has(std::string_view name) const { return field(name).has_value(); }
};

inline void PrintTo(const Answer& answer, std::ostream* out) {
  *out << answer.head << "\n" << answer.body;
}

enum class Security { none, tls };
inline void PrintTo(Security security, std::ostream* out) {
  *out << (security == Security::tls ? "Tls" : "Tcp");
}

/// OpenSSL's own client on a connected socket. Trusts anybody: what is tested is the server.
class TlsEnd {
 public:
  explicit TlsEnd(int socket)
      : context_(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free),
        ssl_(::SSL_new(context_.get()), ::SSL_free) {
    ::signal(SIGPIPE, SIG_IGN);  // its writes, unlike Asio's, would end the test
    ::SSL_set_fd(ssl_.get(), socket);
    check(::SSL_connect(ssl_.get()));
  }
  SSL* ssl() { return ssl_.get(); }
  bool holds_input() const { return ::SSL_has_pending(ssl_.get()) == 1; }
  void write(std::string_view bytes) {
    check(::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
  }
  std::size_t read(char* room, std::size_t size) {
    return static_cast<std::size_t>(check(::SSL_read(ssl_.get(), room, static_cast<int>(size))));
  }

 private:
  /// As Asio tells it.
  int check(int done) {
    if (done > 0) return done;
    const int error = ::SSL_get_error(ssl_.get(), done);
    throw boost::system::system_error(error == SSL_ERROR_ZERO_RETURN
                                          ? boost::asio::error::eof
                                          : make_error_code(boost::asio::error::connection_reset));
  }
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&::SSL_free)> ssl_;
};

/// Blocking; a read that gets nothing for ten seconds fails the test by throwing.
class RawClient {
 public:
  explicit RawClient(unsigned short port, Security security = Security::none) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    // What is sent is there soon, also behind a handshake's last word.
    socket_.set_option(boost::asio::ip::tcp::no_delay(true));
    if (security == Security::tls) tls_ = std::make_unique<TlsEnd>(socket_.native_handle());
  }

  RawClient& send(std::string_view bytes) {
    if (tls_) {
      tls_->write(bytes);
    } else {
      boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()));
    }
    return *this;
  }

  Answer get(std::string_view path, std::string_view fields = {}) {
    return ask("GET", path, fields);
  }
  Answer ask(std::string_view method, std::string_view path, std::string_view fields = {},
             std::string_view body = {}) {
    std::string bytes(method);
    bytes.append(" ").append(path).append(" HTTP/1.1\r\nHost: test\r\n").append(fields);
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(bytes.append("\r\n").append(body));
    return read(method == "HEAD");
  }

  /// The next answer; `head`: it has no body whatever its Content-Length says.
  Answer read(bool head = false) {
    Answer answer;
    while (buffer_.find("\r\n\r\n") == std::string::npos) receive();
    const auto end = buffer_.find("\r\n\r\n") + 2;
    answer.head = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    answer.status = std::atoi(answer.head.substr(answer.head.find(' ') + 1, 3).c_str());
    const auto length = answer.field("Content-Length");
    const auto size = head || !length ? 0 : std::stoul(*length);
    while (buffer_.size() < size) receive();
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
  }

  /// The server has closed, and nothing came before that.
  bool closed() {
    if (!buffer_.empty()) return false;
    char byte = 0;
    boost::system::error_code ec;
    try {
      take(&byte, 1);
    } catch (const boost::system::system_error& error) {
      ec = error.code();
    }
    return ec == boost::asio::error::eof || ec == boost::asio::error::connection_reset;
  }

  void shut_down_sending() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }
  SSL* ssl() { return tls_->ssl(); }

 private:
  void wait() {
    pollfd ready{socket_.native_handle(), POLLIN, 0};
    if (::poll(&ready, 1, 10'000) != 1) throw std::runtime_error("nothing came for ten seconds");
  }

  std::size_t take(char* room, std::size_t size) {
    if (tls_ && tls_->holds_input()) return tls_->read(room, size);
    wait();
    return tls_ ? tls_->read(room, size) : socket_.read_some(boost::asio::buffer(room, size));
  }

  void receive() {
    char bytes[65536];
    buffer_.append(bytes, take(bytes, sizeof(bytes)));
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsEnd> tls_;
  std::string buffer_;
};

}  // namespace recant::http
