#include "core/watermark.hpp"

#include <charconv>
#include <cstdint>

namespace recant::core {

Watermark Watermark::parse(std::string_view value) {
  constexpr std::int64_t kSmallest = 1'000'000'000'000;
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), millis);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (!whole || millis < kSmallest) return Watermark{std::nullopt};
  return Watermark{unix_millis(millis)};
}

}  // namespace recant::core
