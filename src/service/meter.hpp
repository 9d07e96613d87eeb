// The port to the counters (contract §5). Called on I/O threads, several at once; implementations
// take no lock that all threads share.
#pragma once

#include <string_view>

namespace recant::service {

/// Why a check could not be decided, beside verify::Ignorance: Redis is not fit to be believed, and
/// nothing was asked.
inline constexpr std::string_view kUnfitRedis = "unfit";

class Meter {
 public:
  virtual ~Meter() = default;
  /// `verdict` is valid, invalid, revoked or unavailable; `source` is where the answer came from.
  virtual void checked(std::string_view verdict, std::string_view reason,
                       std::string_view source) = 0;
  /// `outcome` as core::RefreshOutcome spells it.
  virtual void refreshed(std::string_view outcome) = 0;
  /// `kind`: jti, session, subject, all.
  virtual void revoked(std::string_view kind) = 0;
  virtual void session_opened() = 0;
};

}  // namespace recant::service
