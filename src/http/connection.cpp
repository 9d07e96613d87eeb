#include "http/connection.hpp"

#include <cxxabi.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/core/demangle.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "http/worker.hpp"

namespace recant::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// While lingering, no more than this is read away.
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;

/// Of the exception being handled: its type, and the code of a system error. Never its text.
std::string describe_current_exception() {
  const auto* type = abi::__cxa_current_exception_type();
  std::string what = type == nullptr ? "unknown" : boost::core::demangle(type->name());
  try {
    throw;
  } catch (const boost::system::system_error& error) {
    what += " (" + error.code().to_string() + ")";
  } catch (...) {  // NOLINT(bugprone-empty-catch): the type says it
  }
  return what;
}

}  // namespace

Connection::Connection(std::shared_ptr<Worker> worker, tcp::socket socket,
                       const std::optional<crypto::TlsContext>& context)
    : worker_(std::move(worker)),
      transport_(std::move(socket), context),
      parser_(worker_->options().messages),
      deadline_(worker_->clock().steady() + worker_->options().times.header) {
  if (context) enter(Phase::handshake, worker_->clock().steady());
  error_code ec;
  parser_.request().peer = transport_.socket().remote_endpoint(ec).address();
}

Connection::~Connection() { worker_->gone(*this); }

void Connection::start() {
  asio::co_spawn(worker_->io(), serve(shared_from_this()),
                 asio::bind_cancellation_slot(cancel_.slot(), asio::detached));
}

Task<void> Connection::serve(std::shared_ptr<Connection> self) {
  static_cast<void>(self);  // kept alive
  while (true) {
    const bool received = co_await receive();
    if (!received) break;
    co_await respond();
    if (abandoned_) co_return;  // answer_late has the socket
    if (!keep_open_) {
      co_await linger();
      break;
    }
    parser_.next();
    // Others first: by then the next request has often come, and one look finds it. Looking at once
    // finds nothing, which is a system call for each answer.
    co_await asio::post(asio::use_awaitable);
    if (phase_ == Phase::closed) break;
  }
  close();
}

Task<bool> Connection::receive() {
  while (parser_.advance() == RequestParser::Step::need_bytes) {
    note_progress();
    if (resting() && worker_->draining() && !transport_.bytes_wait()) co_return false;
    if (parser_.awaits_continue()) {
      parser_.continue_sent();
      std::string_view rest = "HTTP/1.1 100 Continue\r\n\r\n";
      error_code ignored;  // a full socket buffer: the client need not wait for it, only may
      transport_.send_now(rest, ignored);
    }
    const auto room = parser_.room();
    error_code ec;
    std::size_t count = 0;
    if (transport_.plain()) {
      std::tie(ec, count) = co_await transport_.socket().async_read_some(
          asio::buffer(room.data(), room.size()), kTuple);
    } else {
      const auto received = co_await transport_.read_secured(room, worker_->scratch());
      ec = received.ec;
      count = received.count;
    }
    if (resting()) {
      // Woken by drain: perhaps a request has come at the same moment.
      if (ec == asio::error::operation_aborted && worker_->draining() && !timed_out_) continue;
      timed_out_ = false;
    } else if (timed_out_) {
      refuse_slowness();
      break;
    }
    if (ec == asio::error::no_protocol_option) {
      parser_.refuse({Code::invalid_request, "This port speaks HTTPS: write https://."});
      break;
    }
    if (ec) {
      tell_failure();
      co_return false;
    }
    if (count > 0) parser_.received(count);
  }
  co_return true;
}

Task<void> Connection::respond() {
  auto& request = parser_.request();
  const auto started = worker_->clock().steady();
  enter(Phase::handling, started);
  identify(request);
  Response response;
  if (parser_.advance() == RequestParser::Step::refused) {
    keep_open_ = false;
    response = worker_->handler().refuse(request, parser_.refusal());
  } else {
    std::optional<std::string> thrown;
    try {
      response = co_await worker_->handler().handle(request);
    } catch (...) {
      thrown = describe_current_exception();
    }
    if (thrown) response = tell_of_throw(*thrown);
    if (abandoned_) co_return;
  }
  keep_open_ = keep_open_ && request.keep_alive && !worker_->draining();
  frame(response);

  std::string_view rest = out_;
  error_code ec;
  bool sent = transport_.send_now(rest, ec);
  if (!sent && !ec) sent = co_await send_rest(rest);
  const auto ended = worker_->clock().steady();
  enter(Phase::idle, ended);
  if (!sent) close();
  worker_->observer().answered({request, response.status(), ended - started});
}

Response Connection::tell_of_throw(std::string_view what) {
  worker_->observer().handler_threw(parser_.request(), what);
  const Problem problem{Code::unavailable, "The request could not be handled. Try again."};
  return worker_->handler().refuse(parser_.request(), problem);
}

/// The handler goes on and its request with it, but the client is told now.
void Connection::abandon_handler(SteadyInstant now) {
  abandoned_ = true;
  keep_open_ = false;
  enter(Phase::writing, now);
  asio::co_spawn(worker_->io(), answer_late(shared_from_this()), asio::detached);
}

Task<void> Connection::answer_late(std::shared_ptr<Connection> self) {
  static_cast<void>(self);  // kept alive
  const auto& request = parser_.request();
  worker_->observer().handler_too_late(request);
  const Problem problem{Code::unavailable,
                        "The answer took too long; whether it was done is not known."};
  const auto response = worker_->handler().refuse(request, problem);
  frame(response);
  std::string_view rest = out_;
  error_code ec;
  bool sent = transport_.send_now(rest, ec);
  if (!sent && !ec) sent = co_await send_rest(rest);
  worker_->observer().answered({request, response.status(), worker_->options().times.handler});
  if (sent) co_await linger();
  close();
}

Task<bool> Connection::send_rest(std::string_view rest) {
  enter(Phase::writing, worker_->clock().steady());
  co_return co_await transport_.send_rest(rest);
}

/// RFC 9112 §9.6: closing while the client still sends would reset the connection, and the reset
/// can destroy the answer before it is read.
Task<void> Connection::linger() {
  error_code ec;
  transport_.end_sending(ec);
  const bool refused = parser_.advance() == RequestParser::Step::refused;
  if (ec || (!refused && !abandoned_ && !transport_.bytes_wait())) co_return;
  enter(Phase::lingering, worker_->clock().steady());
  std::array<char, 2048> sink{};
  for (std::size_t total = 0; total < kLingerBytes;) {
    const auto [error, count] =
        co_await transport_.socket().async_read_some(asio::buffer(sink), kTuple);
    if (error) co_return;
    total += count;
  }
}

void Connection::enter(Phase phase, SteadyInstant now) {
  const auto& times = worker_->options().times;
  phase_ = phase;
  switch (phase) {
    case Phase::handshake:
      deadline_ = now + times.handshake;
      break;
    case Phase::idle:
      deadline_ = now + times.idle;
      break;
    case Phase::head:
      deadline_ = now + times.header;
      break;
    case Phase::body:
      deadline_ = now + times.body;
      break;
    case Phase::handling:
      deadline_ = now + times.handler;
      break;
    case Phase::writing:
      deadline_ = now + times.write;
      break;
    case Phase::lingering:
      deadline_ = now + times.linger;
      break;
    case Phase::closed:
      deadline_ = SteadyInstant::max();
      break;
  }
}

void Connection::note_progress() {
  const auto phase = parser_.in_body()           ? Phase::body
                     : !parser_.at_rest()        ? Phase::head
                     : transport_.in_handshake() ? Phase::handshake
                                                 : Phase::idle;
  if (phase == phase_) return;
  const bool is_first = phase_ == Phase::handshake;
  const auto now = worker_->clock().steady();
  enter(phase, now);
  // As after a plain connection's beginning.
  if (is_first && phase == Phase::idle) deadline_ = now + worker_->options().times.header;
}

void Connection::refuse_slowness() {
  const auto& times = worker_->options().times;
  const bool body = parser_.in_body();
  const auto limit = body ? times.body : times.header;
  parser_.refuse({Code::invalid_request,
                  std::string("The request's ") + (body ? "body" : "header") +
                      " did not arrive within " + std::to_string(limit.count()) + " ms."});
}

void Connection::identify(Request& request) {
  const auto given = request.headers.only("X-Request-Id");
  if (given && is_request_id(*given)) {
    request.id = *given;
  } else {
    worker_->ids().next(request.id);
  }
  request.client = worker_->options().trusted_proxies.client_of(request.peer, request.headers);
}

void Connection::frame(const Response& response) {
  const auto& request = parser_.request();
  out_.clear();
  write_response(out_, response,
                 {.date = worker_->date().at(worker_->clock().wall()),
                  .request_id = request.id,
                  .http11 = request.http11,
                  .keep_alive = keep_open_,
                  .head = request.method == "HEAD"});
}

void Connection::tell_failure() {
  const auto why = transport_.failure();
  if (!why.empty()) worker_->observer().not_secured(parser_.request().peer, why);
}

void Connection::tick(SteadyInstant now) {
  if (now < deadline_) return;
  error_code ec;
  switch (phase_) {
    case Phase::head:
    case Phase::body:
      timed_out_ = true;
      transport_.socket().cancel(ec);
      break;
    case Phase::handling:
      abandon_handler(now);
      break;
    case Phase::idle:
      transport_.end_sending(ec);
      close();
      break;
    case Phase::handshake:
    case Phase::writing:
    case Phase::lingering:
    case Phase::closed:
      close();
      break;
  }
}

void Connection::drain() {
  error_code ec;
  if (resting()) transport_.socket().cancel(ec);
}

void Connection::abort() {
  close();
  cancel_.emit(asio::cancellation_type::terminal);
}

void Connection::close() {
  error_code ec;
  transport_.socket().close(ec);
  enter(Phase::closed, {});
  keep_open_ = false;
}

}  // namespace recant::http
