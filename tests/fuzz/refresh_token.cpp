// Nobody makes a refresh token but its owner, and every session can have one.
#include <algorithm>
#include <array>
#include <limits>

#include "service/refresh_tokens.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

const service::RefreshTokens& tokens() {
  static const service::RefreshTokens made(
      std::vector<service::RefreshSecret>{{{1, 2, 3, 4, 5, 6, 7, 8}, {9, 9, 9}}});
  return made;
}

/// Takes bytes off the front; zeros once there are no more.
template <std::size_t N>
std::array<std::uint8_t, N> take(std::string_view& bytes) {
  std::array<std::uint8_t, N> taken{};
  const auto count = std::min(N, bytes.size());
  std::copy_n(bytes.begin(), count, taken.begin());
  bytes.remove_prefix(count);
  return taken;
}

/// The bytes as what a token says: sid, generation, nonce, and the rest is the subject.
void make_and_open(std::string_view bytes) {
  const Uuid sid = Uuid::from_bytes(take<16>(bytes));
  const auto number = take<4>(bytes);
  const core::Generation generation = static_cast<core::Generation>(number[0]) << 24 |
                                      static_cast<core::Generation>(number[1]) << 16 |
                                      static_cast<core::Generation>(number[2]) << 8 | number[3];
  const auto nonce = take<16>(bytes);
  const auto subject = core::Subject::parse(bytes);
  // The last number of all has no successor, so no token has it.
  if (!subject || generation == std::numeric_limits<core::Generation>::max()) return;
  const auto token = tokens().make({sid, generation, nonce, *subject}, tokens().current_key_id());
  require(token.has_value(), "a session has no refresh token");
  const auto opened = tokens().open(*token);
  require(opened && opened->sid == sid && opened->generation == generation &&
              opened->nonce == nonce && opened->subject.text() == subject->text(),
          "a refresh token does not say what was written into it");
}

}  // namespace

bool refresh_token(std::string_view bytes) {
  make_and_open(bytes);
  tokens().is_of_retired(bytes);
  const auto opened = tokens().open(bytes);
  if (!opened) return false;
  const auto again = tokens().make(*opened, tokens().current_key_id());
  require(again && *again == bytes, "a refresh token has two spellings");
  return true;
}

}  // namespace recant::fuzz
