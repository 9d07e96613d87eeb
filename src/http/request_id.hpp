// X-Request-Id: the caller's own, if it is one that can stand in a log, or one of ours.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace recant::http {

/// 1 to 64 of A-Z a-z 0-9 . _ -
bool is_request_id(std::string_view text);

/// Makes ids that are unique, not secret: a random start, then a cheap generator, so that naming a
/// request costs no system call. One a thread; not thread-safe.
class RequestIds {
 public:
  explicit RequestIds(RandomSource& random);
  /// 32 hexadecimal digits, into `out`, whose memory is reused.
  void next(std::string& out);

 private:
  std::uint64_t draw();
  std::uint64_t state_ = 0;
  std::uint64_t prefix_ = 0;
};

}  // namespace recant::http
