// When an issuer's keys are looked at again. Without I/O: what happens goes in, when to look comes
// out, and the time is an argument.
//
//   waiting ──due──► looking ──succeeded──► waiting, for `every` and a little
//      ▲  unknown_kid()  │ failed
//      └──── for a pause ┘ that doubles
//
// Keys are not forgotten because a look fails: an issuer that is down for a night must not take
// every API with it. They are forgotten after `longest_kept`, since whoever withdrew a key expects
// that to count some day, also with a verifier that somebody keeps from its issuer.
//
// One thread at a time.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace recant::embed {

struct JwksScheduleOptions {
  /// Between two looks, of which up to a tenth is drawn at random, so that a hundred workers that
  /// started together do not ask together.
  milliseconds every{std::chrono::minutes{5}};
  /// Between the beginnings of two looks that unknown key ids bring about (security bar J16):
  /// strangers choose key ids.
  milliseconds unknown_kid_pause{std::chrono::seconds{30}};
  milliseconds first_pause{std::chrono::seconds{1}};
  milliseconds longest_pause{std::chrono::minutes{1}};
  milliseconds longest_kept{std::chrono::hours{24}};
};

class JwksSchedule {
 public:
  /// Due at once. `random` outlives it.
  JwksSchedule(JwksScheduleOptions options, RandomSource& random, SteadyInstant now);

  /// When to look; nothing while somebody does.
  std::optional<SteadyInstant> due() const;
  void begun(SteadyInstant now);
  void succeeded(SteadyInstant now);
  void failed(SteadyInstant now);
  /// A token names a key that is not known: it may be new.
  void unknown_kid(SteadyInstant now);

  /// Do the keys of the last look that succeeded still count? No if none has.
  bool counts(SteadyInstant now) const;
  /// Until when they count.
  std::optional<SteadyInstant> counts_until() const;

 private:
  milliseconds with_jitter(milliseconds pause);

  const JwksScheduleOptions options_;
  RandomSource& random_;
  SteadyInstant due_;
  bool looking_ = false;
  bool asked_meanwhile_ = false;  // unknown_kid() while looking
  milliseconds pause_{0};         // after the last failure; 0: it succeeded
  std::optional<SteadyInstant> last_begun_;
  std::optional<SteadyInstant> last_success_;
};

}  // namespace recant::embed
