// How an entry of the verdict cache stands in its ring. For verdict_cache.cpp alone.
#pragma once

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "verify/shared_words.hpp"
#include "verify/verdict_cache.hpp"

namespace recant::verify {

/// Of an entry, in words. Behind it the token, and then the identity's text.
struct VerdictCache::Layout {
  static Word load(const Word* word) { return shared_words::load(word); }
  static void store(Word* word, Word value) { shared_words::store(word, value); }
  static Word word_of(SteadyInstant instant) {
    return static_cast<Word>(instant.time_since_epoch().count());
  }
  static SteadyInstant instant_of(Word word) {
    return SteadyInstant{SteadyInstant::duration{static_cast<SteadyInstant::rep>(word)}};
  }

  enum : std::size_t {
    kSizes,  // words in all << 32 | bytes of the token << 16 | bytes of the text
    kHash,
    kExpiredAt,
    kPlaces,  // two a word; 0 to 2
    kPlacesEnd = kPlaces + kMostPlaces / 2,
    kPlaceCount = kPlacesEnd,
    kExpiresAt,  // the identity's shape
    kBegun,
    kIssuedAt,
    kEnds,
    kEndsAndFlags,
    // What a later confirmation changes, behind a sequence of its own that is odd meanwhile.
    kSequence,
    kKeys,
    kEverything,
    kUnheard,
    kStamps,
    kStampsEnd = kStamps + kMostPlaces,
    kAskedAt = kStampsEnd,
    kPlaceEndsAt,
    kToken,
  };

  static constexpr Word kOwn = 1, kSharedIds = 2, kSaysIssued = 4;

  static constexpr Word sizes(std::size_t words, std::size_t token, std::size_t text) {
    return Word{words} << 32 | Word{token} << 16 | Word{text};
  }
  static std::size_t words(Word sizes) { return sizes >> 32; }
  static std::size_t token_bytes(Word sizes) { return sizes >> 16 & 0xffff; }
  static std::size_t text_bytes(Word sizes) { return sizes & 0xffff; }

  static void store_noted(Word* entry, const Noted& noted) {
    store(entry + kKeys, noted.keys);
    store(entry + kEverything, noted.everything);
    store(entry + kUnheard, noted.unheard);
    for (std::size_t i = 0; i < kMostPlaces; ++i) store(entry + kStamps + i, noted.stamps[i]);
    store(entry + kAskedAt, word_of(noted.asked_at));
    store(entry + kPlaceEndsAt, word_of(noted.place_ends_at));
  }
  // Into where they are to stay: words that were just stored are slow to be loaded again two by
  // two.
  static void load_noted(const Word* entry, Noted& noted) {
    noted.keys = load(entry + kKeys);
    noted.everything = load(entry + kEverything);
    noted.unheard = load(entry + kUnheard);
    for (std::size_t i = 0; i < kMostPlaces; ++i) noted.stamps[i] = load(entry + kStamps + i);
    noted.asked_at = instant_of(load(entry + kAskedAt));
    noted.place_ends_at = instant_of(load(entry + kPlaceEndsAt));
  }

  static void store_places(Word* entry, const Places& places) {
    for (std::size_t i = 0; i < kMostPlaces; i += 2) {
      store(entry + kPlaces + i / 2, Word{places.all[i]} << 32 | places.all[i + 1]);
    }
    store(entry + kPlaceCount, places.count);
  }
  static std::pair<Stamps::Place, Stamps::Place> load_two_places(const Word* entry, std::size_t i) {
    const Word two = load(entry + kPlaces + i / 2);
    return {static_cast<Stamps::Place>(two >> 32), static_cast<Stamps::Place>(two)};
  }
  static void load_places(const Word* entry, Places& places) {
    for (std::size_t i = 0; i < kMostPlaces; i += 2) {
      std::tie(places.all[i], places.all[i + 1]) = load_two_places(entry, i);
    }
    // Whatever a torn copy says, nobody reads beyond the array; that it is torn is found out later.
    places.count =
        static_cast<std::uint32_t>(std::min<Word>(load(entry + kPlaceCount), kMostPlaces));
  }

  static void store_shape(Word* entry, const Identity::Shape& shape) {
    store(entry + kExpiresAt, static_cast<Word>(count(shape.expires_at)));
    store(entry + kBegun, static_cast<Word>(count(shape.begun)));
    store(entry + kIssuedAt, static_cast<Word>(count(shape.issued_at.value_or(UnixSeconds{}))));
    const auto& ends = shape.ends;
    store(entry + kEnds, Word{ends[0]} << 48 | Word{ends[1]} << 32 | Word{ends[2]} << 16 | ends[3]);
    const Word flags = (shape.own ? kOwn : 0) | (shape.shared_ids ? kSharedIds : 0) |
                       (shape.issued_at ? kSaysIssued : 0);
    store(entry + kEndsAndFlags,
          Word{ends[4]} << 48 | Word{ends[5]} << 32 | Word{ends[6]} << 16 | flags);
  }
  static Identity::Shape load_shape(const Word* entry) {
    const auto part = [](Word word, unsigned shift) {
      return static_cast<std::uint16_t>(word >> shift);
    };
    const auto number = [&](std::size_t at) { return static_cast<std::int64_t>(load(entry + at)); };
    const Word first = load(entry + kEnds);
    const Word second = load(entry + kEndsAndFlags);
    const UnixSeconds issued_at{seconds{number(kIssuedAt)}};
    return {.expires_at = UnixSeconds{seconds{number(kExpiresAt)}},
            .begun = unix_millis(number(kBegun)),
            .issued_at = (second & kSaysIssued) != 0 ? std::optional(issued_at) : std::nullopt,
            .ends = {part(first, 48), part(first, 32), part(first, 16), part(first, 0),
                     part(second, 48), part(second, 32), part(second, 16)},
            .own = (second & kOwn) != 0,
            .shared_ids = (second & kSharedIds) != 0};
  }
};

}  // namespace recant::verify
