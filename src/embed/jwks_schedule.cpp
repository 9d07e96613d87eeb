#include "embed/jwks_schedule.hpp"

#include <algorithm>
#include <utility>

namespace recant::embed {

JwksSchedule::JwksSchedule(JwksScheduleOptions options, RandomSource& random, SteadyInstant now)
    : options_(options), random_(random), due_(now) {}

std::optional<SteadyInstant> JwksSchedule::due() const {
  return looking_ ? std::nullopt : std::optional(due_);
}

void JwksSchedule::begun(SteadyInstant now) {
  looking_ = true;
  last_begun_ = now;
}

void JwksSchedule::succeeded(SteadyInstant now) {
  looking_ = false;
  pause_ = milliseconds{0};
  last_success_ = now;
  due_ = now + with_jitter(options_.every);
  // What was asked for while it was under way may have been published since.
  if (std::exchange(asked_meanwhile_, false)) unknown_kid(now);
}

void JwksSchedule::failed(SteadyInstant now) {
  looking_ = false;
  asked_meanwhile_ = false;
  pause_ = std::clamp(pause_ * 2, options_.first_pause, options_.longest_pause);
  due_ = now + with_jitter(pause_);
}

void JwksSchedule::unknown_kid(SteadyInstant now) {
  if (looking_) {
    asked_meanwhile_ = true;
    return;
  }
  const SteadyInstant allowed = last_begun_ ? *last_begun_ + options_.unknown_kid_pause : now;
  due_ = std::min(due_, std::max(now, allowed));
}

bool JwksSchedule::counts(SteadyInstant now) const {
  const auto until = counts_until();
  return until && now < *until;
}

std::optional<SteadyInstant> JwksSchedule::counts_until() const {
  if (!last_success_) return std::nullopt;
  return *last_success_ + options_.longest_kept;
}

/// Shorter by up to a tenth.
milliseconds JwksSchedule::with_jitter(milliseconds pause) {
  const auto drawn = random_.bytes<2>();
  const int of_65536 = drawn[0] * 256 + drawn[1];
  return pause - pause * of_65536 / (10 * 65536);
}

}  // namespace recant::embed
