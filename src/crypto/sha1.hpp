// SHA-1, only because Redis names its scripts by it. Not for anything that needs a hash to resist.
#pragma once

#include <string>
#include <string_view>

namespace recant::crypto {

/// 40 lower-case hexadecimal digits.
std::string sha1_hex(std::string_view bytes);

}  // namespace recant::crypto
