// How the demo fits into 80 columns: wrapping, and ids and tokens shown by their two ends.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace recant::demo {

inline constexpr std::size_t kWidth = 80;

/// Columns that a terminal needs for `text` (UTF-8, each character one column).
std::size_t columns(std::string_view text);

/// `text` with as many spaces behind it as fill `width` columns.
std::string padded(std::string_view text, std::size_t width);

/// Broken at spaces into lines of at most kWidth columns, each behind `indent` spaces; lines but
/// the first behind `hanging` more. A word that is too long stays whole. Ends with a line break.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t hanging = 0);

/// JWTs and refresh tokens shown by their ends, so that no output of the demo holds one.
std::string without_tokens(const std::string& text);

/// The same for UUIDs and the ids of refresh tokens too: what a person compares are the ends.
std::string shortened(const std::string& text);

}  // namespace recant::demo
