#include "cli/command.hpp"

#include <algorithm>

namespace recant::cli {

std::optional<std::string> Arguments::value(std::string_view flag) const {
  const auto found = std::ranges::find_if(options_, [&](const auto& o) { return o.first == flag; });
  if (found == options_.end()) return std::nullopt;
  return found->second;
}

bool Arguments::has(std::string_view flag) const { return value(flag).has_value(); }

}  // namespace recant::cli
