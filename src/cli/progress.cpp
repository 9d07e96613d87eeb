#include "cli/progress.hpp"

#include <chrono>

namespace recant::cli {
namespace {

constexpr milliseconds kPatience{1000};
constexpr milliseconds kBetween{100};

}  // namespace

void Progress::show(std::string_view text) {
  const SteadyInstant now = std::chrono::steady_clock::now();
  if (!terminal_ || now - began_ < kPatience || now - drawn_ < kBetween) return;
  err_ << "\r\x1b[K" << text << std::flush;
  drawn_ = now;
  stands_ = true;
}

void Progress::clear() {
  if (stands_) err_ << "\r\x1b[K" << std::flush;
  stands_ = false;
}

}  // namespace recant::cli
