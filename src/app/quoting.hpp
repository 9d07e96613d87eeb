// Text from outside inside a message: it can neither forge a line nor steer a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace recant::app {

/// In double quotes, cut after `longest` bytes, with control characters and quotation marks
/// escaped.
std::string in_quotes(std::string_view text, std::size_t longest = 100);

/// As it is, but for control characters, which are escaped.
std::string without_controls(std::string_view text);

}  // namespace recant::app
