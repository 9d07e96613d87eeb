// No two texts are one value (J06), and every value has a text.
#include "base/base64url.hpp"

#include "targets.hpp"

namespace recant::fuzz {

bool base64url(std::string_view bytes) {
  const auto again = base64url_decode_text(base64url_encode(bytes));
  require(again && *again == bytes, "what was encoded does not decode to itself");

  const auto decoded = base64url_decode(bytes);
  const auto text = base64url_decode_text(bytes);
  require(decoded.has_value() == text.has_value(), "the two decoders disagree");
  if (!decoded) return false;
  require(base64url_encode(*decoded) == bytes, "a value has two spellings");
  require(base64url_encode(*text) == bytes, "the decoder of texts reads something else");
  return true;
}

}  // namespace recant::fuzz
