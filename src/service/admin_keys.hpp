// Keys for machines that administer: named, many, stored as SHA-256 only (they are 256 random bits,
// so a slow hash would add nothing).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace recant::service {

/// What a key may do; a set of these is stored as their sum.
enum class AdminScope : std::uint8_t {
  users = 1,
  sessions = 2,
  revoke = 4,
  keys = 8,
  introspect = 16,  // asks what a token is worth (RFC 7662)
};
constexpr std::uint8_t kAllAdminScopes = 31;

/// "users revoke"; the words in the order of the contract.
std::string admin_scope_text(std::uint8_t scopes);
/// Words with single spaces between, each once, at least one; nothing for anything else.
std::optional<std::uint8_t> parse_admin_scope(std::string_view words);

/// 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit: a name stands in log lines, in
/// paths and on command lines, and means one thing in each.
bool is_admin_key_name(std::string_view name);

struct AdminKey {
  std::string name;
  std::string sha256;  // base64url
  std::uint8_t scopes = 0;
  UnixMillis created_at{};
  std::optional<UnixMillis> last_used_at{};  // kept to the hour, see AdminAccess

  bool allows(AdminScope scope) const { return (scopes & static_cast<std::uint8_t>(scope)) != 0; }
  bool operator==(const AdminKey&) const = default;
};
using AdminKeyList = std::vector<AdminKey>;

/// The keys that count, for all threads. Thread-safe.
class AdminKeys {
 public:
  explicit AdminKeys(AdminKeyList keys);

  /// When it returns no thread finds a key that is not among `keys` any more.
  void replace(AdminKeyList keys);

  /// One thread's view of them, on that thread only. It looks at one number that all threads share
  /// and takes the lock only when that says that there are other keys than before.
  class View {
   public:
    explicit View(const AdminKeys& keys) : keys_(keys) {}
    /// By name; good until the next call.
    const AdminKeyList& current();

   private:
    const AdminKeys& keys_;
    std::uint64_t seen_ = 0;
    std::shared_ptr<const AdminKeyList> list_;
  };

 private:
  std::atomic<std::uint64_t> version_{1};  // raised after list_ has changed
  mutable std::mutex mutex_;
  std::shared_ptr<const AdminKeyList> list_;  // guarded by mutex_
};

}  // namespace recant::service
