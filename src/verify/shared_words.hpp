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

#if defined(__SANITIZE_THREAD__)
#define RECANT_SANITIZES_THREADS 1
#elif defined(__has_feature)
#define RECANT_SANITIZES_THREADS __has_feature(thread_sanitizer)
#else
#define RECANT_SANITIZES_THREADS 0
#endif

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

/// Two words beside one another, by one load where the processor has one. It may tear between them,
/// which is found out as any tear is; and it orders nothing, so whoever reads text by pairs ends
/// with a fence. C++ has no words for such a load, and a sanitizer of threads none to judge it by.
// clang takes the alignment from a typedef only.
typedef long long Pair  // NOLINT(modernize-use-using)
    __attribute__((vector_size(2 * kWordBytes), aligned(kWordBytes), may_alias));
inline Pair load_pair(const Word* words) {
#if RECANT_SANITIZES_THREADS
  return Pair{static_cast<long long>(load(words)), static_cast<long long>(load(words + 1))};
#else
  return *reinterpret_cast<const volatile Pair*>(words);
#endif
}
/// What was read before stays before what is read after; on x86-64 no instruction.
inline void fence_reads() {
#if !RECANT_SANITIZES_THREADS
  std::atomic_thread_fence(std::memory_order_acquire);
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
  if (const std::size_t rest = into.size() % kWordBytes; rest > 0) {
    const Word word = load(words);
    std::memcpy(to, &word, rest);
  }
  fence_reads();
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
  const bool is_equal = rest == 0 || load(words) == short_word_at(from, rest);
  fence_reads();
  return is_equal;
}

}  // namespace recant::verify::shared_words
