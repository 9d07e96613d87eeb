// Seals a text so that only who holds the same secret reads it, and nobody changes it unnoticed:
// XChaCha20-Poly1305, with what it belongs to bound in.
//
// Immutable, so thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace recant::crypto {

class Sealer {
 public:
  /// `secret`: at least kLeastSecret bytes that were drawn.
  explicit Sealer(Bytes secret);
  ~Sealer();
  Sealer(const Sealer&) = default;
  Sealer& operator=(const Sealer&) = default;

  static constexpr std::size_t kLeastSecret = 32;
  /// Is it long enough, and no row of the same few bytes?
  static bool is_good(Bytes secret);

  /// Which secret it is, and nothing about it: 8 characters of base64url.
  const std::string& id() const { return id_; }

  /// base64url. `bound` is not in it, and must be the same for open().
  std::string seal(std::string_view text, std::string_view bound, RandomSource& random) const;
  /// Nothing for what was not sealed with this secret and this `bound`, or was changed since.
  std::optional<SecretString> open(std::string_view sealed, std::string_view bound) const;

 private:
  Sha256Digest key_;  // wiped at the end
  std::string id_;
};

}  // namespace recant::crypto
