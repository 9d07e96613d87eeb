#include <openssl/err.h>

#include <algorithm>
#include <climits>

#include "crypto/tls_impl.hpp"

namespace recant::crypto {
namespace {

/// Bytes on their way, taken from the front. What was long is not held on to when it is empty:
/// most connections wait most of the time.
class Wire {
 public:
  void append(const char* bytes, std::size_t count) { bytes_.append(bytes, count); }
  std::string_view view() const { return std::string_view(bytes_).substr(taken_); }
  bool empty() const { return taken_ == bytes_.size(); }
  void take(std::size_t count) {
    constexpr std::size_t kKept = 1024;
    taken_ += count;
    if (!empty()) return;
    taken_ = 0;
    bytes_.clear();
    if (bytes_.capacity() > kKept) bytes_.shrink_to_fit();
  }

 private:
  std::string bytes_;
  std::size_t taken_ = 0;
};

struct Wires {
  Wire in;
  Wire out;
};

Wires& wires_of(BIO* bio) { return *static_cast<Wires*>(::BIO_get_data(bio)); }

int read_wire(BIO* bio, char* room, int size) {
  Wire& in = wires_of(bio).in;
  ::BIO_clear_retry_flags(bio);
  const std::size_t count = std::min(in.view().size(), static_cast<std::size_t>(size));
  if (count == 0) {
    ::BIO_set_retry_read(bio);
    return -1;
  }
  std::copy_n(in.view().data(), count, room);
  in.take(count);
  return static_cast<int>(count);
}

int write_wire(BIO* bio, const char* bytes, int size) {
  wires_of(bio).out.append(bytes, static_cast<std::size_t>(size));
  return size;
}

long control_wire(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* wire_method() {
  static const Handle<BIO_METHOD, ::BIO_meth_free> method = [] {
    Handle<BIO_METHOD, ::BIO_meth_free> made(
        ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire"));
    require(made && ::BIO_meth_set_read(made.get(), read_wire) == 1 &&
                ::BIO_meth_set_write(made.get(), write_wire) == 1 &&
                ::BIO_meth_set_ctrl(made.get(), control_wire) == 1,
            "out of memory");
    return made;
  }();
  return method.get();
}

}  // namespace

struct TlsSession::Impl {
  TlsContext context;  // kept alive
  Wires wires;
  SslHandle ssl;
};

TlsSession::TlsSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  BIO* const bio = ::BIO_new(wire_method());
  require(impl_->ssl != nullptr && bio != nullptr, "out of memory");
  ::BIO_set_data(bio, &impl_->wires);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(impl_->ssl.get(), bio, bio);  // which owns it now
}

TlsSession::TlsSession(const TlsContext& context)
    : TlsSession(std::make_unique<Impl>(
          Impl{context, {}, SslHandle(::SSL_new(context.impl_->context.get()))})) {
  ::SSL_set_accept_state(impl_->ssl.get());
}

TlsSession::TlsSession(const TlsContext& context, const std::string& host)
    : TlsSession(std::make_unique<Impl>(
          Impl{context, {}, SslHandle(::SSL_new(context.impl_->context.get()))})) {
  expect_peer(impl_->ssl.get(), host);
}

TlsSession::~TlsSession() = default;

void TlsSession::receive(std::string_view bytes) {
  impl_->wires.in.append(bytes.data(), bytes.size());
}

std::size_t TlsSession::read(std::span<char> room) {
  if (state_ == State::closed || state_ == State::failed) return 0;
  SSL* const ssl = impl_->ssl.get();
  const int size = static_cast<int>(std::min<std::size_t>(room.size(), INT_MAX));
  ::ERR_clear_error();  // SSL_get_error looks at what this thread left there
  const int count = ::SSL_read(ssl, room.data(), size);
  if (state_ == State::handshake && ::SSL_is_init_finished(ssl) == 1) state_ = State::open;
  if (count > 0) return static_cast<std::size_t>(count);
  switch (::SSL_get_error(ssl, count)) {
    case SSL_ERROR_WANT_READ:
      break;
    case SSL_ERROR_ZERO_RETURN:
      state_ = State::closed;
      break;
    default:
      fail();
      break;
  }
  return 0;
}

bool TlsSession::holds_input() const {
  return !impl_->wires.in.empty() || ::SSL_has_pending(impl_->ssl.get()) == 1;
}

void TlsSession::write(std::string_view plain) {
  if (state_ != State::open && state_ != State::closed) return;
  while (!plain.empty()) {
    const auto part = static_cast<int>(std::min<std::size_t>(plain.size(), INT_MAX));
    ::ERR_clear_error();
    const int count = ::SSL_write(impl_->ssl.get(), plain.data(), part);
    if (count <= 0) return fail();
    plain.remove_prefix(static_cast<std::size_t>(count));
  }
}

void TlsSession::close() {
  if (state_ != State::open && state_ != State::closed) return;
  ::SSL_shutdown(impl_->ssl.get());
  ::ERR_clear_error();
}

std::optional<TlsPeer> TlsSession::peer() const { return describe_peer(impl_->ssl.get()); }

std::string_view TlsSession::output() const { return impl_->wires.out.view(); }
void TlsSession::sent(std::size_t count) { impl_->wires.out.take(count); }

void TlsSession::fail() {
  // What TLS makes of it stands last; what stands first may be why (a signature, an encoding).
  const unsigned long last = ::ERR_peek_last_error();
  const unsigned long error = ERR_GET_LIB(last) == ERR_LIB_SSL ? last : ::ERR_peek_error();
  failure_ = words_for(impl_->ssl.get(), error);
  fault_ = judge_failure(impl_->ssl.get(), error);
  ::ERR_clear_error();
  state_ = State::failed;
}

}  // namespace recant::crypto
