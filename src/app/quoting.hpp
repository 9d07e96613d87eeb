// Text from outside inside a message.
#pragma once

#include <string>
#include <string_view>

namespace recant::app {

/// In double quotes, at most 100 bytes, with control characters and quotation marks escaped, so
/// that it can neither forge a line nor steer a terminal.
std::string in_quotes(std::string_view text);

}  // namespace recant::app
