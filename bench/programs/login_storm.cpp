#include "login_storm.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/base64url.hpp"
#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "crypto/random.hpp"
#include "redis/command.hpp"
#include "redis/keys.hpp"

namespace recant::bench {
namespace {

using Clock = std::chrono::steady_clock;
using boost::asio::ip::tcp;

/// How often the schedule is looked at.
constexpr milliseconds kTick{1};
/// Logins in one write; a Redis that cannot keep up makes the storm late, not large.
constexpr std::uint64_t kMostAtOnce = 200;
constexpr seconds kPatience{10};

// What a server goes by unless it is told otherwise.
constexpr std::chrono::hours kIdle{14 * 24}, kAbsolute{90 * 24};
constexpr seconds kAccess{900}, kWhitelistMargin{60};

void pin_this_thread(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  if (::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores) != 0) {
    throw std::runtime_error("there is no core " + std::to_string(core));
  }
}

/// The commands of logins, one user each (docs/redis-keys.md).
class Writes {
 public:
  /// Commands of one login, so many replies come to them.
  static constexpr std::size_t kOfALogin = 6;

  void append_login(std::string& bytes) {
    const auto now = clock_.wall();
    const auto subject = new_uuid(now), sid = new_uuid(now), jti = new_uuid(now);
    const auto id = base64url_encode(random_.bytes<32>());  // stands for a refresh token's digest
    const auto nonce = random_.bytes<16>();
    const auto ends = count(now + kIdle);
    const auto record = keys_.session(subject, sid), index = keys_.sessions(subject);
    redis::Command("HSET", record, "v", 1, "g", 0, "k", "key-id-0001", "r", id, "n",
                   std::string(nonce.begin(), nonce.end()), "x", count(now + kAbsolute), "e", ends,
                   "a0", jti + " 900 w", "u", "Mozilla/5.0 (X11) Chrome/126.0.0.0", "i",
                   "203.0.113.77")
        .encode_to(bytes);
    redis::Command("PEXPIREAT", record, ends).encode_to(bytes);
    redis::Command("SET", keys_.refresh_token(subject, id), subject, "PXAT", ends).encode_to(bytes);
    redis::Command("ZADD", index, ends, sid).encode_to(bytes);
    redis::Command("PEXPIREAT", index, ends).encode_to(bytes);
    redis::Command("SET", keys_.whitelisted_jti(subject, jti), 1, "PXAT",
                   count(now + kAccess + kWhitelistMargin))
        .encode_to(bytes);
  }

 private:
  std::string new_uuid(UnixMillis at) {
    return Uuid::version7(at, random_.bytes<10>()).to_string();
  }

  const redis::Keys keys_;
  SystemClock clock_;
  crypto::SystemRandom random_;
};

/// Each of them is one line, and an error begins with a minus.
void read_replies(tcp::socket& redis, std::size_t lines) {
  std::array<char, 64 * 1024> bytes{};
  for (bool at_beginning = true; lines > 0;) {
    const std::size_t size = redis.read_some(boost::asio::buffer(bytes));
    for (std::size_t i = 0; i < size; ++i) {
      if (at_beginning && bytes[i] == '-') throw std::runtime_error("Redis refuses a write");
      at_beginning = bytes[i] == '\n';
      if (at_beginning) --lines;
    }
  }
}

}  // namespace

LoginStorm::LoginStorm(redis::TcpAddress address, std::uint64_t per_second, int core)
    : address_(std::move(address)), per_second_(per_second) {
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
  boost::asio::io_context io;
  tcp::socket redis(io);
  redis.connect({boost::asio::ip::make_address(address_.host), address_.port});
  redis.set_option(tcp::no_delay(true));
  Writes writes;
  std::uint64_t started = 0;
  std::string bytes;
  for (auto begun = Clock::now(); !stop.stop_requested(); std::this_thread::sleep_for(kTick)) {
    const std::chrono::duration<double> passed = Clock::now() - begun;
    const auto due = static_cast<std::uint64_t>(passed.count() * static_cast<double>(per_second_));
    while (started < due && !stop.stop_requested()) {
      const auto batch = std::min(due - started, kMostAtOnce);
      bytes.clear();
      for (std::uint64_t i = 0; i < batch; ++i) writes.append_login(bytes);
      boost::asio::write(redis, boost::asio::buffer(bytes));
      read_replies(redis, batch * Writes::kOfALogin);
      started += batch;
      opened_ = started;
    }
  }
}

void LoginStorm::wait_until_under_way() const {
  const auto end = Clock::now() + kPatience;
  while (per_second_ > 0 && opened() == 0) {
    if (Clock::now() > end) throw std::runtime_error("no session is written");
    std::this_thread::sleep_for(kTick);
  }
}

std::uint64_t LoginStorm::opened() const {
  if (failed_) std::rethrow_exception(failure_);
  return opened_;
}

}  // namespace recant::bench
