// The keys while threads work with them: issuers and verifiers on threads of their own, and keys
// that change under them. Run under ThreadSanitizer too.
#include "app/key_thread.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "app/key_files.hpp"
#include "crypto/random.hpp"
#include "file_rights.hpp"
#include "http/io_threads.hpp"
#include "verify/access_token.hpp"

namespace recant::app {
namespace {

namespace asio = boost::asio;

using crypto::Algorithm;
using ::testing::SizeIs;

constexpr const char* kIssuer = "https://login.example";

/// What a thread that serves has of the keys.
class Reader {
 public:
  Reader(const service::SharedKeyRing& ring, const Clock& clock, RandomSource& random)
      : clock_(clock),
        random_(random),
        issuer_({kIssuer, {"api"}, "web"}, ring->signing, ring->refresh),
        verifier_({kIssuer, {"api"}}, ring->verification) {}

  void use(const service::SharedKeyRing& ring) {
    issuer_.use_keys(ring->signing, ring->refresh);
    verifier_.use_keys(ring->verification);
    kid_ = ring->signing.kid;
  }
  service::Tokens issue() {
    const UnixMillis now = clock_.wall();
    const auto sid = Uuid::version7(now, random_.bytes<10>());
    const auto issued_at = std::chrono::floor<seconds>(now);
    const service::LiveGeneration live{0,
                                       issuer_.refresh_tokens().current_key_id(),
                                       Uuid::version7(now, random_.bytes<10>()).to_string(),
                                       {issued_at, issued_at + seconds{900}},
                                       {},
                                       now + std::chrono::hours{1},
                                       now};
    return *issuer_.issue(*core::Subject::parse("ada"), sid, {}, live);
  }
  bool takes(const service::Tokens& tokens) const {
    return verifier_.verify(tokens.access_token, clock_.wall()).has_value() &&
           issuer_.refresh_tokens().open(tokens.refresh_token).has_value();
  }
  const std::string& kid() const { return kid_; }

 private:
  const Clock& clock_;
  RandomSource& random_;
  service::TokenIssuer issuer_;
  verify::AccessTokenVerifier verifier_;
  std::string kid_;
};

class KeyThreadTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kReaders = 3;

  KeyThreadTest() : log_({.level = LogLevel::error}, clock_), threads_(kReaders) {
    const service::KeyOptions options{Algorithm::eddsa, {seconds{900}, std::chrono::hours{1}}, {}};
    keys_ = std::make_unique<KeyThread>(std::make_unique<KeyFiles>(home_ / "keys"), options, clock_,
                                        random_, log_);
    EXPECT_TRUE(keys_->open({}));
    std::vector<KeyReader> readers;
    for (std::size_t i = 0; i < kReaders; ++i) {
      readers_.push_back(std::make_unique<Reader>(keys_->ring(), clock_, random_));
      readers.push_back({threads_.io(i), [reader = readers_.back().get()](const auto& ring) {
                           reader->use(ring);
                         }});
    }
    keys_->start(threads_.io(0), std::move(readers));
    threads_.run();
  }
  ~KeyThreadTest() override {
    threads_.stop();
    keys_.reset();
  }

  /// Runs `body` on the thread of reader `i`.
  template <class Body>
  auto on(std::size_t i, const Body& body) {
    using Value = decltype(body(*readers_[i]));
    auto task = std::make_shared<std::packaged_task<Value()>>(
        [reader = readers_[i].get(), body] { return body(*reader); });
    asio::post(threads_.io(i), [task] { (*task)(); });
    return task->get_future();
  }
  std::future<service::Outcome<service::KeyRotation>> rotate(service::RotateOrder order) {
    return asio::co_spawn(threads_.io(1), keys_->rotate(std::move(order), {}), asio::use_future);
  }
  service::Tokens issue(std::size_t i) {
    return on(i, [](Reader& reader) { return reader.issue(); }).get();
  }
  bool takes(std::size_t i, const service::Tokens& tokens) {
    return on(i, [&](Reader& reader) { return reader.takes(tokens); }).get();
  }

  TemporaryDirectory home_;
  SystemClock clock_;
  crypto::SystemRandom random_;
  Log log_;
  http::IoThreads threads_;
  std::unique_ptr<KeyThread> keys_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

/// A thread that is busy knows no new key; until it does, no other signs with one.
TEST_F(KeyThreadTest, NoThreadSignsBeforeEachKnowsTheKey) {
  std::promise<void> busy_over;
  const auto over = busy_over.get_future().share();
  const auto busy = on(2, [over](Reader&) { over.wait(); });
  auto rotation = rotate({.signs_in = seconds{0}});
  for (int i = 0; i < 50; ++i) {
    const auto tokens = issue(static_cast<std::size_t>(i % 2));
    EXPECT_TRUE(readers_[2]->takes(tokens)) << "a token that the busy thread does not know";
    std::this_thread::sleep_for(milliseconds{2});
  }
  EXPECT_EQ(rotation.wait_for(milliseconds{0}), std::future_status::timeout);
  busy_over.set_value();
  const auto done = rotation.get();
  ASSERT_TRUE(done);
  EXPECT_EQ(on(0, [](Reader& reader) { return reader.kid(); }).get(), done->made.front());
}

/// While keys change as fast as they can, every token is good on every thread from the moment it
/// was made, and one of a retired key is good on none once that was answered.
TEST_F(KeyThreadTest, NobodyIsRefusedWhileKeysChangeAndARetiredKeyIsGoodNowhere) {
  std::atomic<bool> stop{false};
  std::atomic<int> issued{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kReaders; ++i) {
    clients.emplace_back([&, i] {
      for (std::size_t turn = 0; !stop; ++turn) {
        const auto tokens = issue(i);
        ++issued;
        if (!takes((i + turn) % kReaders, tokens)) ++refused;
      }
    });
  }
  for (int round = 0; round < 10; ++round) {
    const auto rotation = rotate({.signs_in = seconds{0}}).get();
    ASSERT_TRUE(rotation) << rotation.error().detail;
    const int before = issued;
    while (issued < before + 20) std::this_thread::yield();
  }
  stop = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(refused, 0) << "of " << issued;

  const auto last = issue(0);
  const std::string leaked = on(0, [](Reader& reader) { return reader.kid(); }).get();
  ASSERT_TRUE(rotate({.retire = leaked}).get());
  for (std::size_t i = 0; i < kReaders; ++i) {
    EXPECT_FALSE(takes(i, last)) << i;
    EXPECT_TRUE(takes(i, issue((i + 1) % kReaders))) << i;
  }
}

TEST_F(KeyThreadTest, ManyOrdersAtOnceAreCarriedOutOneByOne) {
  std::vector<std::future<service::Outcome<service::KeyRotation>>> orders;
  for (int i = 0; i < 8; ++i) orders.push_back(rotate({}));
  std::size_t made = 0;
  for (auto& order : orders) {
    const auto rotation = order.get();
    ASSERT_TRUE(rotation);
    made += rotation->made.size();
    EXPECT_THAT(rotation->report.keys, SizeIs(4));
  }
  EXPECT_EQ(made, 2u);
}

/// The threads end while one is to be handed a new ring.
TEST_F(KeyThreadTest, EndsThoughAReaderAnswersNoMore) {
  std::promise<void> never;
  const auto over = never.get_future().share();
  const auto busy = on(2, [over](Reader&) { over.wait(); });
  const auto rotation = rotate({.signs_in = seconds{0}});
  while (issue(0).access_token.empty()) {
  }
  threads_.io(2).stop();  // what was posted to it is never run
  never.set_value();
  threads_.stop();
  keys_.reset();
  EXPECT_EQ(rotation.wait_for(milliseconds{0}), std::future_status::timeout);
}

}  // namespace
}  // namespace recant::app
