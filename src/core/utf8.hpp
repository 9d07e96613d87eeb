// Unicode as names need it; utf8proc is included in utf8.cpp only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace recant::core {

/// One character as a terminal takes it.
struct Character {
  std::int32_t code = -1;   // below 0: the byte is no UTF-8
  std::size_t bytes = 1;    // of the text
  std::size_t columns = 1;  // on a terminal
  /// Not a control, a separator of lines, or a mark that reorders the text around it.
  bool showable = false;
};
/// The first one of a text that is not empty.
Character first_character(std::string_view text);

/// Normalization Form C. Nothing for invalid UTF-8.
std::optional<std::string> to_nfc(std::string_view text);
/// For comparison regardless of case: NFC of the full case folding. Nothing for invalid UTF-8.
std::optional<std::string> fold_case(std::string_view text);
/// The same of a secret, and regardless of how it is written: NFKC. Nothing for invalid UTF-8.
std::optional<SecretString> fold_compatible(std::string_view secret);

}  // namespace recant::core
