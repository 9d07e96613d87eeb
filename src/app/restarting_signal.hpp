// For signals that boost::asio::signal_set waits for.
#pragma once

#include <csignal>

namespace recant::app {

/// What is being written when the signal comes is written to its end: no call fails with EINTR.
/// After signal_set::add, which in Boost 1.81 knows no flags. Not thread-safe.
inline void restart_after(int signal_number) {
  struct sigaction action {};
  ::sigaction(signal_number, nullptr, &action);
  action.sa_flags |= SA_RESTART;
  ::sigaction(signal_number, &action, nullptr);
}

}  // namespace recant::app
