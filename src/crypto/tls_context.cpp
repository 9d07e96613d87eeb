#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

#include "crypto/tls_impl.hpp"

namespace recant::crypto {
namespace {

using X509Handle = Handle<X509, ::X509_free>;

/// RFC 9325 §4.2, of TLS 1.2; those of TLS 1.3 are all good.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
/// 112 bits of security: what OpenSSL calls level 2.
constexpr int kSecurityLevel = 2;

/// RFC 7301: a client that names protocols must name ours, or else it would speak another to us.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = ::SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof(kHttp11) - 1,
                                            offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// What both ends have in common.
SslContextHandle make_context(const SSL_METHOD* method) {
  SslContextHandle context(::SSL_CTX_new(method));
  require(context != nullptr, "TLS cannot be set up");
  SSL_CTX* const raw = context.get();
  ::SSL_CTX_set_security_level(raw, kSecurityLevel);
  ::SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  // A connection that waits holds no buffers.
  ::SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  require(::SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
              ::SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) == 1 &&
              ::SSL_CTX_set_cipher_list(raw, kCiphers) == 1 &&
              ::SSL_CTX_set1_groups_list(raw, kGroups) == 1,
          "TLS cannot be set up");
  return context;
}

SslContextHandle make_server_context() {
  SslContextHandle context = make_context(::TLS_server_method());
  SSL_CTX* const raw = context.get();
  ::SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_alpn_select_cb(raw, select_protocol, nullptr);
  require(::SSL_CTX_set_num_tickets(raw, 0) == 1, "TLS cannot be set up");
  return context;
}

/// Asks nobody for a passphrase: OpenSSL's default would prompt on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

BioHandle bio_over(std::string_view text) {
  BioHandle bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr, "out of memory");
  return bio;
}

X509Handle next_certificate(const BioHandle& bio) {
  return X509Handle(::PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
}

/// Did the last reading end because there was nothing more?
bool was_the_end() { return ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE; }

bool is_weakness(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  return reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL ||
         reason == SSL_R_CA_MD_TOO_WEAK;
}

TlsContextError certificate_error() {
  return is_weakness(::ERR_peek_last_error()) ? TlsContextError::weak_certificate
                                              : TlsContextError::malformed_certificate;
}

/// The others follow the server's own, up to the root's.
std::optional<TlsContextError> add_chain(SSL_CTX* context, const BioHandle& bio) {
  while (const X509Handle further = next_certificate(bio)) {
    if (::SSL_CTX_add1_chain_cert(context, further.get()) != 1) return certificate_error();
  }
  if (!was_the_end()) return TlsContextError::malformed_certificate;
  return std::nullopt;
}

Result<PkeyHandle, TlsContextError> read_key(const SecretString& pem) {
  const BioHandle bio = bio_over(pem.reveal());
  PkeyHandle key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key) return key;
  // PKCS#8 says it in its name, the older forms in a field of theirs.
  const bool encrypted = pem.reveal().find("ENCRYPTED") != std::string_view::npos;
  return encrypted ? TlsContextError::encrypted_key : TlsContextError::malformed_key;
}

/// What a context shows of itself: the leaf's times.
struct OwnCertificate {
  UnixSeconds valid_from{};
  UnixSeconds valid_until{};
};

Result<OwnCertificate, TlsContextError> use_own(SSL_CTX* context, std::string_view certificates,
                                                const SecretString& key) {
  const BioHandle bio = bio_over(certificates);
  const X509Handle own = next_certificate(bio);
  if (!own) return TlsContextError::malformed_certificate;
  if (::SSL_CTX_use_certificate(context, own.get()) != 1) return certificate_error();
  if (const auto wrong = add_chain(context, bio)) return *wrong;

  auto private_key = read_key(key);
  if (!private_key) return private_key.error();
  if (::X509_check_private_key(own.get(), private_key->get()) != 1 ||
      ::SSL_CTX_use_PrivateKey(context, private_key->get()) != 1) {
    return TlsContextError::mismatch;
  }
  return OwnCertificate{instant(::X509_get0_notBefore(own.get())),
                        instant(::X509_get0_notAfter(own.get()))};
}

bool believe(SSL_CTX* context, std::string_view authorities) {
  const BioHandle bio = bio_over(authorities);
  X509_STORE* const store = ::SSL_CTX_get_cert_store(context);
  // Who was named is believed, be it a root or not.
  ::X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  int count = 0;
  while (const X509Handle authority = next_certificate(bio)) {
    if (::X509_STORE_add_cert(store, authority.get()) != 1) return false;
    ++count;
  }
  return count > 0 && was_the_end();
}

/// Nothing of what failed here is left for whoever looks into this thread's errors next.
struct ErrorsCleared {
  ErrorsCleared() { ::ERR_clear_error(); }
  ~ErrorsCleared() { ::ERR_clear_error(); }
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
};

}  // namespace

std::string_view to_string(TlsContextError error) {
  switch (error) {
    case TlsContextError::malformed_authorities:
    case TlsContextError::malformed_certificate:
      return "it holds no PEM certificate (-----BEGIN CERTIFICATE-----) that can be read";
    case TlsContextError::weak_certificate:
      return "a certificate in it is too weak: RSA keys have 2048 bits at least, and signatures "
             "are made with SHA-256 or better";
    case TlsContextError::malformed_key:
      return "it holds no PEM private key (-----BEGIN PRIVATE KEY-----) that can be read";
    case TlsContextError::encrypted_key:
      return "the key in it asks for a passphrase; write it without one (openssl pkey)";
    case TlsContextError::mismatch:
      return "the private key is not that of the certificate; our own certificate stands first in "
             "its file, before those of the authorities above it";
  }
  return "it cannot be used";
}

Result<TlsContext, TlsContextError> TlsContext::for_server(std::string_view certificates,
                                                           const SecretString& key) {
  const ErrorsCleared cleared;
  SslContextHandle context = make_server_context();
  const auto own = use_own(context.get(), certificates, key);
  if (!own) return own.error();
  return TlsContext(
      std::make_shared<const Impl>(Impl{std::move(context), own->valid_from, own->valid_until}));
}

Result<TlsContext, TlsContextError> TlsContext::for_client(std::string_view authorities,
                                                           std::string_view certificates,
                                                           const SecretString& key) {
  const ErrorsCleared cleared;
  SslContextHandle context = make_context(::TLS_client_method());
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (authorities.empty()) {
    require(::SSL_CTX_set_default_verify_paths(context.get()) == 1, "TLS cannot be set up");
  } else if (!believe(context.get(), authorities)) {
    return TlsContextError::malformed_authorities;
  }
  Impl impl{std::move(context)};
  if (!certificates.empty() || !key.empty()) {
    const auto own = use_own(impl.context.get(), certificates, key);
    if (!own) return own.error();
    impl.valid_from = own->valid_from;
    impl.valid_until = own->valid_until;
  }
  return TlsContext(std::make_shared<const Impl>(std::move(impl)));
}

UnixSeconds TlsContext::valid_from() const { return impl_->valid_from; }
UnixSeconds TlsContext::valid_until() const { return impl_->valid_until; }

}  // namespace recant::crypto
