// Private to crypto/: what a TlsContext holds.
#pragma once

#include <openssl/ssl.h>

#include "crypto/openssl_handles.hpp"
#include "crypto/tls.hpp"

namespace recant::crypto {

using SslContextHandle = Handle<SSL_CTX, ::SSL_CTX_free>;
using SslHandle = Handle<SSL, ::SSL_free>;

struct TlsContext::Impl {
  SslContextHandle context;
  UnixSeconds valid_from{};
  UnixSeconds valid_until{};
};

}  // namespace recant::crypto
