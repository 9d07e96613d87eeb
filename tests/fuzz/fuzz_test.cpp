// Every target over its seeds, whose names say whether they are taken, and over what a seeded
// generator makes of them: what libFuzzer would find at once is found by every build.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "targets.hpp"
#include "testing/repository.hpp"

namespace recant::fuzz {

inline void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

namespace {

constexpr int kMutationsASeed = 150;

struct Seed {
  std::string name;
  std::string bytes;
};

std::vector<Seed> seeds_of(const Target& target) {
  std::vector<Seed> seeds;
  const auto folder = testing::repository() / "tests/fuzz/corpus" / target.name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    seeds.push_back({entry.path().filename(), {std::istreambuf_iterator<char>(in), {}}});
  }
  std::ranges::sort(seeds, {}, &Seed::name);
  return seeds;
}

/// The engine is specified to the bit, so a failure comes again.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : engine_(seed) {}

  std::string change(std::string bytes, const std::string& other) {
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change_once(bytes, other);
    return bytes;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }

  void change_once(std::string& bytes, const std::string& other) {
    const std::size_t at = below(bytes.size() + 1);
    const std::size_t length = below(bytes.size() - at + 1);
    switch (below(6)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
        break;
      case 1:
        bytes.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, std::min<std::size_t>(length, 256)));
        break;
      case 4: {
        const std::size_t from = below(other.size() + 1);
        bytes.replace(at, length, other, from, below(other.size() - from + 1));
        break;
      }
      default: {
        constexpr std::string_view kMarks = ".\"\\{}[]:,=%\r\n\t \0\x7f\x80\xff-_019$*+";
        if (at < bytes.size()) bytes[at] = kMarks[below(kMarks.size())];
      }
    }
  }

  std::mt19937_64 engine_;
};

class FuzzTarget : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzTarget, Q09_JudgesItsSeedsAsTheirNamesSay) {
  int good = 0;
  int bad = 0;
  for (const Seed& seed : seeds_of(GetParam())) {
    const bool expected = seed.name.starts_with("good-");
    ASSERT_TRUE(expected || seed.name.starts_with("bad-")) << seed.name;
    ++(expected ? good : bad);
    EXPECT_EQ(GetParam().run(seed.bytes), expected) << seed.name;
  }
  EXPECT_GE(good, 2);
  EXPECT_GE(bad, 3);
}

TEST_P(FuzzTarget, Q09_HoldsForWhatBecomesOfItsSeeds) {
  const auto seeds = seeds_of(GetParam());
  Mutator mutator(20261124);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const Seed& other = seeds[(i * 7 + 3) % seeds.size()];
    for (int round = 0; round < kMutationsASeed; ++round) {
      const std::string bytes = mutator.change(seeds[i].bytes, other.bytes);
      EXPECT_NO_THROW(GetParam().run(bytes)) << ::testing::PrintToString(bytes);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuzzTarget, ::testing::ValuesIn(kTargets),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace recant::fuzz
