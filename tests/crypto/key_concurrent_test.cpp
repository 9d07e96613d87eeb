// One key object, many threads: each signs and verifies as if it were alone.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "crypto/key.hpp"
#include "crypto/random.hpp"

namespace recant::crypto {
namespace {

using enum Algorithm;

class ConcurrentKey : public testing::TestWithParam<Algorithm> {};

TEST_P(ConcurrentKey, SignsAndVerifiesOnAllThreadsAtOnce) {
  SystemRandom random;
  const auto key = SigningKey::generate(GetParam(), random);
  ASSERT_TRUE(key);
  constexpr int kRounds = 50;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string message = std::to_string(t) + "/" + std::to_string(i);
        ByteVector signature = key->sign(message);
        const bool good = key->verification_key().verify(message, signature);
        signature[signature.size() / 2] ^= 1;
        if (good && !key->verification_key().verify(message, signature)) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4 * kRounds);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, ConcurrentKey,
                         testing::Values(es256, eddsa, rs256, ps256, hs256),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace recant::crypto
