// A watermark stands for a subject or for everybody: sessions begun at or before it are dead.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace recant::core {

class Watermark {
 public:
  /// The value of `blacklist:user:<sub>` or `blacklist:all`. Whatever is not a whole number of at
  /// least 10^12 (Unix milliseconds since 2001) was written by a foreign service that meant
  /// "everything", so this cannot fail.
  static Watermark parse(std::string_view value);
  static Watermark at(UnixMillis instant) { return Watermark{instant}; }

  /// Is a session dead that began at `begun` (the milliseconds of its sid)?
  bool covers(UnixMillis begun) const { return !instant_ || begun <= *instant_; }
  /// Nothing when it covers everything.
  std::optional<UnixMillis> instant() const { return instant_; }

  bool operator==(const Watermark&) const = default;

 private:
  explicit Watermark(std::optional<UnixMillis> instant) : instant_(instant) {}
  std::optional<UnixMillis> instant_;
};

}  // namespace recant::core
