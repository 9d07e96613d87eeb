// Text that can stand in a key, a header or a line without meaning something else there. Pure.
#pragma once

#include <string_view>

namespace recant::core {

/// Valid UTF-8 (RFC 3629: no surrogates, nothing longer than it must be) without control characters
/// (C0, DEL, C1).
bool is_plain_utf8(std::string_view text);

/// A secret that stands in a file of its own: an editor ends a text with a newline that is no part
/// of it. Bytes that are no text stay as they are.
std::string_view without_final_newline(std::string_view secret);

}  // namespace recant::core
