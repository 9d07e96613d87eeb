// Keys for machines that administer: named, many, stored as SHA-256 only (they are 256 random bits,
// so a slow hash would add nothing).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recant::service {

/// What a key may do; a set of these is stored as their sum.
enum class AdminScope : std::uint8_t { users = 1, sessions = 2, revoke = 4, keys = 8 };

struct AdminKey {
  std::string name;
  std::string sha256;  // base64url
  std::uint8_t scopes = 0;
  bool allows(AdminScope scope) const { return (scopes & static_cast<std::uint8_t>(scope)) != 0; }
};

/// Immutable once made; thread-safe.
class AdminKeys {
 public:
  explicit AdminKeys(std::vector<AdminKey> keys) : keys_(std::move(keys)) {}
  /// Nothing when no key is that one.
  const AdminKey* find(std::string_view presented) const;

 private:
  std::vector<AdminKey> keys_;
};

}  // namespace recant::service
