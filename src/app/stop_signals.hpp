// SIGINT and SIGTERM: the first asks for an orderly end, the second for an end at once.
// On the thread of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>
#include <utility>

#include "app/restarting_signal.hpp"

namespace recant::app {

class StopSignals {
 public:
  using Reaction = std::function<void(int number)>;

  explicit StopSignals(boost::asio::io_context& io) : signals_(io) {}

  /// From here on the signals do not end the process by themselves.
  void wait(Reaction first, Reaction second) {
    for (const int number : {SIGINT, SIGTERM}) {
      signals_.add(number);
      restart_after(number);
    }
    signals_.async_wait([this, first = std::move(first), second = std::move(second)](
                            const boost::system::error_code& error, int number) {
      if (error) return;
      signals_.async_wait([second](const boost::system::error_code& gone, int again) {
        if (!gone) second(again);
      });
      first(number);
    });
  }
  void cancel() { signals_.cancel(); }

 private:
  boost::asio::signal_set signals_;
};

}  // namespace recant::app
