#include "login_storm.hpp"

#include <pthread.h>
#include <sched.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/base64url.hpp"
#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "redis/connection.hpp"
#include "redis/session_store.hpp"

namespace recant::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// How often the schedule is looked at.
constexpr milliseconds kTick{1};
/// Logins at once; a Redis that cannot keep up makes the storm late, not large.
constexpr std::uint64_t kMostAtOnce = 1000;
constexpr seconds kPatience{10};

/// What a server goes by unless it is told otherwise.
const core::SessionLifetimes kLifetimes{std::chrono::hours{14 * 24}, std::chrono::hours{90 * 24},
                                        seconds{900}, seconds{30}};
const service::Device kDevice{
    "",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "203.0.113.77"};

redis::ConnectionOptions connection_options() {
  redis::ConnectionOptions options;
  options.timeout = kPatience;
  options.client_name = "bench-logins";
  return options;
}

void pin_this_thread(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  if (::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores) != 0) {
    throw std::runtime_error("there is no core " + std::to_string(core));
  }
}

/// Out of io_context::run().
constexpr auto kRethrow = [](const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
};

/// One event loop's logins.
class Logins {
 public:
  Logins(boost::asio::io_context& io, std::shared_ptr<const redis::Target> target,
         std::atomic<std::uint64_t>& opened)
      : io_(io),
        opened_(opened),
        connection_(io.get_executor(), std::move(target), connection_options(), clock_, random_),
        store_(connection_, redis::Keys{}, policy_) {}

  Task<void> keep_to_schedule(std::uint64_t per_second, std::stop_token stop) {
    const auto begun = Clock::now();
    boost::asio::steady_timer tick(io_);
    std::uint64_t started = 0;
    while (!stop.stop_requested()) {
      const std::chrono::duration<double> passed = Clock::now() - begun;
      const auto due = static_cast<std::uint64_t>(passed.count() * static_cast<double>(per_second));
      for (; started < due && under_way_ < kMostAtOnce; ++started) {
        ++under_way_;
        boost::asio::co_spawn(io_, log_in(), kRethrow);
      }
      tick.expires_after(kTick);
      co_await tick.async_wait(boost::asio::use_awaitable);
    }
    co_await connection_.stop();
  }

 private:
  Task<void> log_in() {
    const auto subject = core::Subject::parse(new_uuid(clock_.wall()).to_string());
    const auto gate = co_await store_.read_gate(*subject);
    if (!gate) throw std::runtime_error("Redis answered no gate: " + gate.error().why);
    service::NewSession session = session_of(*subject, *gate);
    const auto outcome = co_await store_.open(std::move(session));
    if (!outcome) throw std::runtime_error("Redis opened no session: " + outcome.error().why);
    if (!outcome->live) throw std::runtime_error("a script refused to open a session");
    --under_way_;
    opened_.fetch_add(1, std::memory_order_relaxed);
  }

  Uuid new_uuid(UnixMillis at) { return Uuid::version7(at, random_.bytes<10>()); }

  service::NewSession session_of(const core::Subject& subject, const service::LoginGate& gate) {
    return {subject,
            new_uuid(gate.earliest_begin),
            gate,
            random_.bytes<16>(),
            "key-id-0001",
            base64url_encode(random_.bytes<32>()),  // stands for the digest of a refresh token
            random_.bytes<10>(),
            {},
            kDevice,
            kLifetimes};
  }

  boost::asio::io_context& io_;
  std::atomic<std::uint64_t>& opened_;
  std::uint64_t under_way_ = 0;
  SystemClock clock_;
  crypto::SystemRandom random_;
  redis::PolicyInForce policy_{
      {.strategy = core::Strategy::whitelist, .max_staleness = milliseconds{250}}};
  redis::Connection connection_;
  redis::RedisSessionStore store_;
};

}  // namespace

LoginStorm::LoginStorm(std::shared_ptr<const redis::Target> target, std::uint64_t per_second,
                       int core)
    : target_(std::move(target)), per_second_(per_second) {
  if (per_second == 0) return;
  thread_ = std::jthread([this, core](const std::stop_token& stop) {
    try {
      pin_this_thread(core);
      run(stop);
    } catch (...) {
      failure_ = std::current_exception();
      failed_ = true;
    }
  });
}

void LoginStorm::run(const std::stop_token& stop) {
  boost::asio::io_context io(1);
  Logins logins(io, target_, opened_);
  boost::asio::co_spawn(io, logins.keep_to_schedule(per_second_, stop), kRethrow);
  io.run();
}

void LoginStorm::wait_until_under_way() const {
  const auto end = Clock::now() + kPatience;
  while (per_second_ > 0 && opened() == 0) {
    if (Clock::now() > end) throw std::runtime_error("no session is opened");
    std::this_thread::sleep_for(kTick);
  }
}

std::uint64_t LoginStorm::opened() const {
  if (failed_) std::rethrow_exception(failure_);
  return opened_.load(std::memory_order_relaxed);
}

}  // namespace recant::bench
