// Makes what the public header hands out.
#pragma once

#include <array>
#include <recant/verifier.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant {

/// What a Checked is written from; views of what outlives the writing.
struct CheckedParts {
  Verdict verdict = Verdict::unavailable;
  std::string_view reason{};
  std::string_view subject{}, session{}, scope{}, client_id{}, issuer{};
  std::span<const std::string> audience{};
  UnixSeconds expires_at{};
};

struct CheckedWriter {
  /// Never throws; what there is no memory for is `unavailable`.
  static Checked write(const CheckedParts& parts) noexcept;
  static Checked unavailable(std::string_view why) noexcept;
};

}  // namespace recant
