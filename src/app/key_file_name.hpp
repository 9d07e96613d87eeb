// What the name of a key file says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant::app {

struct KeyFileName {
  enum class Kind { signing, refresh } kind;
  UnixMillis created;
  std::string algorithm;  // of a signing key, as JWS names it; empty for a refresh secret
  std::string id;         // kid, or the id of the refresh secret
};

/// Nothing when it is not the name of a key file.
std::optional<KeyFileName> parse_key_file_name(std::string_view name);
std::string to_file_name(const KeyFileName& name);

}  // namespace recant::app
