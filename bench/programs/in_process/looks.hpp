// What memory takes for the looks of a check one behind another, and nothing else: beside checks of
// many tokens, which can hardly take less. Its table, entries and stamps are about as large as
// those of a verifier that remembers so many tokens, and lie as they do where tokens are checked in
// the order in which they became known.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "base/zeroed_memory.hpp"

namespace recant::bench {

class Looks {
 public:
  explicit Looks(std::size_t tokens)
      : lines_(tokens),
        table_(tokens * kWordsALine),
        entries_(tokens * kWordsAnEntry),
        stamps_(kStamps) {
    std::iota(lines_.begin(), lines_.end(), 0U);
    std::mt19937 random(1);  // NOLINT: repeatable
    std::shuffle(lines_.begin(), lines_.end(), random);
    for (std::size_t i = 0; i < tokens; ++i) {
      table_.data()[lines_[i] * kWordsALine] = i * kWordsAnEntry;
      entries_.data()[i * kWordsAnEntry] = random() % kStamps;
    }
  }

  /// Each look says where the next is, and the last one which token is next.
  void take() {
    const std::uint64_t entry = table_.data()[lines_[token_] * kWordsALine];
    const std::uint64_t stamp = entries_.data()[entry];
    token_ += 1 + stamps_.data()[stamp];  // which are all 0, but who is to know
    if (token_ >= lines_.size()) token_ = 0;
  }

 private:
  static constexpr std::size_t kWordsALine = 64 / sizeof(std::uint64_t);
  static constexpr std::size_t kWordsAnEntry = 850 / sizeof(std::uint64_t);  // as those tokens take
  static constexpr std::size_t kStamps = std::size_t{1} << 20;

  std::vector<std::uint32_t> lines_;  // of the table, by token
  ZeroedMemory table_, entries_, stamps_;
  std::size_t token_ = 0;
};

}  // namespace recant::bench
