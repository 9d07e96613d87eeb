#include "cli/times.hpp"

#include <array>

#include "base/timestamp.hpp"

namespace recant::cli {
namespace {

/// The number in `text`, digits only.
std::optional<int> number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "YYYY-MM-DD?HH:MM:SS" has its separators.
bool has_form(std::string_view text) {
  return text.size() >= 20 && text[4] == '-' && text[7] == '-' &&
         (text[10] == 'T' || text[10] == 't' || text[10] == ' ') && text[13] == ':' &&
         text[16] == ':' && (text.ends_with('Z') || text.ends_with('z'));
}

/// ".123" as 123, "" as 0; more digits are dropped.
std::optional<int> millis_of(std::string_view fraction) {
  if (fraction.empty()) return 0;
  if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > 10) return std::nullopt;
  std::string digits(fraction.substr(1));
  if (!number(digits)) return std::nullopt;
  digits.resize(3, '0');
  return number(digits);
}

}  // namespace

std::optional<UnixMillis> parse_time(std::string_view text) {
  using namespace std::chrono;
  if (!has_form(text)) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) { return number(text.substr(at, size)); };
  const auto year_of = part(0, 4);
  const auto month_of = part(5, 2);
  const auto day_of = part(8, 2);
  const auto hour = part(11, 2);
  const auto minute = part(14, 2);
  const auto second = part(17, 2);
  const auto millis = millis_of(text.substr(19, text.size() - 20));
  if (!year_of || !month_of || !day_of || !hour || !minute || !second || !millis) {
    return std::nullopt;
  }
  const year_month_day date{year{*year_of}, month{static_cast<unsigned>(*month_of)},
                            day{static_cast<unsigned>(*day_of)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return UnixMillis{sys_days{date}} + hours{*hour} + minutes{*minute} + seconds{*second} +
         milliseconds{*millis};
}

std::string date_and_time(UnixMillis instant) {
  std::string text = to_rfc3339(instant).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

std::string short_time(UnixMillis instant) {
  std::string text = to_rfc3339(instant).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string duration_text(milliseconds duration) {
  struct Unit {
    std::int64_t seconds;
    const char* one;
    const char* many;
  };
  constexpr std::array<Unit, 4> kUnits{{{86'400, "day", "days"},
                                        {3'600, "hour", "hours"},
                                        {60, "minute", "minutes"},
                                        {1, "second", "seconds"}}};
  std::int64_t left = std::chrono::duration_cast<seconds>(duration).count();
  if (left < 0) left = -left;
  std::string text;
  int said = 0;
  for (const Unit& unit : kUnits) {
    const std::int64_t count = left / unit.seconds;
    left %= unit.seconds;
    if (count == 0 && said == 0 && unit.seconds > 1) continue;
    if (said > 0 && count == 0) break;
    text +=
        (said > 0 ? " " : "") + std::to_string(count) + " " + (count == 1 ? unit.one : unit.many);
    if (++said == 2) break;
  }
  return text;
}

std::string relative(UnixMillis instant, UnixMillis now) {
  const milliseconds away = instant - now;
  if (away > -seconds{1} && away < seconds{1}) return "now";
  return away > milliseconds{0} ? "in " + duration_text(away) : duration_text(away) + " ago";
}

}  // namespace recant::cli
