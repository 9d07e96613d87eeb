// The keys, for administrators: which there are, and their rotation by command. One a thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "service/caller.hpp"
#include "service/failure.hpp"
#include "service/key_ring.hpp"

namespace recant::service {

struct RotateOrder {
  /// Keys of access tokens, secrets of refresh tokens, or both.
  std::vector<KeyKind> kinds{KeyKind::access, KeyKind::refresh};
  /// After how long the new keys sign; kPublishAhead if not said.
  std::optional<seconds> signs_in{};
  /// Instead: a key that must not be believed any more, or "all". Another takes its place at once
  /// if it signs.
  std::string retire{};
};

struct KeyRotation {
  KeyReport report;                  // as it stands now
  std::vector<std::string> made;     // ids of keys that are new
  std::vector<std::string> retired;  // of keys whose tokens are refused from now on
};

/// The port to who keeps the keys. Thread-safe.
class KeyDesk {
 public:
  virtual ~KeyDesk() = default;
  /// Answered when every thread works with the new keys. not_found (no such key to retire),
  /// invalid_request (keys of the operator's own), throttled, unavailable.
  virtual Task<Outcome<KeyRotation>> rotate(RotateOrder order, Caller caller) = 0;
};

class Keys {
 public:
  Keys(KeyDesk& desk, SharedKeyRing ring) : desk_(desk), ring_(std::move(ring)) {}

  void use_keys(SharedKeyRing ring) { ring_ = std::move(ring); }
  /// The public keys as a JWK set.
  const std::string& jwks() const { return ring_->jwks; }
  const KeyReport& list() const { return ring_->report; }
  Task<Outcome<KeyRotation>> rotate(RotateOrder order, Caller caller) {
    co_return co_await desk_.rotate(std::move(order), std::move(caller));
  }

 private:
  KeyDesk& desk_;
  SharedKeyRing ring_;
};

}  // namespace recant::service
