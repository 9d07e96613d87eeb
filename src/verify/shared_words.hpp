// Memory that one thread writes while others read it, word by word: text and numbers, of which a
// reader may see a part of the old and a part of the new. Whether what he saw was whole is found
// out by whoever knows when it was written over (VerdictCache).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace recant::verify::shared_words {

using Word = std::uint64_t;
inline constexpr std::size_t kWordBytes = sizeof(Word);

constexpr std::size_t words_for(std::size_t bytes) { return (bytes + kWordBytes - 1) / kWordBytes; }

// Release and acquire on every word: that costs nothing on x86-64, and it is what keeps a word of
// the next entry from being seen without the tail that was moved before it.
inline Word load(const Word* word, std::memory_order order = std::memory_order_acquire) {
  return std::atomic_ref(*const_cast<Word*>(word)).load(order);
}
inline void store(Word* word, Word value) {
  std::atomic_ref(*word).store(value, std::memory_order_release);
}

inline Word word_at(const char* text) {
  Word word = 0;
  std::memcpy(&word, text, kWordBytes);
  return word;
}
/// Of less than a word; what is missing is zero.
inline Word short_word_at(const char* text, std::size_t bytes) {
  Word word = 0;
  std::memcpy(&word, text, bytes);
  return word;
}

inline void store_text(Word* words, std::string_view text) {
  const char* from = text.data();
  for (std::size_t left = text.size() / kWordBytes; left > 0; --left, from += kWordBytes) {
    store(words++, word_at(from));
  }
  const std::size_t rest = text.size() % kWordBytes;
  if (rest != 0) store(words, short_word_at(from, rest));
}

inline void load_text(const Word* words, std::span<char> into) {
  char* to = into.data();
  for (std::size_t left = into.size() / kWordBytes; left > 0; --left, to += kWordBytes) {
    const Word word = load(words++);
    std::memcpy(to, &word, kWordBytes);
  }
  const std::size_t rest = into.size() % kWordBytes;
  if (rest == 0) return;
  const Word word = load(words);
  std::memcpy(to, &word, rest);
}

/// Several words at a time: what stands where a token is looked for is that token nearly always.
inline bool equals(const Word* words, std::string_view text) {
  constexpr std::size_t kAtOnce = 8;
  const char* from = text.data();
  std::size_t left = text.size() / kWordBytes;
  for (; left >= kAtOnce; left -= kAtOnce, words += kAtOnce, from += kAtOnce * kWordBytes) {
    Word different = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      different |= load(words + i) ^ word_at(from + i * kWordBytes);
    }
    if (different != 0) return false;
  }
  for (; left > 0; --left, ++words, from += kWordBytes) {
    if (load(words) != word_at(from)) return false;
  }
  const std::size_t rest = text.size() % kWordBytes;
  return rest == 0 || load(words) == short_word_at(from, rest);
}

}  // namespace recant::verify::shared_words
