#include "base/timestamp.hpp"

#include <algorithm>
#include <cstdio>

namespace recant {

std::string to_rfc3339(UnixMillis instant) {
  using namespace std::chrono;
  const UnixMillis first = sys_days{year{0} / January / 1};
  const UnixMillis last = UnixMillis{sys_days{year{10000} / January / 1}} - milliseconds{1};
  instant = std::clamp(instant, first, last);
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(instant - day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text;
}

}  // namespace recant
