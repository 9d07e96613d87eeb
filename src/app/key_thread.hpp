// The one thread on which keys are made, rotated and removed, and from which the threads that serve
// are handed the ring that they work with.
//
// rotate() is called on any thread; everything else on the main thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/log.hpp"
#include "app/readiness.hpp"
#include "app/refusal.hpp"
#include "base/worker_pool.hpp"
#include "service/key_keeper.hpp"

namespace recant::app {

/// A thread that serves: `use` is called on the thread of `io`.
struct KeyReader {
  boost::asio::io_context& io;
  std::function<void(const service::SharedKeyRing& ring)> use;
};

class KeyThread final : public service::KeyDesk, private service::KeyBoard {
 public:
  /// `log` outlives it.
  KeyThread(std::unique_ptr<service::KeyVault> vault, const service::KeyOptions& options,
            const Clock& clock, RandomSource& random, Log& log);
  /// What waits for readers gives up; what is under way ends first.
  ~KeyThread() override;
  KeyThread(const KeyThread&) = delete;
  KeyThread& operator=(const KeyThread&) = delete;

  /// First of all; `own` are the keys of keys.files.
  OrRefusal<void> open(std::vector<service::OwnKey> own);
  /// What readers begin with. Until start() only.
  const service::SharedKeyRing& ring() const { return keeper_.ring(); }
  /// Before start(): what is wrong with keys that several servers share is told there; it lives as
  /// long as the context that start() is given.
  void tell(Readiness& readiness) { readiness_ = &readiness; }
  /// From now on keys change. The readers' contexts run until this is destroyed or run no more.
  void start(boost::asio::io_context& control, std::vector<KeyReader> readers);

  Task<service::Outcome<service::KeyRotation>> rotate(service::RotateOrder order,
                                                      service::Caller caller) override;
  /// Takes the keys of keys.files, which were read again, in the place of those so far.
  Task<void> use_own(std::vector<service::OwnKey> own);

 private:
  bool show(service::SharedKeyRing ring) override;
  /// What came of one tick.
  struct Ticked {
    std::string trouble;  // empty: none
    bool behind = false;
  };
  Ticked tick();
  Task<void> tick_forever();
  void warn(const std::vector<std::string>& notes);
  void report(const Ticked& ticked);

  const std::unique_ptr<service::KeyVault> vault_;
  Log& log_;
  service::KeyKeeper keeper_;  // the pool's, once it runs
  std::vector<KeyReader> readers_;
  std::string trouble_;  // as it was last reported
  Readiness* readiness_ = nullptr;

  std::mutex mutex_;
  std::condition_variable shown_;
  bool stopping_ = false;  // under mutex_

  WorkerPool pool_{1, 64};  // the last, so that it ends first
};

}  // namespace recant::app
