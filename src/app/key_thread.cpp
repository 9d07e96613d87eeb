#include "app/key_thread.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace recant::app {
namespace {

namespace asio = boost::asio;

/// What is due happens that much later at most.
constexpr milliseconds kTick{500};

constexpr const char* kBehind =
    "What other servers did to the keys is not known here; the log says why.";

}  // namespace

KeyThread::KeyThread(std::unique_ptr<service::KeyVault> vault, const service::KeyOptions& options,
                     const Clock& clock, RandomSource& random, Log& log)
    : vault_(std::move(vault)), log_(log), keeper_(*vault_, options, clock, random, log) {}

KeyThread::~KeyThread() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  shown_.notify_all();
}

OrRefusal<void> KeyThread::open(std::vector<service::OwnKey> own) {
  const auto notes = keeper_.open(std::move(own));
  if (!notes) return Refusal{notes.error()};
  warn(*notes);
  return {};
}

void KeyThread::start(asio::io_context& control, std::vector<KeyReader> readers) {
  readers_ = std::move(readers);
  asio::co_spawn(control, tick_forever(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
}

Task<service::Outcome<service::KeyRotation>> KeyThread::rotate(service::RotateOrder order,
                                                               service::Caller caller) {
  auto work = [this, order = std::move(order), caller = std::move(caller)] {
    return keeper_.rotate(order, caller, *this);
  };
  auto rotation = co_await pool_.run(work);
  if (rotation) co_return *std::move(rotation);
  co_return service::Failure{
      service::FailureCode::busy, "Too many rotations are waiting.", {}, seconds{1}};
}

Task<void> KeyThread::use_own(std::vector<service::OwnKey> own) {
  auto work = [this, own = std::move(own)] { return keeper_.use_own(own, *this); };
  const auto notes = co_await pool_.run(work);
  if (!notes) co_return;
  warn(*notes);
  log_.write(LogLevel::info, "keys.files were read again");
}

KeyThread::Ticked KeyThread::tick() {
  std::string trouble;
  try {
    const auto done = keeper_.tick(*this);
    if (!done) trouble = done.error();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  return {trouble, keeper_.is_behind()};
}

Task<void> KeyThread::tick_forever() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(kTick);
    co_await timer.async_wait(asio::use_awaitable);
    auto work = [this] { return tick(); };
    const auto ticked = co_await pool_.run(work);
    if (ticked) report(*ticked);
  }
}

/// Once for as long as it lasts.
void KeyThread::report(const Ticked& ticked) {
  if (!ticked.trouble.empty() && ticked.trouble != trouble_) {
    log_.write(LogLevel::error, "the keys cannot be changed as is due; it is tried again",
               {{"why", ticked.trouble}});
  }
  trouble_ = ticked.trouble;
  if (readiness_ != nullptr) readiness_->set_keys_fault(ticked.behind ? kBehind : "");
}

void KeyThread::warn(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) log_.write(LogLevel::warn, note);
}

bool KeyThread::show(service::SharedKeyRing ring) {
  const auto left = std::make_shared<std::size_t>(readers_.size());  // under mutex_
  for (const KeyReader& reader : readers_) {
    asio::post(reader.io, [this, &reader, ring, left] {
      reader.use(ring);
      const std::lock_guard lock(mutex_);
      --*left;
      shown_.notify_all();
    });
  }
  std::unique_lock lock(mutex_);
  shown_.wait(lock, [&] { return *left == 0 || stopping_; });
  return *left == 0;
}

}  // namespace recant::app
