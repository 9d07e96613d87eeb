// The key set that servers on one database share: one text, sealed by whoever writes it, and a
// number that each change raises. What is in the text is none of this room's business.
//
// Every call blocks; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "database/database.hpp"

namespace recant::database {

struct SealedKeySet {
  std::int64_t version = 0;  // 1 for the first
  std::string sealed;
};

class SqlKeySet {
 public:
  /// The database could not be asked or did not commit: a sentence.
  using Refused = std::string;

  static constexpr std::size_t kConnections = 1;
  /// `database` has so many for it, beside those of others.
  explicit SqlKeySet(Database& database) : database_(database) {}

  /// Nothing where none was ever written.
  Result<std::optional<SealedKeySet>, Refused> load();
  /// Of what stands there; 0 for nothing.
  Result<std::int64_t, Refused> version();
  /// Puts `next` in the place of version `next.version - 1`. False, and nothing is changed, when
  /// that is not what stands there. A refusal leaves open whether it was done.
  Result<bool, Refused> replace(const SealedKeySet& next);

 private:
  Database& database_;
};

}  // namespace recant::database
