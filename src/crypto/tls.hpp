// TLS without I/O: what came from the peer goes in, what must go to the peer comes out, and plain
// text is in between (RFC 8446; RFC 5246 with RFC 9325's choices).
//
//   TlsSession tls(context);         // a server's; a client's names its peer: tls(context, host)
//   tls.receive(bytes);              // as they came
//   n = tls.read(room);              // plain text; 0: needs more bytes, or state() says why not
//   tls.write("HTTP/1.1 200 …");
//   send(tls.output()), tls.sent(n)  // after each of them: the handshake speaks, too
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace recant::crypto {

/// Why a certificate and a key do not make a server, or a client.
enum class TlsContextError {
  malformed_authorities,  ///< no PEM certificate in what is to be believed, or one that cannot be
                          ///< read
  malformed_certificate,  ///< no PEM certificate in it, or one that cannot be read
  weak_certificate,       ///< RSA below 2048 bits, a curve below 224, or signed with SHA-1 or MD5
  malformed_key,          ///< no PEM private key in it
  encrypted_key,          ///< a PEM that asks for a passphrase
  mismatch,               ///< the key is not that of the first certificate
};
std::string_view to_string(TlsContextError error);

/// What connections are secured with: TLS 1.2 and 1.3, ciphers that are forward secret and
/// authenticated, no compression, no renegotiation, and no session tickets: a stolen ticket key
/// would open what was recorded under it.
///
/// An immutable handle: cheap to copy, and usable from any number of threads at once.
class TlsContext {
 public:
  /// The certificate chain as PEM, the server's own first; its key as PEM without a passphrase.
  static Result<TlsContext, TlsContextError> for_server(std::string_view certificates,
                                                        const SecretString& key);

  /// Believes those whom `authorities` (PEM) have signed, or with none given those whom the
  /// system's authorities have; shows `certificates`, if there are any, to a server that asks.
  static Result<TlsContext, TlsContextError> for_client(std::string_view authorities,
                                                        std::string_view certificates = {},
                                                        const SecretString& key = {});

  /// Our own certificate counts from one to the other; without one both are 0.
  UnixSeconds valid_from() const;
  UnixSeconds valid_until() const;

 private:
  friend class TlsSession;
  struct Impl;
  explicit TlsContext(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// What was wrong, where there is something that one end could do about it.
enum class TlsFault {
  none,
  broken,             ///< anything else: nonsense in the middle, an alert that says little
  not_tls,            ///< what answers speaks another protocol
  nothing_shared,     ///< no version, or no cipher, that both ends take
  expired,            ///< the peer's certificate, or that of an authority above it
  not_yet_valid,      ///< likewise
  wrong_name,         ///< the peer's certificate names others
  unknown_authority,  ///< nobody whom we believe has signed the peer's certificate
  unusable,           ///< the peer's certificate is wrong in another way: failure() says how
  own_wanted,         ///< the peer asks for a certificate, and we have none
  own_refused,        ///< the peer does not take our certificate: failure() says how
};

/// What the peer's certificate says of itself, in the peer's own bytes.
struct TlsPeer {
  std::string names;      ///< DNS names and addresses, with commas between
  std::string signed_by;  ///< whom its chain ends at: who is not known here, if that is at fault
  // From when to when all of its chain counts.
  UnixSeconds valid_from{};
  UnixSeconds valid_until{};
};

/// One connection's. Used by one thread at a time.
class TlsSession {
 public:
  enum class State {
    handshake,
    open,
    closed,  ///< the peer has said that nothing more comes
    failed,  ///< failure() says why; what output() holds is the alert that tells the peer
  };

  /// The server's end.
  explicit TlsSession(const TlsContext& context);
  /// The client's end: it must be `host`, a name or a literal address, that answers (RFC 9525; the
  /// subject's CN counts for nothing). Not empty. The first read() makes it speak.
  TlsSession(const TlsContext& context, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Does every TLS client's first byte look like this one (RFC 8446 §5.1: a handshake record)?
  static bool is_first_byte(char byte) { return byte == 0x16; }

  /// Keeps the bytes until read() takes them.
  void receive(std::string_view bytes);
  /// Goes on with the handshake, then decrypts into `room`; how much. Call it until it gives 0.
  std::size_t read(std::span<char> room);
  /// Are there bytes that read() has not taken for want of room?
  bool holds_input() const;
  /// After the handshake; nothing before it or after a failure.
  void write(std::string_view plain);
  /// Tells the peer that nothing more comes; nothing before the handshake is done.
  void close();

  /// What must go to the peer; stays as it is until sent() or the next of the calls above.
  std::string_view output() const;
  void sent(std::size_t count);

  State state() const { return state_; }
  /// "no shared cipher", "tlsv1 alert unknown ca".
  const std::string& failure() const { return failure_; }
  TlsFault fault() const { return fault_; }
  /// Once the peer's certificate has been judged, for better or worse.
  std::optional<TlsPeer> peer() const;

 private:
  struct Impl;
  explicit TlsSession(std::unique_ptr<Impl> impl);
  void fail();

  const std::unique_ptr<Impl> impl_;
  State state_ = State::handshake;
  std::string failure_;
  TlsFault fault_ = TlsFault::none;
};

}  // namespace recant::crypto
