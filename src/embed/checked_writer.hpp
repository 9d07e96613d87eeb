// Makes what the public header hands out.
#pragma once

#include <optional>
#include <recant/verifier.hpp>
#include <string_view>

#include "base/clock.hpp"
#include "verify/identity.hpp"

namespace recant {

/// What a Checked is written from; views of what outlives the writing.
struct CheckedParts {
  Verdict verdict = Verdict::unavailable;
  std::string_view reason{};
  std::string_view subject{}, session{}, scope{}, client_id{}, issuer{};
  std::string_view audience{};  // a line feed between two, of which none holds one
  UnixSeconds expires_at{};
};

struct CheckedWriter {
  /// Never throws; what there is no memory for is `unavailable`.
  static Checked write(const CheckedParts& parts) noexcept;
  /// The same of a valid one.
  static Checked valid(const verify::Identity& identity) noexcept;
  /// To be begun, or else reset before anybody sees it.
  static std::optional<Checked> blank() noexcept;
  /// Makes a valid one of a blank one: where to write the text of what is told; nullptr: there is
  /// no memory.
  static char* begin(Checked& blank, const verify::Told& told) noexcept;
  static Checked unavailable(std::string_view why) noexcept;

 private:
  static char* make_room(Checked::Data& data, std::size_t size) noexcept;
};

}  // namespace recant
