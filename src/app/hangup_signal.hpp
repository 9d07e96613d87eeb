// SIGHUP asks to read again what was renewed on disk. On the thread of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>
#include <utility>

#include "app/restarting_signal.hpp"

namespace recant::app {

class HangupSignal {
 public:
  explicit HangupSignal(boost::asio::io_context& io) : signals_(io) {}

  /// From here on the signal does not end the process; `reaction` is called each time.
  void wait(std::function<void()> reaction) {
    signals_.add(SIGHUP);
    restart_after(SIGHUP);
    reaction_ = std::move(reaction);
    wait_again();
  }
  void cancel() { signals_.cancel(); }

 private:
  void wait_again() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      reaction_();
      wait_again();
    });
  }

  boost::asio::signal_set signals_;
  std::function<void()> reaction_;
};

}  // namespace recant::app
