// Instants as people read them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant::cli {

/// RFC 3339 in UTC, as the server writes it ("2026-11-23T20:31:42.123Z"); other offsets are none.
std::optional<UnixMillis> parse_time(std::string_view text);

/// "2026-11-23 20:31:42 UTC"
std::string date_and_time(UnixMillis instant);
/// "2026-11-23 20:31", for a table.
std::string short_time(UnixMillis instant);

/// "3 minutes", "2 days": the two largest units at most ("1 hour 5 minutes").
std::string duration_text(milliseconds duration);
/// "3 minutes ago", "in 2 days", "now".
std::string relative(UnixMillis instant, UnixMillis now);

}  // namespace recant::cli
