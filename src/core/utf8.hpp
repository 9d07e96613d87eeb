// Unicode as names need it; utf8proc is included in utf8.cpp only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recant::core {

/// Valid UTF-8 without control characters (C0, DEL, C1).
bool is_plain_utf8(std::string_view text);

/// Normalization Form C. Nothing for invalid UTF-8.
std::optional<std::string> to_nfc(std::string_view text);
/// For comparison regardless of case: NFC of the full case folding. Nothing for invalid UTF-8.
std::optional<std::string> fold_case(std::string_view text);

}  // namespace recant::core
