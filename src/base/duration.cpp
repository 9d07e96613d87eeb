#include "base/duration.hpp"

#include <charconv>
#include <cstdint>

namespace recant {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
// The largest first, so that to_text() takes the first that fits.
constexpr Unit kUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

constexpr std::int64_t kLongest = 100LL * 365 * 86'400'000;

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || text.front() == '-') return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& known : kUnits) {
    if (known.name != unit) continue;
    if (number > kLongest / known.milliseconds) return std::nullopt;
    return milliseconds{number * known.milliseconds};
  }
  return std::nullopt;
}

std::string to_text(milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (count % unit.milliseconds == 0) {
      return std::to_string(count / unit.milliseconds) + std::string(unit.name);
    }
  }
  return {};  // not reached: everything is a multiple of 1 ms
}

}  // namespace recant
