#include <recant/verifier.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include "crypto/random.hpp"
#include "embed/asker.hpp"
#include "embed/checked_writer.hpp"
#include "embed/engine.hpp"
#include "embed/fork_mark.hpp"
#include "embed/gate.hpp"
#include "embed/io_thread.hpp"
#include "embed/key_keeper.hpp"
#include "embed/log.hpp"
#include "embed/plan.hpp"
#include "embed/watch.hpp"
#include "verify/never_back_clock.hpp"

namespace recant {
namespace {

using embed::kFailed;
using embed::tell;
using Instant = std::chrono::steady_clock::time_point;

constexpr const char* kForked = "made before fork(): make a verifier anew in the child";
constexpr std::string_view kTooLate = "no answer within the deadline";
constexpr std::string_view kUnknownKey = "not_signed_by_us";
/// No check takes so long, and a clock can be told so long ahead.
constexpr std::chrono::milliseconds kLongestDeadline = std::chrono::hours{1};

/// One answer, for whoever waits for it until he has no more time.
class Waiting {
 public:
  void tell(const Checked& checked) {
    {
      const std::lock_guard lock(mutex_);
      answer_ = checked;
    }
    is_told_.store(true, std::memory_order_release);
    told_.notify_one();
  }
  std::optional<Checked> wait_until(Instant deadline, embed::Watch& watch) {
    watch.keep(deadline, [&] { return is_told_.load(std::memory_order_acquire); });
    std::unique_lock lock(mutex_);
    told_.wait_until(lock, deadline, [&] { return answer_.has_value(); });
    return std::move(answer_);
  }

 private:
  std::atomic<bool> is_told_ = false;
  std::mutex mutex_;
  std::condition_variable told_;
  std::optional<Checked> answer_;
};

/// Short enough to need no memory.
std::string as_reason(const char* what) noexcept try { return what; } catch (...) {
  return "out of memory";
}

}  // namespace

class Verifier::Impl {
 public:
  Impl(const embed::Plan& plan, embed::Log log)
      : log_(std::move(log)), keeper_(plan.issuers, clock_, random_, log_) {
    if (auto wrong = keeper_.read_files()) throw std::runtime_error(*wrong + ".");
    engine_ =
        std::make_unique<embed::Engine>(thread_, plan, keeper_.verifier(), clock_, random_, log_);
    thread_.start({.begin = [this](embed::IoThread::Context& context) { begin(context); },
                   .end = [this] { end(); },
                   .failed = [this](std::string_view why) { engine_->failed(why); }});
  }
  /// Ends what is pending, and the thread, and waits for whoever is inside.
  ~Impl() {
    gate_.close();
    thread_.end();
    gate_.wait_until_empty();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool was_forked() const { return !fork_mark_.in_maker(); }
  embed::Gate& gate() { return gate_; }
  embed::Watch& watch() { return watch_; }
  bool is_its_thread() const { return thread_.is_here(); }

  std::optional<Checked> check_cached(std::string_view token) {
    return engine_->check_cached(token);
  }

  /// What can be said at once; nothing: `done` is called once, on the library's thread. Where it
  /// throws, `done` is not called.
  std::optional<Checked> check(std::string_view token, embed::Engine::Done done) {
    auto known = engine_->check(std::string(token), std::move(done));
    if (known) return judged_by_all_keys(token, *std::move(known));
    return std::nullopt;
  }

  std::string why_not_ready() const {
    std::string why = keeper_.missing();
    return why.empty() ? engine_->why_not_ready() : why;
  }

 private:
  void begin(embed::IoThread::Context& context) {
    engine_->begin(context.get_executor());
    keeper_.start(context.get_executor(),
                  [this](embed::KeyKeeper::VerifierPtr keys) { engine_->use(std::move(keys)); });
  }
  void end() noexcept {
    keeper_.stop();
    engine_->end();
  }

  /// A token that no key here has signed may be good all the same, while not all keys are here.
  Checked judged_by_all_keys(std::string_view token, Checked checked) {
    if (checked.verdict() != Verdict::invalid || checked.reason() != kUnknownKey) return checked;
    if (!keeper_.look_for_key_of(token)) return checked;
    const std::string missing = keeper_.missing();
    return missing.empty() ? checked : CheckedWriter::unavailable(missing);
  }

  const embed::ForkMark fork_mark_;
  const embed::Log log_;
  const SystemClock system_clock_;
  const verify::NeverBackClock clock_{system_clock_};
  crypto::SystemRandom random_;
  embed::Gate gate_;
  embed::Watch watch_;
  embed::IoThread thread_;
  embed::KeyKeeper keeper_;
  std::unique_ptr<embed::Engine> engine_;
};

Verifier::Verifier(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Verifier::~Verifier() {
  if (impl_->was_forked()) {
    // In a child the thread is gone, perhaps in the middle of what it did and with locks that it
    // held, and its eventfd is the parent's too: what there is of it stays.
    impl_.release();  // NOLINT(bugprone-unused-return-value): it leaks, and is meant to
  } else if (impl_->is_its_thread()) {
    std::fputs(
        "librecant: a verifier is being destroyed in one of its own callbacks, where it would wait "
        "for itself for ever. Destroy it on another thread.\n",
        stderr);
    std::abort();
  }
}

Verifier::Created Verifier::create(VerifierOptions options) noexcept {
  Created created;
  try {
    auto plan = embed::make_plan(options);
    if (!plan) {
      created.why_not = plan.error();
      return created;
    }
    auto impl = std::make_unique<Impl>(*std::move(plan), embed::Log(std::move(options.log)));
    created.verifier.reset(new Verifier(std::move(impl)));
  } catch (const std::bad_alloc&) {
    created.why_not = "out of memory";
  } catch (const std::exception& error) {
    created.why_not = as_reason(error.what());
  } catch (...) {
    created.why_not = "unknown";
  }
  return created;
}

std::optional<Checked> Verifier::check_cached(std::string_view token) noexcept {
  if (impl_->was_forked()) return CheckedWriter::unavailable(kForked);
  try {
    return impl_->check_cached(token);
  } catch (...) {
    return std::nullopt;
  }
}

// What is remembered is looked up outside the gate, which all threads write to: who is there for so
// short a time may not be there while the verifier is being destroyed.

Checked Verifier::check(std::string_view token, std::chrono::milliseconds deadline) noexcept {
  if (impl_->was_forked()) return CheckedWriter::unavailable(kForked);
  try {
    if (auto known = impl_->check_cached(token)) return *std::move(known);
    const embed::Gate::Visit visit(impl_->gate());
    const auto until = std::chrono::steady_clock::now() +
                       std::clamp(deadline, std::chrono::milliseconds{0}, kLongestDeadline);
    // Stays until the answer is there, though nobody may be waiting for it any more.
    const auto waiting = std::make_shared<Waiting>();
    auto known = impl_->check(token, [waiting](const Checked& checked) { waiting->tell(checked); });
    if (known) return *std::move(known);
    if (auto answer = waiting->wait_until(until, impl_->watch())) return *std::move(answer);
    return CheckedWriter::unavailable(kTooLate);
  } catch (...) {
    return CheckedWriter::unavailable(kFailed);
  }
}

void Verifier::check(std::string_view token,
                     const std::function<void(const Checked&)>& done) noexcept {
  if (impl_->was_forked()) return tell(done, CheckedWriter::unavailable(kForked));
  std::optional<Checked> known;
  try {
    known = impl_->check_cached(token);
    if (!known) {
      const embed::Gate::Visit visit(impl_->gate());
      known = impl_->check(token, done);
    }
  } catch (...) {
    known = CheckedWriter::unavailable(kFailed);
  }
  if (known) tell(done, *known);
}

bool Verifier::ready() noexcept {
  if (impl_->was_forked()) return false;
  const embed::Gate::Visit visit(impl_->gate());
  try {
    return impl_->why_not_ready().empty();
  } catch (...) {
    return false;
  }
}

std::string Verifier::why_not_ready() noexcept {
  if (impl_->was_forked()) return as_reason(kForked);
  const embed::Gate::Visit visit(impl_->gate());
  try {
    return impl_->why_not_ready();
  } catch (...) {
    return "out of memory";
  }
}

}  // namespace recant
