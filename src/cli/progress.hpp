// One line on standard error, when that is a terminal, that says that something goes on; shown from
// one second on and gone when the work is done.
//
// Not thread-safe.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cli/command.hpp"

namespace recant::cli {

class Progress {
 public:
  explicit Progress(const Streams& streams) : err_(streams.err), terminal_(streams.terminal.err) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `text` stands there from now on; drawn ten times a second at most.
  void show(std::string_view text);
  /// Before anything else is printed.
  void clear();

 private:
  std::ostream& err_;
  const bool terminal_;
  const SteadyInstant began_ = std::chrono::steady_clock::now();
  SteadyInstant drawn_{};
  std::string stands_;  // empty: nothing
};

}  // namespace recant::cli
