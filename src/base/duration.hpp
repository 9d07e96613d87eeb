// Durations as people write them in configuration: a whole number and a unit, `250ms`, `15m`,
// `30d`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant {

/// Units ms, s, m, h, d. Nothing for another form, a negative one, or one longer than 100 years.
std::optional<milliseconds> parse_duration(std::string_view text);

/// The shortest such text: `90s`, but `2m` for 120 s.
std::string to_text(milliseconds duration);

}  // namespace recant
