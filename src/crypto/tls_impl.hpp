// Private to crypto/: what a TlsContext holds.
#pragma once

#include <openssl/ssl.h>

#include "crypto/openssl_handles.hpp"
#include "crypto/tls.hpp"

namespace recant::crypto {

using SslContextHandle = Handle<SSL_CTX, ::SSL_CTX_free>;
using SslHandle = Handle<SSL, ::SSL_free>;

/// Makes it the client's end of a connection to `host`.
void expect_peer(SSL* session, const std::string& host);
/// What `error`, the first of the thread's, says of a session that failed.
TlsFault judge_failure(SSL* session, unsigned long error);
/// OpenSSL's words for it.
std::string words_for(SSL* session, unsigned long error);
std::optional<TlsPeer> describe_peer(const SSL* session);
UnixSeconds instant(const ASN1_TIME* time);

struct TlsContext::Impl {
  SslContextHandle context;
  UnixSeconds valid_from{};
  UnixSeconds valid_until{};
};

}  // namespace recant::crypto
