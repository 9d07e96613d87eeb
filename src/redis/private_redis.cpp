#include "redis/private_redis.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "base/child_process.hpp"
#include "redis/blocking.hpp"
#include "redis/private_files.hpp"

namespace recant::redis {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};
/// A life that long makes the next pause short again.
constexpr milliseconds kGoodLife{10'000};
constexpr milliseconds kLookAgain{10};

/// While it lives, signals of the process go to other threads, and so for threads started
/// meanwhile.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

// Owns the thread that starts, watches and stops the process. What it and the others share is
// stop_ and the descriptor that wakes it.
class PrivateRedis::Keeper {
 public:
  Keeper(PrivateRedisOptions options, PrivateFiles files, std::string program,
         PrivateRedisObserver* observer)
      : options_(std::move(options)),
        files_(std::move(files)),
        program_(std::move(program)),
        observer_(observer),
        wake_(::eventfd(0, EFD_CLOEXEC)) {}
  ~Keeper() {
    stop();
    ::close(wake_);
  }
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// Empty once it answers; otherwise why it does not, and then the thread is gone.
  std::string start() {
    std::promise<std::string> first;
    auto outcome = first.get_future();
    const SignalsBlocked blocked;
    thread_ = std::thread([this, &first] { keep(first); });
    return outcome.get();
  }

  void stop() {
    stop_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Launched = Result<ChildProcess, std::string>;

  void keep(std::promise<std::string>& first) {
    Launched child = launch();
    const bool answers = static_cast<bool>(child);
    // From here `first` may be gone.
    first.set_value(answers ? std::string() : child.error());
    if (!answers) return;
    milliseconds pause = kFirstPause;
    while (true) {
      const auto began = SteadyClock::now();
      if (child) {
        if (observer_) observer_->started(child->pid());
        if (watch(*child)) return;
      }
      if (observer_) observer_->failed(child ? obituary() : child.error());
      pause = SteadyClock::now() - began > kGoodLife ? kFirstPause : pause;
      if (sleep(pause)) return;
      pause = std::min(pause * 2, kLongestPause);
      child = launch();
    }
  }

  /// A process that answers PING.
  Launched launch() {
    if (const auto former = wait_for_former()) {
      return "a redis-server (pid " + std::to_string(*former) + ") still runs in " +
             files_.directory().string() + "; end it (kill " + std::to_string(*former) + ")";
    }
    log_offset_ = files_.log_size();
    auto child = ChildProcess::start({.program = program_,
                                      .arguments = {"redis.conf"},
                                      .environment = {"LANG=C"},
                                      .directory = files_.directory(),
                                      .output_file = "redis.log",
                                      .lock_file = "redis.lock"});
    if (!child) return child;
    auto silent_until = SteadyClock::now() + options_.start_limit;
    while (true) {
      const auto reply = ask_blocking(UnixAddress{files_.socket()}, Command("PING"), kGoodLife);
      if (reply && !reply->is_error()) return child;
      if (reply) silent_until = SteadyClock::now() + options_.start_limit;  // LOADING
      if (child->wait_for(kLookAgain)) return obituary();
      if (stop_) return std::string("it was stopped while it started");
      if (SteadyClock::now() > silent_until) {
        return "redis-server does not answer on " + files_.socket().string() + "; see " +
               files_.log().string();
      }
    }
  }

  /// Its pid, if it does not go away. The kernel has killed it together with its parent, but a
  /// large process takes a moment to be gone.
  std::optional<pid_t> wait_for_former() {
    const auto limit = SteadyClock::now() + options_.former_limit;
    while (true) {
      const auto former = lock_holder(files_.lock());
      if (!former || stop_ || SteadyClock::now() > limit) return former;
      std::this_thread::sleep_for(kLookAgain);
    }
  }

  /// True if it was stopped because we were; false if it died.
  bool watch(ChildProcess& child) {
    while (!stop_ && child.running()) {
      pollfd events[] = {{wake_, POLLIN, 0}, {child.end_descriptor(), POLLIN, 0}};
      ::poll(events, 2, child.end_descriptor() < 0 ? 100 : -1);
    }
    if (!stop_) return false;
    child.signal(SIGTERM);
    if (!child.wait_for(options_.stop_limit)) child.signal(SIGKILL);
    child.wait_for(options_.stop_limit);
    return true;
  }

  /// True if we were stopped meanwhile.
  bool sleep(milliseconds time) {
    pollfd wake{wake_, POLLIN, 0};
    ::poll(&wake, 1, static_cast<int>(time.count()));
    return stop_;
  }

  std::string obituary() const {
    const std::string line = files_.last_log_line(log_offset_);
    return "redis-server ended" +
           (line.empty() ? std::string(" without a word in its log")
                         : ", and the last line of its log is: " + line) +
           " (" + files_.log().string() + ")";
  }

  const PrivateRedisOptions options_;
  const PrivateFiles files_;
  const std::string program_;
  PrivateRedisObserver* const observer_;
  const int wake_;
  std::atomic<bool> stop_{false};
  std::uintmax_t log_offset_ = 0;  ///< of the thread alone
  std::thread thread_;
};

PrivateRedis::PrivateRedis(Address address, std::unique_ptr<Keeper> keeper)
    : address_(std::move(address)), keeper_(std::move(keeper)) {}

PrivateRedis::~PrivateRedis() = default;

void PrivateRedis::stop() { keeper_->stop(); }

Result<std::unique_ptr<PrivateRedis>, std::string> PrivateRedis::start(
    PrivateRedisOptions options, PrivateRedisObserver* observer) {
  const auto program = find_program("redis-server", options.search_path);
  if (program.empty()) {
    return std::string(
        "redis-server is not installed (not found on PATH), and redis.url is empty; install it "
        "(apt install redis-server), or set redis.url to a Redis of your own");
  }
  auto files = PrivateFiles::prepare(options.data);
  if (!files) return files.error();
  const Address address = UnixAddress{files->socket()};
  auto keeper = std::make_unique<Keeper>(std::move(options), *files, program, observer);
  std::string why_not = keeper->start();
  if (!why_not.empty()) return "the private Redis does not start: " + why_not;
  return std::unique_ptr<PrivateRedis>(new PrivateRedis(address, std::move(keeper)));
}

}  // namespace recant::redis
