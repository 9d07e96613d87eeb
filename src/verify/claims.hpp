// Single claims, read strictly. Nothing when the claim is not of the form that RFC 7519 gives it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace recant::verify {

/// NumericDate (RFC 7519 §2) may have a fraction; which way it is rounded is the caller's to say,
/// so that a token never lives longer for it. Refused: anything but a number, negative (also -0),
/// after the year 9999.
enum class Rounding { down, up };
std::optional<UnixSeconds> read_numeric_date(const json::Value* claim, Rounding rounding);

/// A string of 1 to 255 bytes without control characters.
std::optional<std::string> read_id(const json::Value* claim);

/// `aud` (RFC 7519 §4.1.3): a string or an array of strings, none of them empty.
std::optional<std::vector<std::string>> read_audience(const json::Value* claim);

}  // namespace recant::verify
