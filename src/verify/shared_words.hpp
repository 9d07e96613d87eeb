// Memory that one thread writes while others read it, word by word: text and numbers, of which a
// reader may see a part of the old and a part of the new. Whether what he saw was whole is found
// out by whoever knows when it was written over (VerdictCache).
#pragma once

#include <algorithm>
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
//
// Not std::atomic_ref: C++20 has none of a const object, and where the standard library checks
// itself, each would look at its word's alignment anew.
inline Word load(const Word* word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
inline Word load_relaxed(const Word* word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
inline void store(Word* word, Word value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

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

/// Two words beside one another. By one load where the processor has one that takes words which
/// need not begin at a multiple of 16 and reads each of them whole (x86-64), which the language has
/// no way to say of memory that somebody else writes; elsewhere, and where nothing is optimised, by
/// two.
using Pair = long long __attribute__((vector_size(2 * kWordBytes)));
inline Pair load_pair(const Word* words) {
#if defined(__x86_64__) && defined(__OPTIMIZE__)
  Pair pair;
  // Later loads stay later, as after load(): the compiler is told so here, the processor does so.
  asm volatile("movdqu %1, %0"
               : "=x"(pair)
               : "m"(*reinterpret_cast<const Word(*)[2]>(words))
               : "memory");
  return pair;
#else
  return Pair{static_cast<long long>(load(words)), static_cast<long long>(load(words + 1))};
#endif
}
inline Pair pair_at(const char* text) {
  Pair pair;
  std::memcpy(&pair, text, sizeof pair);
  return pair;
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
  for (std::size_t left = into.size() / sizeof(Pair); left > 0; --left, to += sizeof(Pair)) {
    const Pair pair = load_pair(words);
    std::memcpy(to, &pair, sizeof pair);
    words += 2;
  }
  if (into.size() % sizeof(Pair) >= kWordBytes) {
    const Word word = load(words++);
    std::memcpy(to, &word, kWordBytes);
    to += kWordBytes;
  }
  const std::size_t rest = into.size() % kWordBytes;
  if (rest == 0) return;
  const Word word = load(words);
  std::memcpy(to, &word, rest);
}

/// Several words at a time: what stands where a token is looked for is that token nearly always.
inline bool equals(const Word* words, std::string_view text) {
  constexpr std::size_t kPairs = 4;
  constexpr std::size_t kBytes = kPairs * sizeof(Pair);
  const char* from = text.data();
  for (std::size_t left = text.size() / kBytes; left > 0; --left, from += kBytes) {
    Pair different{};
    for (std::size_t i = 0; i < kPairs; ++i, words += 2) {
      different |= load_pair(words) ^ pair_at(from + i * sizeof(Pair));
    }
    if ((different[0] | different[1]) != 0) return false;
  }
  for (std::size_t left = text.size() % kBytes / kWordBytes; left > 0; --left, ++words) {
    if (load(words) != word_at(from)) return false;
    from += kWordBytes;
  }
  const std::size_t rest = text.size() % kWordBytes;
  return rest == 0 || load(words) == short_word_at(from, rest);
}

}  // namespace recant::verify::shared_words
