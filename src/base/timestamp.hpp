// Instants as people and JSON write them: RFC 3339, UTC, milliseconds ("2026-11-23T20:31:42.123Z").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant {

/// Years 0000 to 9999; an instant outside is written as the nearer end.
std::string to_rfc3339(UnixMillis instant);
/// What to_rfc3339() writes, and nothing else.
std::optional<UnixMillis> parse_rfc3339(std::string_view text);

}  // namespace recant
