#include "http/transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace recant::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using State = crypto::TlsSession::State;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

Transport::Transport(tcp::socket socket, const std::optional<crypto::TlsContext>& context)
    : socket_(std::move(socket)), context_(context) {
  error_code ec;
  socket_.set_option(tcp::no_delay(true), ec);
  socket_.non_blocking(true, ec);
}

Task<Transport::Received> Transport::read_secured(std::span<char> room, std::span<char> scratch) {
  while (true) {
    if (tls_) {
      const State before = tls_->state();
      const std::size_t count = tls_->read(room);
      const error_code unsent = co_await flush();
      const State state = tls_->state();
      if (count > 0) co_return Received{{}, count};
      if (state == State::closed) co_return Received{asio::error::eof};
      if (state == State::failed) co_return Received{asio::error::connection_aborted};
      if (unsent) co_return Received{unsent};
      if (before != state) co_return Received{};
    }
    error_code ec;
    const std::size_t size = socket_.read_some(asio::buffer(scratch.data(), scratch.size()), ec);
    if (ec == asio::error::would_block) {
      // Waits without a buffer, of which thousands of connections would each hold one.
      std::tie(ec) = co_await socket_.async_wait(tcp::socket::wait_read, kTuple);
      if (!ec) continue;
    }
    if (!ec && !tls_) ec = accept_first(scratch.front());
    if (ec) co_return Received{ec};
    tls_->receive({scratch.data(), size});
  }
}

/// A method begins a request in the clear, and its client may be told.
error_code Transport::accept_first(char byte) {
  if (crypto::TlsSession::is_first_byte(byte)) {
    tls_ = std::make_unique<crypto::TlsSession>(*context_);
    return {};
  }
  if (byte < 'A' || byte > 'Z') return asio::error::connection_aborted;
  context_.reset();
  return asio::error::no_protocol_option;
}

Task<error_code> Transport::flush() {
  std::string_view rest;
  error_code ec;
  if (tls_->output().empty() || send_now(rest, ec) || ec) co_return ec;
  const bool sent = co_await send_rest(rest);
  if (!sent) co_return asio::error::broken_pipe;
  co_return error_code{};
}

std::string_view Transport::failure() const {
  return tls_ ? std::string_view(tls_->failure()) : std::string_view();
}

bool Transport::send_now(std::string_view& rest, error_code& ec) {
  if (tls_) {
    tls_->write(rest);
    rest = tls_->output();
  }
  const std::size_t count = socket_.write_some(asio::buffer(rest.data(), rest.size()), ec);
  if (ec == asio::error::would_block) ec.clear();
  rest.remove_prefix(count);
  if (tls_) tls_->sent(count);
  return !ec && rest.empty();
}

Task<bool> Transport::send_rest(std::string_view rest) {
  sending_ = true;
  const auto [ec, count] =
      co_await asio::async_write(socket_, asio::buffer(rest.data(), rest.size()), kTuple);
  sending_ = false;
  if (tls_) tls_->sent(count);
  co_return !ec;
}

bool Transport::bytes_wait() {
  error_code ec;
  return socket_.available(ec) > 0 || (tls_ && tls_->holds_input());
}

void Transport::end_sending(error_code& ec) {
  if (tls_ && !sending_) {
    tls_->close();
    std::string_view rest;
    send_now(rest, ec);
  }
  socket_.shutdown(tcp::socket::shutdown_send, ec);
}

}  // namespace recant::http
