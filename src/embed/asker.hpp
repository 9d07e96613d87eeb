// Whoever asked and waits to be told: exactly once. Where the question is dropped, with the
// coroutine that carried it or with all that was on the library's thread, he is told so.
//
// One thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

#include "embed/checked_writer.hpp"
#include "embed/io_thread.hpp"

namespace recant::embed {

constexpr std::string_view kFailed = "the check failed for want of memory or of the like";
constexpr std::string_view kStopped = "the verifier is being destroyed";

/// The program's callback, which may throw what it likes.
inline void tell(const std::function<void(const Checked&)>& done, const Checked& checked) noexcept {
  try {
    if (done) done(checked);
  } catch (...) {  // NOLINT(bugprone-empty-catch): it has been told, and nobody else is to know
  }
}

class Asker {
 public:
  using Done = std::function<void(const Checked&)>;

  /// Counts in `waiting` until it has been told. Both outlive it.
  Asker(Done done, std::atomic<std::size_t>& waiting, const IoThread& thread)
      : done_(std::move(done)), waiting_(waiting), thread_(thread) {
    ++waiting_;
  }
  ~Asker() {
    if (!told_) answer(CheckedWriter::unavailable(thread_.has_ended() ? kStopped : kFailed));
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  void answer(const Checked& checked) noexcept {
    forget();
    tell(done_, checked);
  }
  /// He is told otherwise.
  void forget() noexcept {
    told_ = true;
    --waiting_;
  }

 private:
  const Done done_;
  std::atomic<std::size_t>& waiting_;
  const IoThread& thread_;
  bool told_ = false;
};

}  // namespace recant::embed
