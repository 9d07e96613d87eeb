// A key as text, for a file or a sealed set: signing keys as PKCS#8 PEM (HMAC secrets as
// base64url), refresh secrets as base64url. Pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "service/key_vault.hpp"

namespace recant::app {

/// Of the key that `entry` names. Throws std::logic_error when it is not in `material`.
SecretString key_text(const service::KeyEntry& entry, const service::KeyMaterial& material);

/// Adds the key that `entry` names to `material`. On failure what is wrong with the text, as a
/// clause.
Result<void, std::string> read_key_text(const service::KeyEntry& entry, const SecretString& text,
                                        service::KeyMaterial& material);

}  // namespace recant::app
