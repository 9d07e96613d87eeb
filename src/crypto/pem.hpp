// Private to crypto/: private keys as unencrypted PKCS#8 PEM (RFC 7468 §10), read and written
// without a copy that is not wiped.
#pragma once

#include "crypto/key.hpp"
#include "crypto/openssl_handles.hpp"

namespace recant::crypto {

/// The one key in `pem`, checked to be consistent in itself.
Result<PkeyHandle, KeyError> read_private_pem(const SecretString& pem);
SecretString write_private_pem(const EVP_PKEY* key);

}  // namespace recant::crypto
