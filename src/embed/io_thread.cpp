#include "embed/io_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <exception>

namespace recant::embed {
namespace {

/// Before it begins anew, so that what fails at once does not take a processor.
constexpr std::chrono::milliseconds kPause{100};

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

void IoThread::start(Life life) {
  auto context = std::make_unique<Context>(1);
  Context& first = *context;
  const NoSignals meanwhile;
  // What is posted from here on waits for the thread.
  open(first);
  try {
    thread_ = std::thread([this, life = std::move(life), context = std::move(context)]() mutable {
      ::pthread_setname_np(::pthread_self(), "recant");
      run(life, std::move(context));
    });
  } catch (...) {
    close();
    throw;
  }
}

void IoThread::run(const Life& life, std::unique_ptr<Context> context) {
  while (!has_ended()) {
    try {
      if (!context) context = std::make_unique<Context>(1);
      live(life, *context);
    } catch (const std::exception& error) {
      life.failed(error.what());
    } catch (...) {
      life.failed("unknown");
    }
    context.reset();
    std::unique_lock lock(mutex_);
    told_to_end_.wait_for(lock, kPause, [&] { return has_ended(); });
  }
  // The first one, where it ended before anything lived there.
  close();
}

void IoThread::live(const Life& life, Context& context) {
  struct Leaving {
    ~Leaving() {
      thread.close();
      life.end();
    }
    IoThread& thread;
    const Life& life;
  };
  const Leaving leaving{*this, life};
  life.begin(context);
  open(context);
  const auto work = boost::asio::make_work_guard(context);
  context.run();
}

void IoThread::open(Context& context) {
  const std::lock_guard lock(mutex_);
  context_ = &context;
  if (has_ended()) context.stop();
}

void IoThread::close() noexcept {
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
}

void IoThread::end() noexcept {
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    if (context_ != nullptr) context_->stop();
    told_to_end_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace recant::embed
