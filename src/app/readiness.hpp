// May this server answer for what stands in Redis? Not before that Redis has been looked at, and
// not once it is seen to be unfit: one that evicts, say, must not be believed.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace recant::app {

class Readiness {
 public:
  bool fit() const { return fit_.load(std::memory_order_acquire); }
  void set_fit() { fit_.store(true, std::memory_order_release); }
  /// Until set_fit(). `why` as for set_waiting_for.
  void set_unfit(std::string why) {
    {
      const std::lock_guard lock(mutex_);
      told_to_strangers_ = why;
      waiting_for_ = std::move(why);
    }
    fit_.store(false, std::memory_order_release);
  }

  /// In flight is finished, and nobody should send anything more.
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }
  void set_stopping() { stopping_.store(true, std::memory_order_release); }

  /// What it waits for, or what is wrong: a sentence for /readyz.
  void set_waiting_for(std::string what) {
    const std::lock_guard lock(mutex_);
    waiting_for_ = std::move(what);
  }
  std::string waiting_for() const {
    const std::lock_guard lock(mutex_);
    return waiting_for_;
  }

  /// The same for whoever calls: what is wrong, but not where Redis is.
  std::string told_to_strangers() const {
    const std::lock_guard lock(mutex_);
    return told_to_strangers_;
  }

  /// About the policy that all servers share: why nothing can be judged, and what an operator ought
  /// to see to. Empty where all is well.
  void set_policy_notes(std::string fault, std::string warning) {
    const std::lock_guard lock(mutex_);
    policy_fault_ = std::move(fault);
    policy_warning_ = std::move(warning);
  }
  std::string policy_fault() const {
    const std::lock_guard lock(mutex_);
    return policy_fault_;
  }
  std::string policy_warning() const {
    const std::lock_guard lock(mutex_);
    return policy_warning_;
  }

  /// About the keys that several servers share: why what others did to them is not known here.
  /// Empty where it is.
  void set_keys_fault(std::string fault) {
    const std::lock_guard lock(mutex_);
    keys_fault_ = std::move(fault);
  }
  std::string keys_fault() const {
    const std::lock_guard lock(mutex_);
    return keys_fault_;
  }

 private:
  std::atomic<bool> fit_{false};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::string waiting_for_;
  std::string told_to_strangers_ = "This server waits for its Redis.";
  std::string policy_fault_;
  std::string policy_warning_;
  std::string keys_fault_;
};

}  // namespace recant::app
