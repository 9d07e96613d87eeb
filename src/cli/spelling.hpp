// "Did you mean …?"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace recant::cli {

/// The name that `typed` is closest to, if it is a slip of at most two letters (one in a short
/// name).
std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> names);

}  // namespace recant::cli
