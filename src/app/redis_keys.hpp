// How this server spells its keys in Redis. Pure.
#pragma once

#include "app/config.hpp"
#include "redis/keys.hpp"

namespace recant::app {

inline redis::Keys keys_of(const Config& config) {
  // `auto` would tag on a Cluster, which is not in this version.
  return redis::Keys({config.redis.prefix, config.redis.hash_tags == "always"});
}

}  // namespace recant::app
