// Private to crypto/: RSA moduli of one faulty key generator (ROCA, CVE-2017-15361), whose
// factors can be found.
#pragma once

#include <openssl/bn.h>

namespace recant::crypto {

/// The fingerprint of Nemec et al., "The Return of Coppersmith's Attack" (2017) §3.1: modulo every
/// small prime the modulus is a power of 65537. By chance that is so for one in 2^27.
bool has_roca_fingerprint(const BIGNUM* modulus);

}  // namespace recant::crypto
