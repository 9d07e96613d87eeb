#include "redis/redis_time.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace recant::redis {
namespace {

std::optional<std::int64_t> parse_number(const Reply& reply) {
  constexpr std::int64_t kBeyondAnyClock = 1'000'000'000'000;
  const auto text = reply.text();
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool whole = error == std::errc{} && end == text->data() + text->size();
  if (!whole || number < 0 || number > kBeyondAnyClock) return std::nullopt;
  return number;
}

}  // namespace

std::optional<UnixMillis> parse_time(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 2) return std::nullopt;
  const auto whole_seconds = parse_number(parts[0]);
  const auto micros = parse_number(parts[1]);
  if (!whole_seconds || !micros) return std::nullopt;
  return unix_millis(*whole_seconds * 1000 + *micros / 1000);
}

}  // namespace recant::redis
