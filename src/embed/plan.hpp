// What the options come to, once they have been found good. Pure.
#pragma once

#include <memory>
#include <recant/verifier.hpp>
#include <string>

#include "base/result.hpp"
#include "embed/key_keeper.hpp"
#include "redis/connection_fsm.hpp"
#include "redis/keys.hpp"
#include "redis/url.hpp"

namespace recant::embed {

struct Plan {
  std::shared_ptr<const redis::Target> redis;
  redis::ConnectionOptions connection;
  redis::Keys keys;
  KeyKeeperOptions issuers;
  milliseconds max_staleness{};  ///< 0: the policy's
  std::size_t cache_entries = 0;
};

/// On failure one sentence that names the option, what is wrong with it and what to write instead.
Result<Plan, std::string> make_plan(const VerifierOptions& options);

}  // namespace recant::embed
