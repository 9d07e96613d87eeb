#include "app/password_workers.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
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

/// Of each thread of this process (proc_pid_stat(5): the 17th field behind the name).
std::vector<int> niceness_of_threads() {
  std::vector<int> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
    found.push_back(std::stoi(words.at(16)));
  }
  return found;
}

TEST_F(PasswordWorkersTest, WhoeverHashesGivesWayToChecks) {
  const int ours = ::getpriority(PRIO_PROCESS, 0);
  const std::string phc = hash("correct horse");
  for (int i = 0; i < 8; ++i) check(phc, "correct horse");
  EXPECT_GE(std::ranges::count(niceness_of_threads(), std::min(ours + 10, 19)), 1);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), ours);
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

/// Of all threads of this process: what else runs on the machine counts for nothing.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The wrong password of nobody's account, of an account's, and of one that was imported with a hash
// that costs next to nothing. Tests of the time itself are tests/timing's.
TEST_F(PasswordWorkersTest, A15_AWrongPasswordCostsAHashWhosesoeverItIs) {
  PasswordWorkers workers({{16384, 2}, 1, 64}, random_);
  const auto cost = [&](const std::string& phc) {
    double least = 1e9;
    for (int i = 0; i < 5; ++i) {
      const double before = cpu_seconds();
      EXPECT_FALSE(run(workers.check(phc, secret("wrong")))->matches);
      least = std::min(least, cpu_seconds() - before);
    }
    return least;
  };
  const double known = cost(*run(workers.hash(secret("correct horse"))));
  EXPECT_GT(cost(""), known / 2);
  EXPECT_LT(cost(""), known * 2);
  // Of "open sesame 42", made by passlib 1.7.4.
  const std::string imported =
      "pbkdf2_sha256$1000$dPzE4M1gm3zL$NYAt6gWaNadqSH2PZkeYcBaiGoDEteXtx9Du/J3hoVA=";
  EXPECT_GT(cost(imported), known / 2);
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
