// A book of keys and the keys themselves as one text, and back. Pure.
//
//   keys.json 1234        the name of a part and how many bytes follow the newline
//   {"v":1,…}
//   <kid> 241
//   -----BEGIN PRIVATE KEY-----…
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "service/key_vault.hpp"

namespace recant::app {

/// Keys that the book names as retired are left out.
SecretString to_key_set_text(const service::KeyBook& book, const service::KeyMaterial& material);
/// Each key of the book is there, but for retired ones. On failure what is wrong, as a clause.
Result<service::KeyVault::Content, std::string> parse_key_set_text(std::string_view text);

}  // namespace recant::app
