#include "http/connection.hpp"

#include <cxxabi.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
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

Connection::Connection(std::shared_ptr<Worker> worker, tcp::socket socket)
    : worker_(std::move(worker)),
      socket_(std::move(socket)),
      parser_(worker_->options().messages),
      deadline_(worker_->clock().steady() + worker_->options().times.header) {
  error_code ec;
  parser_.request().peer = socket_.remote_endpoint(ec).address();
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
  }
  close();
}

Task<bool> Connection::receive() {
  while (parser_.advance() == RequestParser::Step::need_bytes) {
    note_progress();
    if (phase_ == Phase::idle && worker_->draining() && !bytes_wait()) co_return false;
    if (parser_.awaits_continue()) {
      parser_.continue_sent();
      std::string_view rest = "HTTP/1.1 100 Continue\r\n\r\n";
      error_code ignored;  // a full socket buffer: the client need not wait for it, only may
      send_now(rest, ignored);
    }
    const auto room = parser_.room();
    const auto [ec, count] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kTuple);
    if (phase_ == Phase::idle) {
      // Woken by drain: perhaps a request has come at the same moment.
      if (ec == asio::error::operation_aborted && worker_->draining() && !timed_out_) continue;
      timed_out_ = false;
    } else if (timed_out_) {
      refuse_slowness();
      break;
    }
    if (ec) co_return false;
    parser_.received(count);
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
    response = co_await ask_handler();
    if (abandoned_) co_return;
  }
  keep_open_ = keep_open_ && request.keep_alive && !worker_->draining();
  frame(response);

  std::string_view rest = out_;
  error_code ec;
  bool sent = send_now(rest, ec);
  if (!sent && !ec) sent = co_await send_rest(rest);
  const auto ended = worker_->clock().steady();
  enter(Phase::idle, ended);
  if (!sent) close();
  worker_->observer().answered({request, response.status(), ended - started});
}

Task<Response> Connection::ask_handler() {
  std::string what;
  try {
    co_return co_await worker_->handler().handle(parser_.request());
  } catch (...) {
    what = describe_current_exception();
  }
  worker_->observer().handler_threw(parser_.request(), what);
  const Problem problem{Code::unavailable, "The request could not be handled. Try again."};
  co_return worker_->handler().refuse(parser_.request(), problem);
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
  bool sent = send_now(rest, ec);
  if (!sent && !ec) sent = co_await send_rest(rest);
  worker_->observer().answered({request, response.status(), worker_->options().times.handler});
  if (sent) co_await linger();
  close();
}

/// True when all of it was taken at once, which is the rule; else `rest` is what was not.
bool Connection::send_now(std::string_view& rest, error_code& ec) {
  rest.remove_prefix(socket_.write_some(asio::buffer(rest.data(), rest.size()), ec));
  if (ec == asio::error::would_block) ec.clear();
  return !ec && rest.empty();
}

Task<bool> Connection::send_rest(std::string_view rest) {
  enter(Phase::writing, worker_->clock().steady());
  const auto [ec, count] =
      co_await asio::async_write(socket_, asio::buffer(rest.data(), rest.size()), kTuple);
  static_cast<void>(count);
  co_return !ec;
}

/// RFC 9112 §9.6: closing while the client still sends would reset the connection, and the reset
/// can destroy the answer before it is read.
Task<void> Connection::linger() {
  error_code ec;
  socket_.shutdown(tcp::socket::shutdown_send, ec);
  const bool refused = parser_.advance() == RequestParser::Step::refused;
  if (ec || (!refused && !abandoned_ && !bytes_wait())) co_return;
  enter(Phase::lingering, worker_->clock().steady());
  std::array<char, 2048> sink{};
  for (std::size_t total = 0; total < kLingerBytes;) {
    const auto [error, count] = co_await socket_.async_read_some(asio::buffer(sink), kTuple);
    if (error) co_return;
    total += count;
  }
}

void Connection::enter(Phase phase, SteadyInstant now) {
  const auto& times = worker_->options().times;
  phase_ = phase;
  switch (phase) {
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
  const auto phase = parser_.in_body()   ? Phase::body
                     : parser_.at_rest() ? Phase::idle
                                         : Phase::head;
  if (phase != phase_) enter(phase, worker_->clock().steady());
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

bool Connection::bytes_wait() {
  error_code ec;
  return socket_.available(ec) > 0;
}

void Connection::tick(SteadyInstant now) {
  if (now < deadline_) return;
  error_code ec;
  switch (phase_) {
    case Phase::head:
    case Phase::body:
      timed_out_ = true;
      socket_.cancel(ec);
      break;
    case Phase::handling:
      abandon_handler(now);
      break;
    case Phase::idle:
    case Phase::writing:
    case Phase::lingering:
    case Phase::closed:
      close();
      break;
  }
}

void Connection::drain() {
  error_code ec;
  if (phase_ == Phase::idle) socket_.cancel(ec);
}

void Connection::abort() {
  close();
  cancel_.emit(asio::cancellation_type::terminal);
}

void Connection::close() {
  error_code ec;
  socket_.close(ec);
  enter(Phase::closed, {});
  keep_open_ = false;
}

}  // namespace recant::http
