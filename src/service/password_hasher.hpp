// The port to the slow hash. It has threads of its own with a bounded queue; thread-safe.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"

namespace recant::service {

enum class HashError {
  busy,  // the queue is full: 503, try again
};

struct PasswordCheck {
  bool matches;
  bool outdated;  // made with weaker parameters than today's; hash again on occasion
};

class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  /// A PHC string.
  virtual Task<Result<std::string, HashError>> hash(SecretString password) = 0;
  /// Takes as long for an empty `hash` (an unknown name) as for a real one, and says no. A wrong
  /// password of an outdated one takes longer, by what the old hash costs.
  virtual Task<Result<PasswordCheck, HashError>> check(std::string hash, SecretString password) = 0;
};

}  // namespace recant::service
