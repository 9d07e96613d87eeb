#include "fetch/fetch.hpp"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/connect.hpp"
#include "crypto/tls_wire.hpp"

namespace recant::fetch {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kHeaderBytes = 16 * 1024;
constexpr std::size_t kUntakenBytes = 2 * kHeaderBytes;

/// Of one answer, fed with bytes as they come.
class Answer {
 public:
  explicit Answer(std::size_t body_bytes) {
    parser_.header_limit(kHeaderBytes);
    parser_.body_limit(body_bytes);
    parser_.eager(true);
  }

  /// Nothing, or why it is none to take.
  std::optional<std::string> take(std::string_view text) {
    pending_ += text;
    while (!pending_.empty() && !parser_.is_done()) {
      error_code error;
      const std::size_t used = parser_.put(asio::buffer(pending_), error);
      pending_.erase(0, used);
      if (error == http::error::need_more) break;
      if (error) return why(error);
      if (used == 0) break;
    }
    // What follows a chunk's size, say, which the parser takes in one piece or not at all.
    if (pending_.size() > kUntakenBytes) return "sent more than is taken";
    return std::nullopt;
  }
  /// No more bytes come, and the other side said so.
  void end() {
    error_code ignored;
    if (parser_.got_some()) parser_.put_eof(ignored);
  }
  bool is_whole() const { return parser_.is_done(); }

  Result<Fetched, std::string> body() {
    const auto& message = parser_.get();
    if (message.result() != http::status::ok) {
      const auto status = message.result_int();
      const bool moved = status >= 300 && status < 400;
      return {
          boost::system::in_place_error,
          "answered " + std::to_string(status) +
              (moved ? ", and redirects are not followed: give the address that it leads to" : "")};
    }
    return Fetched{std::move(parser_.get().body())};
  }

 private:
  static std::string why(const error_code& error) {
    if (error == http::error::body_limit) return "sent more than is taken";
    return "sent no HTTP/1.1 answer (" + error.message() + ")";
  }

  http::response_parser<http::string_body> parser_;
  std::string pending_;
};

/// What the timer may cut short. Whoever begins something that it cannot has to look whether it is
/// late.
struct Line {
  explicit Line(const asio::any_io_executor& executor)
      : timer(executor), resolver(executor), socket(executor) {}

  asio::steady_timer timer;
  tcp::resolver resolver;
  tcp::socket socket;
  bool late = false;
};
using LinePtr = std::shared_ptr<Line>;

void limit(const LinePtr& line, milliseconds timeout) {
  line->timer.expires_after(timeout);
  line->timer.async_wait([line](const error_code& error) {
    if (error) return;
    line->late = true;
    line->resolver.cancel();
    error_code ignored;
    line->socket.close(ignored);
  });
}

std::string request_of(const WebUrl& url, const std::string& user_agent) {
  return "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
         "\r\nAccept: application/jwk-set+json, application/json\r\nAccept-Encoding: identity"
         "\r\nUser-Agent: " +
         user_agent + "\r\nConnection: close\r\n\r\n";
}

/// Nothing, or why there is no connection.
Task<std::optional<std::string>> connect(LinePtr line, const WebUrl& url) {
  const Resolved resolved = co_await resolve(line->resolver, url.host, url.port);
  if (resolved.error) co_return "does not resolve: " + resolved.error.message();
  // The time may have run out meanwhile: a lookup that has begun is not cut short, and there was no
  // socket to close yet.
  if (line->late) co_return "resolves too late";
  const error_code error = co_await connect_to_any(line->socket, resolved.endpoints);
  if (error) co_return "cannot be reached: " + error.message();
  co_return std::nullopt;
}

Task<error_code> flush(const LinePtr& line, crypto::TlsWire& wire) {
  const std::string output = wire.take_output();
  error_code error;
  if (output.empty()) co_return error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(line->socket, asio::buffer(output), token);
  co_return error;
}

/// Asks once the wire is open, and reads until the answer is whole or something is wrong.
Task<std::optional<std::string>> ask(LinePtr line, crypto::TlsWire& wire, std::string request,
                                     Answer& answer) {
  std::array<char, 16 * 1024> chunk;
  for (;;) {
    if (wire.is_open() && !request.empty()) wire.send(std::exchange(request, {}));
    const error_code unsent = co_await flush(line, wire);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::size_t got = co_await line->socket.async_read_some(asio::buffer(chunk), token);
    if (error == asio::error::eof && !wire.is_secured()) {
      answer.end();
    } else if (error || unsent) {
      co_return "broke off: " + (error ? error : unsent).message();
    } else if (auto wrong = answer.take(wire.receive({chunk.data(), got}))) {
      co_return wrong;
    }
    if (const crypto::TlsSession* ended = wire.ended()) {
      if (ended->state() == crypto::TlsSession::State::failed) {
        const error_code ignored = co_await flush(line, wire);  // the alert that tells the peer
        static_cast<void>(ignored);
        co_return "was not believed: " + ended->failure();
      }
      answer.end();
    }
    if (answer.is_whole()) co_return std::nullopt;
    if (error == asio::error::eof || wire.ended() != nullptr) {
      co_return "ended the connection before its whole answer";
    }
  }
}

Task<std::optional<std::string>> exchange(LinePtr line, const WebUrl& url,
                                          const FetchOptions& options, Answer& answer) {
  auto wrong = co_await connect(line, url);
  if (wrong) co_return wrong;
  crypto::TlsWire wire;
  if (url.tls) wire = crypto::TlsWire(options.tls.value(), url.host);
  co_return co_await ask(line, wire, request_of(url, options.user_agent), answer);
}

}  // namespace

Task<Result<Fetched, std::string>> fetch(WebUrl url, FetchOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  const auto line = std::make_shared<Line>(executor);
  limit(line, options.timeout);
  Answer answer(options.answer_bytes);
  const auto wrong = co_await exchange(line, url, options, answer);
  line->timer.cancel();
  using Failed = Result<Fetched, std::string>;
  if (line->late) co_return Failed(boost::system::in_place_error, "did not answer in time");
  if (wrong) co_return Failed(boost::system::in_place_error, *wrong);
  co_return answer.body();
}

}  // namespace recant::fetch
