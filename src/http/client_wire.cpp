#include "http/client_wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/timestamp.hpp"

namespace recant::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr milliseconds kTick{100};

constexpr std::size_t kChunk = 16 * 1024;

SteadyInstant now() { return std::chrono::steady_clock::now(); }

std::string day_of(UnixSeconds instant) { return to_rfc3339(instant).substr(0, 10); }

/// Why there is no TLS connection, in words that a person can do something about.
ClientFault fault_of(const crypto::TlsSession& tls, const std::string& host) {
  using enum crypto::TlsFault;
  const auto peer = tls.peer().value_or(crypto::TlsPeer{});
  const auto because = [](std::string why) {
    return ClientFault{ClientFault::Kind::insecure, std::move(why)};
  };
  switch (tls.fault()) {
    case not_tls:
      return because("what answers there does not speak TLS; is it http://?");
    case nothing_shared:
      return because("it speaks neither TLS 1.2 nor TLS 1.3 with a cipher that is safe");
    case expired:
      return because("its certificate has expired on " + day_of(peer.valid_until));
    case not_yet_valid:
      return because("its certificate counts from " + day_of(peer.valid_from) + " only");
    case wrong_name:
      return because("its certificate is for " + peer.names + " and not for " + host);
    case unknown_authority:
      return because("its certificate is signed by " + peer.signed_by +
                     ", whom nobody here trusts: if you do, name that certificate with --ca FILE");
    case own_wanted:
      return because("it asks for a certificate of the client, which commands do not have");
    case none:
    case broken:
    case unusable:
    case own_refused:
      break;
  }
  return because("TLS failed: " + tls.failure());
}

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
  close();
  const SteadyInstant deadline = now() + options_.connect_timeout;
  auto opened = connect(deadline);
  if (opened && options_.server.tls) opened = shake_hands(deadline);
  if (!opened) close();
  return opened;
}

Result<void, ClientFault> ClientWire::connect(SteadyInstant deadline) {
  using Kind = ClientFault::Kind;
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

Result<void, ClientFault> ClientWire::shake_hands(SteadyInstant deadline) {
  using Kind = ClientFault::Kind;
  using State = crypto::TlsSession::State;
  if (!options_.tls) return ClientFault{Kind::insecure, "there is nothing to speak TLS with"};
  tls_ = std::make_unique<crypto::TlsSession>(*options_.tls, options_.server.host);
  std::array<char, kChunk> chunk{};
  for (;;) {
    std::array<char, 1> early{};
    if (tls_->read(early) > 0) {
      return ClientFault{Kind::not_http, "it speaks before it is asked"};
    }
    // An alert that tells the server why goes out, too.
    const auto sent = send_output(deadline);
    if (tls_->state() == State::failed) return fault_of(*tls_, options_.server.host);
    if (tls_->state() != State::handshake) return {};
    if (!sent) return ClientFault{Kind::unreachable, sent.error().why};
    const auto got = receive_raw(chunk, deadline);
    if (!got) return ClientFault{Kind::unreachable, got.error().why};
    if (*got == 0) {
      return ClientFault{Kind::insecure, "the server closed the connection during the handshake"};
    }
    tls_->receive({chunk.data(), *got});
  }
}

void ClientWire::close() {
  error_code ignored;
  socket_.close(ignored);
  tls_.reset();
}

bool ClientWire::usable() {
  if (!socket_.is_open()) return false;
  pollfd wanted{socket_.native_handle(), POLLIN, 0};
  if (::poll(&wanted, 1, 0) == 0) return true;
  // Nothing was asked, so whatever can be read, the end included, ends it; but TLS has things of
  // its own to say.
  return tls_ != nullptr && take_what_came();
}

bool ClientWire::take_what_came() {
  std::array<char, kChunk> chunk{};
  const ssize_t size = ::recv(socket_.native_handle(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (size <= 0) return false;
  tls_->receive({chunk.data(), static_cast<std::size_t>(size)});
  std::array<char, 1> plain{};
  return tls_->read(plain) == 0 && tls_->state() == crypto::TlsSession::State::open;
}

ClientWire::Failure ClientWire::failure_of(error_code error) const {
  if (error == asio::error::timed_out) return {Fault::late, "no answer in time"};
  return {Fault::broken, error.message()};
}

Result<void, ClientWire::Failure> ClientWire::send(std::string_view bytes, SteadyInstant deadline) {
  if (!tls_) return send_raw(bytes, deadline);
  tls_->write(bytes);
  return send_output(deadline);
}

Result<void, ClientWire::Failure> ClientWire::send_output(SteadyInstant deadline) {
  while (!tls_->output().empty()) {
    const std::size_t size = tls_->output().size();
    if (auto sent = send_raw(tls_->output(), deadline); !sent) return sent;
    tls_->sent(size);
  }
  return {};
}

Result<std::size_t, ClientWire::Failure> ClientWire::receive(std::span<char> into,
                                                             SteadyInstant deadline) {
  using State = crypto::TlsSession::State;
  if (!tls_) return receive_raw(into, deadline);
  std::array<char, kChunk> chunk{};
  for (;;) {
    const std::size_t plain = tls_->read(into);
    if (plain > 0) return plain;
    if (tls_->state() == State::closed) return std::size_t{0};
    if (tls_->state() == State::failed) return Failure{Fault::broken, tls_->failure()};
    if (auto sent = send_output(deadline); !sent) return sent.error();
    const auto got = receive_raw(chunk, deadline);
    if (!got) return got.error();
    // Without the goodbye of TLS anybody in between may have cut it.
    if (*got == 0) return Failure{Fault::broken, "the connection was cut"};
    tls_->receive({chunk.data(), *got});
  }
}

Result<void, ClientWire::Failure> ClientWire::send_raw(std::string_view bytes,
                                                       SteadyInstant deadline) {
  const auto error = wait(deadline, [&](auto done) {
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                      [done](error_code why, std::size_t) { done(why); });
  });
  if (error) return failure_of(error);
  return {};
}

Result<std::size_t, ClientWire::Failure> ClientWire::receive_raw(std::span<char> into,
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
