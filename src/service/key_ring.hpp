// The keys as they are at one moment: what a thread needs to issue tokens, to check them, and to
// publish and list the keys. Immutable: when keys change another ring is made and handed to each
// thread, so no request takes a lock for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jose/key_set.hpp"
#include "service/key_vault.hpp"

namespace recant::service {

/// A signing key in a file of the operator's own.
struct OwnKey {
  NamedSigningKey named;
  std::string file;
};

jose::KeySet own_key_set(const std::vector<OwnKey>& own);

/// What there is to tell about a key; never the key.
struct KeyView {
  KeyKind kind;
  std::string id;
  std::optional<crypto::Algorithm> algorithm;  // of an access key
  KeyState state;
  // Nothing where it is not known (yet).
  std::optional<UnixMillis> created_at;
  std::optional<UnixMillis> signs_from;
  std::optional<UnixMillis> signs_until;
  std::optional<UnixMillis> removed_at;
  std::string file;  // of an own key
};

struct KeyReport {
  std::vector<KeyView> keys;
  std::optional<UnixMillis> next_rotation_at;  // by the schedule
};

struct KeyRing {
  NamedSigningKey signing;
  jose::KeySet verification;  // every key whose tokens are good, `signing` among them
  RefreshTokens refresh;
  std::string jwks;  // RFC 7517 §5: the public ones of `verification`
  KeyReport report;
};

using SharedKeyRing = std::shared_ptr<const KeyRing>;

/// Every key of the book is in `material`, and one of each kind signs, but for access tokens where
/// the operator has keys of their own: then the first of those signs, and all verify.
KeyRing make_key_ring(const KeyBook& book, const KeyMaterial& material,
                      const std::vector<OwnKey>& own, milliseconds rotate_every);

/// Issues with the keys of `now`, and knows those of `next` too.
KeyRing knowing_both(const KeyRing& now, const KeyRing& next);
/// Has every thread that uses `ring` the keys that `next` makes tokens with?
bool knows_signers_of(const KeyRing& ring, const KeyRing& next);

}  // namespace recant::service
