#include "core/username.hpp"

#include "base/uuid.hpp"
#include "core/plain_utf8.hpp"
#include "core/utf8.hpp"

namespace recant::core {

std::optional<Username> Username::parse(std::string_view text) {
  constexpr std::size_t kMaxBytes = 128;
  if (text.empty() || text.size() > kMaxBytes || !is_plain_utf8(text)) return std::nullopt;
  auto name = to_nfc(text);
  auto folded = fold_case(text);
  if (!name || !folded || name->size() > kMaxBytes) return std::nullopt;
  if (Uuid::parse(*folded)) return std::nullopt;
  return Username{std::move(*name), std::move(*folded)};
}

}  // namespace recant::core
