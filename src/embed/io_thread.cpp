#include "embed/io_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <exception>

namespace recant::embed {
namespace {

/// Blocks all signals, for a thread that is made meanwhile.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void IoThread::start() {
  const NoSignals meanwhile;
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "recant");
    // Whoever failed is told otherwise; the others' work goes on.
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (const std::exception&) {
      }
    }
  });
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace recant::embed
