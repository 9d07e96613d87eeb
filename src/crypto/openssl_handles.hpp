// Private to crypto/: owners for OpenSSL's objects, and its digests fetched once.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "crypto/algorithm.hpp"

namespace recant::crypto {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

using BioHandle = Handle<BIO, ::BIO_free_all>;
using BignumHandle = Handle<BIGNUM, ::BN_clear_free>;
using EcdsaSigHandle = Handle<ECDSA_SIG, ::ECDSA_SIG_free>;
using MacHandle = Handle<EVP_MAC, ::EVP_MAC_free>;
using MacContextHandle = Handle<EVP_MAC_CTX, ::EVP_MAC_CTX_free>;
using DigestHandle = Handle<EVP_MD, ::EVP_MD_free>;
using PkeyHandle = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using PkeyContextHandle = Handle<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>;

/// What fails only when memory or OpenSSL itself is broken.
inline void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

/// Fetched on the first use: a fetch takes locks that all threads share.
const EVP_MD* digest(Hash hash);
const char* digest_name(Hash hash);

/// A message's digest, on the stack.
struct Digest {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> data;
  unsigned size = 0;
};
Digest digest_of(Hash hash, std::span<const std::uint8_t> message);

/// HMAC with its key set; dup() it for each message. Both are thread-safe.
MacContextHandle keyed_mac(Hash hash, std::span<const std::uint8_t> key);
Digest mac_of(const EVP_MAC_CTX* keyed, std::span<const std::uint8_t> message);

}  // namespace recant::crypto
