#include "app/password_workers.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "crypto/random.hpp"
#include "testing/run.hpp"

namespace recant::app {
namespace {

using recant::testing::run;
using service::HashError;

constexpr crypto::PasswordOptions kCheap{64, 1};

class PasswordWorkersTest : public ::testing::Test {
 protected:
  static SecretString secret(const char* text) { return SecretString(text); }
  std::string hash(const char* text) { return *run(workers_.hash(secret(text))); }
  service::PasswordCheck check(const std::string& phc, const char* text) {
    return *run(workers_.check(phc, secret(text)));
  }

  crypto::SystemRandom random_;
  PasswordWorkers workers_{{kCheap, 2, 64}, random_};
};

TEST_F(PasswordWorkersTest, KnowsAPasswordFromItsHash) {
  const std::string phc = hash("correct horse");
  EXPECT_TRUE(phc.starts_with("$argon2id$"));
  EXPECT_TRUE(check(phc, "correct horse").matches);
  EXPECT_FALSE(check(phc, "correct horse").outdated);
  EXPECT_FALSE(check(phc, "Correct horse").matches);
  EXPECT_FALSE(check("garbage", "correct horse").matches);
}

TEST_F(PasswordWorkersTest, NobodyMatchesNothing) {
  EXPECT_FALSE(check("", "").matches);
  EXPECT_FALSE(check("", "correct horse").matches);
  EXPECT_FALSE(check("", "correct horse").outdated);
}

TEST_F(PasswordWorkersTest, AWeakerHashIsOutdatedForWhoeverKnowsThePassword) {
  PasswordWorkers stronger({{128, 2}, 1, 64}, random_);
  const std::string phc = hash("correct horse");
  const auto known = run(stronger.check(phc, secret("correct horse")));
  EXPECT_TRUE(known->matches);
  EXPECT_TRUE(known->outdated);
  const auto unknown = run(stronger.check(phc, secret("wrong")));
  EXPECT_FALSE(unknown->matches);
  EXPECT_FALSE(unknown->outdated);
}

// More than the queue holds are told so at once; those who wait get their answer.
TEST_F(PasswordWorkersTest, AFullQueueIsBusy) {
  PasswordWorkers few({{65536, 3}, 1, 4}, random_);
  constexpr int kCallers = 12;
  int done = 0;
  int busy = 0;
  boost::asio::io_context io;
  const auto caller = [&]() -> Task<void> {
    const auto answer = co_await few.hash(SecretString("correct horse"));
    if (answer) {
      ++done;
    } else if (answer.error() == HashError::busy) {
      ++busy;
    }
  };
  // All of them ask before the first hash of 64 MiB in three passes can be done.
  for (int i = 0; i < kCallers; ++i) boost::asio::co_spawn(io, caller(), boost::asio::detached);
  io.run();
  EXPECT_EQ(done + busy, kCallers);
  EXPECT_GE(done, 4);
  EXPECT_GE(busy, 1);
}

}  // namespace
}  // namespace recant::app
