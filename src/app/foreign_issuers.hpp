// The keys of other issuers ([[issuer]]): files that the operator put there, read once at start.
#pragma once

#include <vector>

#include "app/config.hpp"
#include "app/refusal.hpp"
#include "verify/access_token.hpp"

namespace recant::app {

/// Refused where a file is not what it must be, where it holds no key of an algorithm that the
/// table allows, and where two issuers, of which we are one, have the same key: then nobody could
/// say whose tokens are signed with it, and each could speak for the other.
OrRefusal<std::vector<verify::ForeignIssuer>> load_foreign_issuers(
    const std::vector<Config::Issuer>& tables, const jose::KeySet& own);

/// How long any token of theirs may live.
milliseconds longest_foreign_life(const std::vector<Config::Issuer>& tables);

}  // namespace recant::app
