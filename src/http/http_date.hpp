// The Date field (RFC 9110 §6.6.1), written once a second.
#pragma once

#include <array>
#include <string_view>

#include "base/clock.hpp"

namespace recant::http {

/// One a thread; not thread-safe.
class HttpDate {
 public:
  /// IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. Valid until the next call.
  std::string_view at(UnixMillis now);

 private:
  std::array<char, 32> text_{};
  std::size_t size_ = 0;
  UnixSeconds written_for_{seconds::min()};
};

}  // namespace recant::http
