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
  if (stands_ == text) return;
  err_ << "\r\x1b[K" << text << std::flush;
  drawn_ = now;
  stands_ = text;
}

void Progress::clear() {
  if (!stands_.empty()) err_ << "\r\x1b[K" << std::flush;
  stands_.clear();
}

}  // namespace recant::cli
