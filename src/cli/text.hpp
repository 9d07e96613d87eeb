// Text on a terminal: how wide it is, and what of it may be shown. Names, devices and user agents
// come from strangers; none of them may steer a terminal or reorder a line. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace recant::cli {

/// Controls, line and paragraph separators, marks that reorder text, and bytes that are no UTF-8 as
/// escapes: \n, \x1b, \u202e.
std::string printable(std::string_view text);

/// Columns of a terminal that printable text takes.
std::size_t width_of(std::string_view text);

/// Cut to `width` columns, with … for what is missing, and padded to it.
std::string fitted(std::string_view text, std::size_t width);
/// The same, not padded.
std::string cut(std::string_view text, std::size_t width);

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);
/// grouped() and the noun that goes with it: "1 user", "2,000 users".
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

/// Broken at spaces to lines of `width`, each after `indent` spaces; a line break in the text stays
/// one. Ends in a line break.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 88);

}  // namespace recant::cli
