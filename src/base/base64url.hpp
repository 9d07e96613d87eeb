// base64url without padding (RFC 4648 §5, RFC 7515 §2), strict: no '=', no other alphabet, no
// length of 4n+1, no non-zero trailing bits. One text for one value, so nothing has two spellings.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recant {

std::string base64url_encode(std::span<const std::uint8_t> bytes);
std::string base64url_encode(std::string_view bytes);

/// Nothing on any deviation from the canonical form.
std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text);
/// As above, into a string (for JSON text).
std::optional<std::string> base64url_decode_text(std::string_view text);

}  // namespace recant
