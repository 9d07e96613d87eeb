// The keys as they are at one moment: what a thread needs to issue tokens, to check them and to
// publish the keys. Immutable: when keys change another ring is made and handed to each thread, so
// no request takes a lock for it.
#pragma once

#include <memory>
#include <string>

#include "jose/key_set.hpp"
#include "service/refresh_tokens.hpp"
#include "service/tokens.hpp"

namespace recant::service {

struct KeyRing {
  NamedSigningKey signing;
  jose::KeySet verification;  // every key whose tokens are good, `signing` among them
  RefreshTokens refresh;
  std::string jwks;  // RFC 7517 §5: the public ones of `verification`
};

using SharedKeyRing = std::shared_ptr<const KeyRing>;

}  // namespace recant::service
