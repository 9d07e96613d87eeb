// Reads a script's flat reply field by field. Whatever is not as promised (another type, too few,
// too many) is remembered, and complete() says so once at the end.
//
//   ReplyFields fields(reply.elements());
//   const auto now = fields.instant();
//   if (!fields.complete()) …
//
// Views the reply; for one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "redis/reply.hpp"

namespace recant::redis {

class ReplyFields {
 public:
  explicit ReplyFields(std::span<const Reply> left) : left_(left) {}

  std::int64_t integer() {
    const Reply* reply = next();
    const auto value = reply != nullptr ? reply->integer() : std::nullopt;
    good_ = good_ && value.has_value();
    return value.value_or(0);
  }
  std::string text() {
    const Reply* reply = next();
    const auto value = reply != nullptr ? reply->text() : std::nullopt;
    good_ = good_ && value.has_value();
    return std::string(value.value_or(""));
  }
  std::vector<std::string> texts() {
    const Reply* reply = next();
    std::vector<std::string> all;
    good_ = good_ && reply != nullptr && reply->kind() == ReplyKind::array;
    if (!good_) return all;
    for (const Reply& element : reply->elements()) {
      const auto value = element.text();
      good_ = good_ && value.has_value();
      all.emplace_back(value.value_or(""));
    }
    return all;
  }
  UnixMillis instant() { return unix_millis(integer()); }
  UnixSeconds second() { return UnixSeconds{seconds{integer()}}; }
  /// -1 where everything is covered: UnixMillis::max().
  UnixMillis watermark() {
    const auto value = integer();
    good_ = good_ && value >= -1;
    return value == -1 ? UnixMillis::max() : unix_millis(value);
  }
  std::uint32_t generation() {
    const auto value = integer();
    good_ = good_ && value >= 0 && value <= std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(value);
  }

  /// Everything was as promised, and nothing is left.
  bool complete() const { return good_ && left_.empty(); }

 private:
  const Reply* next() {
    if (left_.empty()) {
      good_ = false;
      return nullptr;
    }
    const Reply* reply = &left_.front();
    left_ = left_.subspan(1);
    return reply;
  }

  std::span<const Reply> left_;
  bool good_ = true;
};

}  // namespace recant::redis
