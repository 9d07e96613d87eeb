#include <recant/verifier.hpp>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include "crypto/random.hpp"
#include "embed/checked_writer.hpp"
#include "embed/engine.hpp"
#include "embed/fork_mark.hpp"
#include "embed/io_thread.hpp"
#include "embed/key_keeper.hpp"
#include "embed/log.hpp"
#include "embed/plan.hpp"
#include "verify/never_back_clock.hpp"

namespace recant {
namespace {

namespace asio = boost::asio;
using Instant = std::chrono::steady_clock::time_point;

constexpr std::string_view kForked = "made before fork(): make a verifier anew in the child";
constexpr std::string_view kTooLate = "no answer within the deadline";
constexpr std::string_view kFailed = "the check failed for want of memory or of the like";
constexpr std::string_view kUnknownKey = "not_signed_by_us";

/// One answer, for whoever waits for it until he has no more time.
class Waiting {
 public:
  void tell(const Checked& checked) {
    {
      const std::lock_guard lock(mutex_);
      answer_ = checked;
    }
    told_.notify_one();
  }
  std::optional<Checked> wait_until(Instant deadline) {
    std::unique_lock lock(mutex_);
    told_.wait_until(lock, deadline, [&] { return answer_.has_value(); });
    return std::move(answer_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::optional<Checked> answer_;
};

/// The program's callback, which may throw what it likes.
void tell(const std::function<void(const Checked&)>& done, const Checked& checked) noexcept {
  try {
    if (done) done(checked);
  } catch (...) {  // NOLINT(bugprone-empty-catch): it has been told, and nobody else is to know
  }
}

}  // namespace

class Verifier::Impl {
 public:
  Impl(const embed::Plan& plan, embed::Log log)
      : log_(std::move(log)),
        keeper_(thread_.context().get_executor(), plan.issuers, clock_, random_, log_) {
    if (auto wrong = keeper_.read_files()) throw std::runtime_error(*wrong + ".");
    engine_ =
        std::make_unique<embed::Engine>(thread_, plan, keeper_.verifier(), clock_, random_, log_);
    asio::post(thread_.context(), [this] { engine_->start(); });
    keeper_.start([this](embed::KeyKeeper::VerifierPtr keys) { engine_->use(std::move(keys)); });
    thread_.start();
  }

  /// Ends what is pending, and the thread. Once.
  void stop() {
    asio::post(thread_.context(), [this] { engine_->stop([this] { thread_.context().stop(); }); });
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool was_forked() const { return !fork_mark_.in_maker(); }

  std::optional<Checked> check_cached(std::string_view token) {
    return engine_->check_cached(token);
  }

  template <class Done>
  void check(std::string_view token, Done done) {
    engine_->check(std::string(token),
                   [this, token = std::string(token), done = std::move(done)](
                       const Checked& checked) { done(judged_by_all_keys(token, checked)); });
  }

  std::string why_not_ready() const {
    std::string why = keeper_.missing();
    return why.empty() ? engine_->why_not_ready() : why;
  }

 private:
  /// A token that no key here has signed may be good all the same, while not all keys are here.
  Checked judged_by_all_keys(std::string_view token, const Checked& checked) noexcept try {
    if (checked.verdict() != Verdict::invalid || checked.reason() != kUnknownKey) return checked;
    if (!keeper_.look_for_key_of(token)) return checked;
    const std::string missing = keeper_.missing();
    return missing.empty() ? checked : CheckedWriter::unavailable(missing);
  } catch (...) {
    return CheckedWriter::unavailable(kFailed);
  }

  const embed::ForkMark fork_mark_;
  const embed::Log log_;
  const SystemClock system_clock_;
  const verify::NeverBackClock clock_{system_clock_};
  crypto::SystemRandom random_;
  embed::IoThread thread_;
  embed::KeyKeeper keeper_;
  std::unique_ptr<embed::Engine> engine_;
};

Verifier::Verifier(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Verifier::~Verifier() {
  if (!impl_->was_forked()) {
    impl_->stop();
    return;
  }
  // In a child the thread is gone, perhaps in the middle of what it did and with locks that it
  // held, and its eventfd is the parent's too: what there is of it stays.
  static_cast<void>(new (std::nothrow) std::shared_ptr<Impl>(std::move(impl_)));
}

Verifier::Created Verifier::create(VerifierOptions options) noexcept {
  Created created;
  try {
    auto plan = embed::make_plan(options);
    if (!plan) {
      created.why_not = plan.error();
      return created;
    }
    auto impl = std::make_shared<Impl>(*std::move(plan), embed::Log(std::move(options.log)));
    created.verifier.reset(new Verifier(std::move(impl)));
  } catch (const std::exception& error) {
    created.why_not = error.what();
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

Checked Verifier::check(std::string_view token, std::chrono::milliseconds deadline) noexcept {
  if (impl_->was_forked()) return CheckedWriter::unavailable(kForked);
  try {
    if (auto known = impl_->check_cached(token)) return *std::move(known);
    const auto until = std::chrono::steady_clock::now() + deadline;
    // Both stay until the answer is there, though nobody may be waiting for it any more.
    const auto impl = impl_;
    const auto waiting = std::make_shared<Waiting>();
    impl->check(token, [waiting](const Checked& checked) { waiting->tell(checked); });
    if (auto answer = waiting->wait_until(until)) return *std::move(answer);
    return CheckedWriter::unavailable(kTooLate);
  } catch (...) {
    return CheckedWriter::unavailable(kFailed);
  }
}

void Verifier::check(std::string_view token,
                     const std::function<void(const Checked&)>& done) noexcept {
  if (impl_->was_forked()) return tell(done, CheckedWriter::unavailable(kForked));
  std::shared_ptr<std::function<void(const Checked&)>> kept;
  try {
    if (const auto known = impl_->check_cached(token)) return tell(done, *known);
    kept = std::make_shared<std::function<void(const Checked&)>>(done);
    impl_->check(token, [kept](const Checked& checked) { tell(*kept, checked); });
  } catch (...) {
    tell(done, CheckedWriter::unavailable(kFailed));
  }
}

bool Verifier::ready() noexcept {
  try {
    return !impl_->was_forked() && impl_->why_not_ready().empty();
  } catch (...) {
    return false;
  }
}

std::string Verifier::why_not_ready() noexcept {
  try {
    return impl_->was_forked() ? std::string(kForked) : impl_->why_not_ready();
  } catch (...) {
    return "unknown";
  }
}

}  // namespace recant
