#include "http/http_date.hpp"

#include <cstdio>

namespace recant::http {

std::string_view HttpDate::at(UnixMillis now) {
  const auto second = std::chrono::floor<seconds>(now);
  if (second != written_for_) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto midnight = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date{midnight};
    const std::chrono::hh_mm_ss time{second - midnight};
    const auto weekday = std::chrono::weekday{midnight}.c_encoding();
    const int size = std::snprintf(
        text_.data(), text_.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", days.at(weekday),
        static_cast<unsigned>(date.day()), months.at(static_cast<unsigned>(date.month()) - 1),
        static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    size_ = static_cast<std::size_t>(size);
    written_for_ = second;
  }
  return {text_.data(), size_};
}

}  // namespace recant::http
