#include "server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <iostream>
#include <optional>
#include <tuple>
#include <utility>

#include "api.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

constexpr std::uint32_t kHeaderBytes = 16 * 1024;  // with a token, which may have some kilobytes
constexpr std::uint64_t kBodyBytes = 64 * 1024;
/// For a request to arrive, and for an answer to be taken.
constexpr std::chrono::seconds kPatience{10};
/// Before the next attempt to accept, after one has failed.
constexpr std::chrono::milliseconds kPause{100};

/// For whoever sent what was no request; nothing where there is nobody to tell.
std::optional<http::status> status_of(error_code error) {
  if (error == http::error::header_limit) return http::status::request_header_fields_too_large;
  if (error == http::error::body_limit) return http::status::payload_too_large;
  const bool malformed = error.category() == make_error_code(http::error::bad_target).category();
  const bool ended = error == http::error::end_of_stream || error == http::error::partial_message;
  if (malformed && !ended) return http::status::bad_request;
  return std::nullopt;
}

/// Closing over bytes that nobody has read would reset the connection, and that can destroy the
/// answer before it is read (RFC 9112 §9.6).
asio::awaitable<void> hang_up(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
  error_code error;
  error = stream.socket().shutdown(tcp::socket::shutdown_send, error);
  stream.expires_after(std::chrono::seconds(1));
  while (!error) {
    buffer.clear();
    const auto room = buffer.prepare(16 * 1024);
    std::tie(error, std::ignore) = co_await stream.async_read_some(room, kTuple);
  }
}

}  // namespace

Server::Server(asio::io_context& io, std::uint16_t port, recant::Verifier& verifier)
    : verifier_(verifier), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), port)) {
  asio::co_spawn(io, accept(), asio::detached);
}

void Server::stop() {
  acceptor_.close();
  for (auto* stream : reading_) stream->cancel();
}

asio::awaitable<void> Server::accept() {
  asio::steady_timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(kTuple);
    if (!error) {
      asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    } else if (acceptor_.is_open()) {
      // No descriptor is left, as a rule (EMFILE). Asking again at once would find none either;
      // some connection will end.
      std::clog << "cannot accept: " << error.message() << '\n';
      pause.expires_after(kPause);
      co_await pause.async_wait(kTuple);
    }
  }
}

asio::awaitable<void> Server::serve(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  for (bool open = acceptor_.is_open(); open;) {
    http::request_parser<Request::body_type> parser;
    parser.header_limit(kHeaderBytes);
    parser.body_limit(kBodyBytes);
    stream.expires_after(kPatience);
    reading_.insert(&stream);
    const auto [error, received] = co_await http::async_read(stream, buffer, parser, kTuple);
    reading_.erase(&stream);

    Response response;
    if (error) {
      const auto status = status_of(error);
      if (!status) co_return;
      response.result(*status);
    } else {
      response = co_await answer(verifier_, parser.get());
    }
    open = !error && parser.get().keep_alive() && acceptor_.is_open();
    response.keep_alive(open);
    response.prepare_payload();
    stream.expires_after(kPatience);
    const auto [failed, sent] = co_await http::async_write(stream, response, kTuple);
    if (failed) co_return;
  }
  co_await hang_up(stream, buffer);
}
