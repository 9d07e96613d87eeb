#include "verify/verdict_cache.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <utility>

namespace recant::verify {
namespace {

using Word = std::uint64_t;

constexpr std::size_t kWordBytes = sizeof(Word);
constexpr std::size_t kWordsAnEntry = 1024 / kWordBytes;
/// So that half of even the smallest ring holds any token: verifiers take 16 KiB at most, and what
/// is told of one is less than that.
constexpr std::size_t kSpareEntries = 64;
constexpr std::size_t kMostBytes = std::size_t{16} * 1024;
/// One line of the processor's cache.
constexpr std::size_t kSlotsABucket = 64 / kWordBytes;
/// Most entries take less than their kilobyte, so there are more of them, and a bucket should
/// seldom be full.
constexpr std::size_t kSlotsAnEntry = 4;

/// A slot: the upper bits of the token's hash, and where it stands. 2^48 words are written in no
/// time that a process lives.
constexpr unsigned kPositionBits = 48;
constexpr Word kPositionMask = (Word{1} << kPositionBits) - 1;

/// How many entries are written anew, as they were found since, to make room for one.
constexpr int kMostSpared = 2;

/// The end of a signature is as good as random, and the hash is a hint.
constexpr std::size_t kHashedBytes = 32;

std::size_t words_for(std::size_t bytes) { return (bytes + kWordBytes - 1) / kWordBytes; }

std::size_t buckets_for(std::size_t entries) {
  return std::bit_ceil(std::max<std::size_t>(1, entries * kSlotsAnEntry / kSlotsABucket));
}

// Release and acquire on every word: that costs nothing on x86-64, and it is what keeps a word of
// the next entry from being seen without the tail that was moved before it.
Word load(const Word* word, std::memory_order order = std::memory_order_acquire) {
  return std::atomic_ref(*const_cast<Word*>(word)).load(order);
}
void store(Word* word, Word value) {
  std::atomic_ref(*word).store(value, std::memory_order_release);
}

void store_text(Word* words, std::string_view text) {
  for (; !text.empty(); ++words) {
    Word word = 0;
    const std::size_t bytes = std::min(text.size(), kWordBytes);
    std::memcpy(&word, text.data(), bytes);
    store(words, word);
    text.remove_prefix(bytes);
  }
}

bool equals(const Word* words, std::string_view text) {
  for (; text.size() >= kWordBytes; ++words) {
    Word word = 0;
    std::memcpy(&word, text.data(), kWordBytes);
    if (load(words) != word) return false;
    text.remove_prefix(kWordBytes);
  }
  if (text.empty()) return true;
  Word word = 0;
  std::memcpy(&word, text.data(), text.size());
  return load(words) == word;
}

void load_text(const Word* words, std::span<char> into) {
  for (; !into.empty(); ++words) {
    const Word word = load(words);
    const std::size_t bytes = std::min(into.size(), kWordBytes);
    std::memcpy(into.data(), &word, bytes);
    into = into.subspan(bytes);
  }
}

Word word_of(SteadyInstant instant) {
  return static_cast<Word>(instant.time_since_epoch().count());
}
std::uint8_t& flag(const ZeroedMemory& flags, std::size_t index) {
  return reinterpret_cast<std::uint8_t*>(flags.data())[index];
}

SteadyInstant instant_of(Word word) {
  return SteadyInstant{SteadyInstant::duration{static_cast<SteadyInstant::rep>(word)}};
}

}  // namespace

/// Of an entry, in words. Behind it the token, and then the identity's text.
struct VerdictCache::Layout {
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
  static Noted load_noted(const Word* entry) {
    Noted noted;
    noted.keys = load(entry + kKeys);
    noted.everything = load(entry + kEverything);
    noted.unheard = load(entry + kUnheard);
    for (std::size_t i = 0; i < kMostPlaces; ++i) noted.stamps[i] = load(entry + kStamps + i);
    noted.asked_at = instant_of(load(entry + kAskedAt));
    noted.place_ends_at = instant_of(load(entry + kPlaceEndsAt));
    return noted;
  }

  static void store_places(Word* entry, const Places& places) {
    for (std::size_t i = 0; i < kMostPlaces; i += 2) {
      store(entry + kPlaces + i / 2, Word{places.all[i]} << 32 | places.all[i + 1]);
    }
    store(entry + kPlaceCount, places.count);
  }
  static Places load_places(const Word* entry) {
    Places places;
    for (std::size_t i = 0; i < kMostPlaces; i += 2) {
      const Word two = load(entry + kPlaces + i / 2);
      places.all[i] = static_cast<Stamps::Place>(two >> 32);
      places.all[i + 1] = static_cast<Stamps::Place>(two);
    }
    // Whatever a torn copy says, nobody reads beyond the array; that it is torn is found out later.
    places.count =
        static_cast<std::uint32_t>(std::min<Word>(load(entry + kPlaceCount), kMostPlaces));
    return places;
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

VerdictCache::VerdictCache(std::size_t entries, RandomSource& random)
    : hash_key_(random.bytes<std::tuple_size_v<crypto::ShortHashKey>>()),
      buckets_(buckets_for(entries)),
      ring_(entries == 0 ? 0 : (entries + kSpareEntries) * kWordsAnEntry),
      slots_(buckets_ * kSlotsABucket),
      used_(words_for(buckets_ * kSlotsABucket)) {}

std::uint64_t VerdictCache::hash_of(std::string_view token) const {
  return crypto::short_hash(hash_key_,
                            token.substr(token.size() - std::min(token.size(), kHashedBytes)));
}

/// To be asked last, after everything of it has been read.
bool VerdictCache::stands(Position position) const {
  return position >= load(&tail_, std::memory_order_relaxed);
}

bool VerdictCache::is_token(Position position, std::string_view token) const {
  const Word* const entry = at(position);
  const Word sizes = load(entry + Layout::kSizes);
  // A size that is no longer this entry's could lead out of the ring.
  return stands(position) && Layout::token_bytes(sizes) == token.size() &&
         equals(entry + Layout::kToken, token);
}

std::optional<VerdictCache::Slot> VerdictCache::slot_of(std::uint64_t hash,
                                                        std::string_view token) const {
  const std::size_t first = hash % buckets_ * kSlotsABucket;
  for (std::size_t index = first; index < first + kSlotsABucket; ++index) {
    const Word pointer = load(slots_.data() + index);
    if (pointer == 0 || pointer >> kPositionBits != hash >> kPositionBits) continue;
    const Position position = pointer & kPositionMask;
    if (is_token(position, token)) return Slot{index, position};
  }
  return std::nullopt;
}

std::optional<VerdictCache::Found> VerdictCache::find(std::string_view token) const {
  if (ring_.size() == 0) return std::nullopt;
  const auto slot = slot_of(hash_of(token), token);
  if (!slot) return std::nullopt;
  const Position position = slot->position;
  const Word* const entry = at(position);

  Found found;
  found.position = position;
  found.places = Layout::load_places(entry);
  found.expired_at = unix_millis(static_cast<std::int64_t>(load(entry + Layout::kExpiredAt)));
  Word before = 0;
  do {
    before = load(entry + Layout::kSequence);
    found.noted = Layout::load_noted(entry);
  } while (load(entry + Layout::kSequence, std::memory_order_relaxed) != before &&
           stands(position));
  const bool torn = (before & 1) != 0;
  if (torn || !stands(position)) return std::nullopt;

  const std::atomic_ref used(flag(used_, slot->index));
  if (used.load(std::memory_order_relaxed) == 0) used.store(1, std::memory_order_relaxed);
  return found;
}

std::optional<Identity> VerdictCache::identity(const Found& found) const {
  const Word* const entry = at(found.position);
  const Word sizes = load(entry + Layout::kSizes);
  const Identity::Shape shape = Layout::load_shape(entry);
  const std::size_t token_words = words_for(Layout::token_bytes(sizes));
  const std::size_t bytes = Layout::text_bytes(sizes);
  // Before a torn size leads out of the ring.
  if (!stands(found.position)) return std::nullopt;
  auto identity = Identity::restore(shape, bytes, [&](std::span<char> into) {
    load_text(entry + Layout::kToken + token_words, into);
  });
  if (!stands(found.position)) return std::nullopt;
  return identity;
}

void VerdictCache::put(const Entry& entry) {
  if (ring_.size() == 0) return;
  const std::uint64_t hash = hash_of(entry.token);
  if (const auto slot = slot_of(hash, entry.token)) {
    confirm(slot->position, entry.noted);
    return;
  }
  const std::string_view text = entry.identity.text();
  if (std::max(entry.token.size(), text.size()) > kMostBytes) return;
  const std::size_t words = Layout::kToken + words_for(entry.token.size()) + words_for(text.size());
  may_spare_ = kMostSpared;
  const Position position = append(words);
  Word* const to = at(position);
  store(to + Layout::kSizes, Layout::sizes(words, entry.token.size(), text.size()));
  store(to + Layout::kHash, hash);
  store(to + Layout::kExpiredAt, static_cast<Word>(count(entry.expired_at)));
  Layout::store_places(to, entry.places);
  Layout::store_shape(to, entry.identity.shape_);
  store(to + Layout::kSequence, 0);
  Layout::store_noted(to, entry.noted);
  store_text(to + Layout::kToken, entry.token);
  store_text(to + Layout::kToken + words_for(entry.token.size()), text);
  point_to(slot_for(hash), hash, position);
  put_spared();
}

void VerdictCache::forget(std::string_view token) {
  if (ring_.size() == 0) return;
  if (const auto slot = slot_of(hash_of(token), token)) store(slots_.data() + slot->index, 0);
}

/// The same token, found good once more: all but what it rests on stays.
void VerdictCache::confirm(Position position, const Noted& noted) {
  Word* const entry = at(position);
  const Word sequence = load(entry + Layout::kSequence);
  store(entry + Layout::kSequence, sequence + 1);
  Layout::store_noted(entry, noted);
  store(entry + Layout::kSequence, sequence + 2);
}

/// Where so many words may be written, in one piece.
VerdictCache::Position VerdictCache::append(std::size_t words) {
  const auto to_the_end = [this] { return ring_.size() - head_ % ring_.size(); };
  const std::size_t skipped = to_the_end() < words ? to_the_end() : 0;
  while (head_ + skipped + words > tail_ + ring_.size()) drop_oldest();
  // Nothing stands in two pieces: what is left before the end is an entry of nobody's.
  if (skipped > 0) store(at(head_), Layout::sizes(skipped, 0, 0));
  const Position position = head_ + skipped;
  head_ = position + words;
  return position;
}

/// One that was found since it was put is kept aside for put_spared().
void VerdictCache::drop_oldest() {
  const Position position = tail_;
  const Word* const entry = at(position);
  const Word sizes = load(entry + Layout::kSizes);
  const std::size_t words = Layout::words(sizes);
  const bool is_filler = Layout::token_bytes(sizes) == 0;
  const std::uint64_t hash = is_filler ? 0 : load(entry + Layout::kHash);
  const auto slot = is_filler ? std::nullopt : slot_to(position, hash);
  if (slot) {
    const std::atomic_ref used(flag(used_, *slot));
    if (may_spare_ > 0 && used.load(std::memory_order_relaxed) != 0) {
      --may_spare_;
      for (std::size_t i = 0; i < words; ++i) spared_.push_back(load(entry + i));
    }
    store(slots_.data() + *slot, 0);
  }
  store(&tail_, position + words);
}

void VerdictCache::put_spared() {
  may_spare_ = 0;
  for (std::size_t begin = 0; begin < spared_.size();) {
    const std::size_t words = Layout::words(spared_[begin + Layout::kSizes]);
    const std::uint64_t hash = spared_[begin + Layout::kHash];
    const Position position = append(words);
    for (std::size_t i = 0; i < words; ++i) store(at(position) + i, spared_[begin + i]);
    point_to(slot_for(hash), hash, position);
    begin += words;
  }
  spared_.clear();
}

/// The slot that points there, unless a later entry has taken it.
std::optional<std::size_t> VerdictCache::slot_to(Position position, std::uint64_t hash) const {
  const std::size_t first = hash % buckets_ * kSlotsABucket;
  for (std::size_t index = first; index < first + kSlotsABucket; ++index) {
    if ((load(slots_.data() + index) & kPositionMask) == position) return index;
  }
  return std::nullopt;
}

/// One of its bucket that points to nothing; or else to the oldest of what nobody asked for since
/// it was put, or of all.
std::size_t VerdictCache::slot_for(std::uint64_t hash) const {
  const auto rank = [this](std::size_t index) {
    const Position position = load(slots_.data() + index) & kPositionMask;
    const bool used = std::atomic_ref(flag(used_, index)).load(std::memory_order_relaxed) != 0;
    return std::pair(position != 0 && used, position);
  };
  const std::size_t first = hash % buckets_ * kSlotsABucket;
  std::size_t found = first;
  for (std::size_t index = first + 1; index < first + kSlotsABucket; ++index) {
    if (rank(index) < rank(found)) found = index;
  }
  return found;
}

void VerdictCache::point_to(std::size_t slot, std::uint64_t hash, Position position) {
  std::atomic_ref(flag(used_, slot)).store(0, std::memory_order_relaxed);
  store(slots_.data() + slot, (hash >> kPositionBits) << kPositionBits | position);
}

}  // namespace recant::verify
