#include "http/client_wire.hpp"

#include <poll.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace recant::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr milliseconds kTick{100};

SteadyInstant now() { return std::chrono::steady_clock::now(); }

}  // namespace

ClientWire::ClientWire(Options options) : options_(std::move(options)) {}

template <class Start>
error_code ClientWire::wait(SteadyInstant deadline, Start start) {
  std::optional<error_code> outcome;
  start([&](error_code error) { outcome = error; });
  io_.restart();
  while (!outcome) {
    io_.run_one_until(std::min(deadline, now() + kTick));
    if (outcome) break;
    if (options_.on_wait) options_.on_wait();
    if (now() < deadline) continue;
    // The handler still refers to what stands here, so it is waited for.
    error_code ignored;
    socket_.close(ignored);
    io_.restart();
    while (!outcome && io_.run_one() > 0) {
    }
    return asio::error::timed_out;
  }
  return *outcome;
}

Result<void, ClientFault> ClientWire::open() {
  using Kind = ClientFault::Kind;
  close();
  if (options_.server.tls) {
    return ClientFault{Kind::unreachable, "this version does not speak https"};
  }
  const SteadyInstant deadline = now() + options_.connect_timeout;
  Tcp::resolver resolver(io_);
  Tcp::resolver::results_type found;
  const std::string port = std::to_string(options_.server.port);
  error_code error = wait(deadline, [&](auto done) {
    resolver.async_resolve(options_.server.host, port,
                           [&found, done](error_code why, Tcp::resolver::results_type results) {
                             found = std::move(results);
                             done(why);
                           });
  });
  if (error) {
    return ClientFault{Kind::unreachable, "the name does not resolve: " + error.message()};
  }
  std::size_t left = found.size();
  for (const auto& entry : found) {
    // One address that swallows everything must not cost the others their turn.
    const SteadyInstant turn = now() + (deadline - now()) / std::max<std::size_t>(left--, 1);
    error = wait(turn, [&](auto done) { socket_.async_connect(entry.endpoint(), done); });
    if (!error) break;
    close();
  }
  if (error) return ClientFault{Kind::unreachable, error.message()};
  socket_.set_option(Tcp::no_delay(true), error);
  return {};
}

void ClientWire::close() {
  error_code ignored;
  socket_.close(ignored);
}

bool ClientWire::usable() {
  if (!socket_.is_open()) return false;
  // Nothing was asked, so whatever can be read, the end included, ends it.
  pollfd wanted{socket_.native_handle(), POLLIN, 0};
  return ::poll(&wanted, 1, 0) == 0;
}

ClientWire::Failure ClientWire::failure_of(error_code error) const {
  if (error == asio::error::timed_out) return {Fault::late, "no answer in time"};
  return {Fault::broken,
          error == asio::error::eof ? "the server closed the connection" : error.message()};
}

Result<void, ClientWire::Failure> ClientWire::send(std::string_view bytes, SteadyInstant deadline) {
  const auto error = wait(deadline, [&](auto done) {
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                      [done](error_code why, std::size_t) { done(why); });
  });
  if (error) return failure_of(error);
  return {};
}

Result<std::size_t, ClientWire::Failure> ClientWire::receive(std::span<char> into,
                                                             SteadyInstant deadline) {
  std::size_t got = 0;
  const auto error = wait(deadline, [&](auto done) {
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            [done, &got](error_code why, std::size_t size) {
                              got = size;
                              done(why);
                            });
  });
  if (error == asio::error::eof) return std::size_t{0};
  if (error) return failure_of(error);
  return got;
}

}  // namespace recant::http
