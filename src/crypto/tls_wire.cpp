#include "crypto/tls_wire.hpp"

#include <array>
#include <utility>

namespace recant::crypto {

TlsWire::TlsWire(const TlsContext& context, const std::string& host)
    : tls_(std::make_unique<TlsSession>(context, host)) {
  read();
}

const TlsSession* TlsWire::ended() const {
  const bool over = tls_ && (tls_->state() == TlsSession::State::failed ||
                             tls_->state() == TlsSession::State::closed);
  return over ? tls_.get() : nullptr;
}

void TlsWire::send(std::string text) {
  if (tls_) {
    tls_->write(text);
  } else if (output_.empty()) {
    output_ = std::move(text);
  } else {
    output_ += text;
  }
}

std::string_view TlsWire::receive(std::string_view bytes) {
  if (!tls_) return bytes;
  tls_->receive(bytes);
  read();
  return text_;
}

void TlsWire::read() {
  std::array<char, 16 * 1024> room;
  text_.clear();
  while (const std::size_t count = tls_->read(room)) text_.append(room.data(), count);
}

std::string TlsWire::take_output() {
  if (!tls_) return std::exchange(output_, {});
  std::string output(tls_->output());
  tls_->sent(output.size());
  return output;
}

}  // namespace recant::crypto
