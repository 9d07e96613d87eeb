#include "verify/shared_words.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace recant::verify::shared_words {
namespace {

std::string text_of(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>('!' + i * 7 % 90);
  return text;
}

/// Stored one word behind the beginning, so that no pair of words begins at a multiple of 16 alone.
struct Stored {
  explicit Stored(std::string_view text, std::size_t at)
      : all(at + words_for(text.size()) + 1, ~Word{0}), words(all.data() + at) {
    store_text(words, text);
  }
  std::vector<Word> all;
  Word* words;
};

TEST(SharedWords, GiveBackTextOfAnyLengthWhereverItIsReadTo) {
  for (std::size_t bytes = 0; bytes < 200; ++bytes) {
    for (std::size_t at = 0; at < 4; ++at) {
      const Stored stored(text_of(bytes), at % 2);
      std::string read(at + bytes + 1, '?');
      load_text(stored.words, std::span(read).subspan(at, bytes));
      EXPECT_EQ(read, std::string(at, '?') + text_of(bytes) + '?') << bytes;
    }
  }
}

TEST(SharedWords, EqualTextWithEachOfItsBytesOnly) {
  for (std::size_t bytes = 0; bytes < 200; ++bytes) {
    const std::string text = text_of(bytes);
    for (std::size_t at = 0; at < 2; ++at) {
      const Stored stored(text, at);
      EXPECT_TRUE(equals(stored.words, text)) << bytes;
      for (std::size_t i = 0; i < bytes; ++i) {
        std::string other = text;
        other[i] = static_cast<char>(other[i] ^ 0x80);
        EXPECT_FALSE(equals(stored.words, other)) << "byte " << i << " of " << bytes;
      }
    }
  }
}

}  // namespace
}  // namespace recant::verify::shared_words
