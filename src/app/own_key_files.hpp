// keys.files: signing keys of the operator's own, an unencrypted PKCS#8 PEM a file; for HS256,
// HS384 and HS512 the bytes of the file are the secret, a final newline apart.
//
// Each is read and checked here, and none is ever written.
#pragma once

#include <string>
#include <vector>

#include "app/refusal.hpp"
#include "crypto/algorithm.hpp"
#include "service/key_ring.hpp"

namespace recant::app {

/// In the order of `files`. The first must fit `algorithm`; of the others the kind of key tells the
/// algorithm, and an RSA key or a secret is for `algorithm` too. A refusal names the file, what is
/// wrong with it and what to do.
OrRefusal<std::vector<service::OwnKey>> read_own_keys(const std::vector<std::string>& files,
                                                      crypto::Algorithm algorithm);

}  // namespace recant::app
