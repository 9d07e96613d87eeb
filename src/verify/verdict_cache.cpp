#include "verify/verdict_cache.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <tuple>

#include "base/made_by.hpp"
#include "verify/shared_words.hpp"
#include "verify/verdict_cache_layout.hpp"

namespace recant::verify {
namespace {

using namespace shared_words;

constexpr std::size_t kWordsAnEntry = 1024 / kWordBytes;
/// So that half of even the smallest ring holds any token: verifiers take 16 KiB at most, and what
/// is told of one is less than that.
constexpr std::size_t kSpareEntries = 64;
constexpr std::size_t kMostBytes = std::size_t{16} * 1024;
/// A bucket is one line of the processor's cache: its slots, and a word of flags, a byte a slot.
constexpr std::size_t kWordsABucket = 64 / kWordBytes;
constexpr std::size_t kSlotsABucket = kWordsABucket - 1;
/// Most entries take less than their kilobyte, so there are more of them, and a bucket should
/// seldom be full.
constexpr std::size_t kEntriesABucket = 2;

/// A slot: the upper bits of the token's hash, and where it stands. 2^48 words are written in no
/// time that a process lives.
constexpr unsigned kPositionBits = 48;
constexpr Word kPositionMask = (Word{1} << kPositionBits) - 1;

/// How many entries are written anew, as they were found since, to make room for one.
constexpr int kMostSpared = 2;

/// The end of a signature is as good as random, so a few bytes tell most tokens apart.
constexpr std::size_t kHashedBytes = 2 * kWordBytes;
constexpr Word kOddFraction = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio

std::size_t buckets_for(std::size_t entries) {
  return std::bit_ceil(std::max<std::size_t>(1, entries / kEntriesABucket));
}

Word slot_word(std::uint64_t hash, Word position) {
  return (hash >> kPositionBits) << kPositionBits | position;
}

std::array<Word, 2> two_words(RandomSource& random) {
  return std::bit_cast<std::array<Word, 2>>(random.bytes<2 * kWordBytes>());
}

}  // namespace

/// One line of the table.
class VerdictCache::Bucket {
 public:
  explicit Bucket(Word* line) : line_(line) {}

  void prefetch() const { __builtin_prefetch(line_); }
  Word slot(std::size_t index) const { return load(line_ + index); }
  Position position(std::size_t index) const { return slot(index) & kPositionMask; }
  void set(std::size_t index, Word slot) const {
    flag(index).store(0, std::memory_order_relaxed);
    store(line_ + index, slot);
  }
  bool was_found(std::size_t index) const {
    return flag(index).load(std::memory_order_relaxed) != 0;
  }
  void note_found(std::size_t index) const {
    if (!was_found(index)) flag(index).store(1, std::memory_order_relaxed);
  }

 private:
  std::atomic_ref<std::uint8_t> flag(std::size_t index) const {
    return std::atomic_ref(reinterpret_cast<std::uint8_t*>(line_ + kSlotsABucket)[index]);
  }
  Word* line_;
};

VerdictCache::VerdictCache(std::size_t entries, const Stamps& stamps, RandomSource& random)
    : stamps_(stamps),
      hash_keys_(two_words(random)),
      last_bucket_(buckets_for(entries) - 1),
      ring_(entries == 0 ? 0 : (entries + kSpareEntries) * kWordsAnEntry),
      buckets_(entries == 0 ? 0 : buckets_for(entries) * kWordsABucket) {}

/// Without the keys nobody can choose tokens that meet. Not that anybody could fill a bucket:
/// issuers must have signed what is put.
std::uint64_t VerdictCache::hash_of(std::string_view token) const {
  std::array<char, kHashedBytes> end{};
  if (token.size() < kHashedBytes) {
    std::ranges::copy(token, end.begin());
    return mix(end.data());
  }
  return mix(token.data() + token.size() - kHashedBytes);
}

std::uint64_t VerdictCache::mix(const char* end) const {
  const Word first = (word_at(end) ^ hash_keys_[0]) * kOddFraction;
  const Word both =
      (std::rotl(first, 32) ^ word_at(end + kWordBytes) ^ hash_keys_[1]) * kOddFraction;
  return both ^ both >> 32;
}

VerdictCache::Bucket VerdictCache::bucket_of(std::uint64_t hash) const {
  return Bucket(buckets_.data() + (hash & last_bucket_) * kWordsABucket);
}

/// To be asked last, after everything of it has been read.
bool VerdictCache::stands(Position position) const { return position >= load_relaxed(&tail_); }

/// Of many tokens few are in the processor's caches: while the first line of an entry comes, so may
/// the others, and while its token is compared, the stamps of its places. What lies beyond the
/// ring, or is not this entry's any more, is not read by that.
void VerdictCache::prefetch(const Word* entry, std::size_t token_bytes) const {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kUsualText = 192;
  const std::size_t bytes = Layout::kToken * kWordBytes + token_bytes + kUsualText;
  const char* const first = reinterpret_cast<const char*>(entry);
  for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(first + at);
  for (std::size_t i = 0; i < kMostPlaces; i += 2) {
    const auto [first_place, second_place] = Layout::load_two_places(entry, i);
    stamps_.prefetch(first_place);
    stamps_.prefetch(second_place);
  }
}

bool VerdictCache::is_token(Position position, std::string_view token) const {
  const Word* const entry = at(position);
  prefetch(entry, token.size());
  const Word sizes = load(entry + Layout::kSizes);
  // A size that is no longer this entry's could lead out of the ring.
  return stands(position) && Layout::token_bytes(sizes) == token.size() &&
         equals(entry + Layout::kToken, token);
}

std::optional<VerdictCache::Slot> VerdictCache::slot_of(std::uint64_t hash,
                                                        std::string_view token) const {
  const Bucket bucket = bucket_of(hash);
  for (std::size_t index = 0; index < kSlotsABucket; ++index) {
    const Word slot = bucket.slot(index);
    if (slot == 0 || slot >> kPositionBits != hash >> kPositionBits) continue;
    const Position position = slot & kPositionMask;
    if (is_token(position, token)) return Slot{index, position};
  }
  return std::nullopt;
}

VerdictCache::Sought VerdictCache::seek(std::string_view token) const {
  const std::uint64_t hash = hash_of(token);
  if (ring_.size() != 0) bucket_of(hash).prefetch();
  return {token, hash};
}

std::optional<VerdictCache::Found> VerdictCache::find(const Sought& sought) const {
  if (ring_.size() == 0) return std::nullopt;
  const auto slot = slot_of(sought.hash, sought.token);
  if (!slot) return std::nullopt;
  const Position position = slot->position;
  const Word* const entry = at(position);

  std::optional<Found> standing(std::in_place);
  Found& found = *standing;
  found.position = position;
  Layout::load_places(entry, found.places);
  found.expired_at = unix_millis(static_cast<std::int64_t>(load(entry + Layout::kExpiredAt)));
  Word before = 0;
  do {
    before = load(entry + Layout::kSequence);
    Layout::load_noted(entry, found.noted);
  } while (load_relaxed(entry + Layout::kSequence) != before && stands(position));
  const bool torn = (before & 1) != 0;
  if (torn || !stands(position)) {
    standing.reset();
  } else {
    bucket_of(sought.hash).note_found(slot->index);
  }
  return standing;
}

std::optional<Identity> VerdictCache::identity(const Found& found) const {
  const Word* const entry = at(found.position);
  const Word sizes = load(entry + Layout::kSizes);
  const Identity::Shape shape = Layout::load_shape(entry);
  const std::size_t token_words = words_for(Layout::token_bytes(sizes));
  const std::size_t bytes = Layout::text_bytes(sizes);
  // Before a torn size leads out of the ring.
  if (!stands(found.position)) return std::nullopt;
  const auto fill = [&](std::span<char> into) {
    load_text(entry + Layout::kToken + token_words, into);
  };
  std::optional<Identity> identity(std::in_place,
                                   MadeBy([&] { return Identity(shape, bytes, fill); }));
  if (!stands(found.position)) identity.reset();
  return identity;
}

bool VerdictCache::tell(const Found& found, Listener& listener) const {
  const Word* const entry = at(found.position);
  const std::size_t token_words = words_for(Layout::token_bytes(load(entry + Layout::kSizes)));
  const Told told = Layout::load_shape(entry).told();
  if (!stands(found.position)) return false;
  char* const to = listener.room_for(told);
  if (to == nullptr) return false;
  load_text(entry + Layout::kToken + token_words, {to, told.size()});
  return stands(found.position);
}

void VerdictCache::put(const Entry& entry) {
  if (ring_.size() == 0) return;
  const std::uint64_t hash = hash_of(entry.token);
  const Bucket bucket = bucket_of(hash);
  if (const auto slot = slot_of(hash, entry.token)) {
    if (load(at(slot->position) + Layout::kKeys) == entry.noted.keys) {
      confirm(slot->position, entry.noted);
      return;
    }
    // With other keys whoever judged may have come to read the token otherwise.
    bucket.set(slot->index, 0);
  }
  const std::string_view text = entry.identity.text();
  if (std::max(entry.token.size(), text.size()) > kMostBytes) return;
  const std::size_t words = Layout::kToken + words_for(entry.token.size()) + words_for(text.size());
  spared_.clear();
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
  bucket.set(slot_for(bucket, position), slot_word(hash, position));
  put_spared(position);
}

void VerdictCache::forget(std::string_view token) {
  if (ring_.size() == 0) return;
  const std::uint64_t hash = hash_of(token);
  if (const auto slot = slot_of(hash, token)) bucket_of(hash).set(slot->index, 0);
}

/// The same token, found good once more: all but what it rests on stays.
void VerdictCache::confirm(Position position, const Noted& noted) {
  Word* const entry = at(position);
  const Word sequence = load(entry + Layout::kSequence);
  store(entry + Layout::kSequence, sequence + 1);
  Layout::store_noted(entry, noted);
  store(entry + Layout::kSequence, sequence + 2);
}

/// How many words so many take in one piece: nothing stands on both sides of the ring's end.
std::size_t VerdictCache::skipped_for(std::size_t words) const {
  const std::size_t to_the_end = ring_.size() - head_ % ring_.size();
  return to_the_end < words ? to_the_end : 0;
}

/// Where so many words may be written.
VerdictCache::Position VerdictCache::append(std::size_t words) {
  const std::size_t skipped = skipped_for(words);
  while (head_ + skipped + words > tail_ + ring_.size()) drop_oldest();
  // What is left before the end is an entry of nobody's.
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
  if (!is_filler) {
    const Bucket bucket = bucket_of(load(entry + Layout::kHash));
    for (std::size_t index = 0; index < kSlotsABucket; ++index) {
      // Unless a later entry has taken its slot.
      if (bucket.position(index) != position) continue;
      if (may_spare_ > 0 && bucket.was_found(index)) {
        --may_spare_;
        for (std::size_t i = 0; i < words; ++i) spared_.push_back(load(entry + i));
      }
      bucket.set(index, 0);
    }
  }
  store(&tail_, position + words);
}

/// As far as the newest need not make room for them.
void VerdictCache::put_spared(Position newest) {
  may_spare_ = 0;
  for (std::size_t begin = 0; begin < spared_.size();) {
    const std::size_t words = Layout::words(spared_[begin + Layout::kSizes]);
    if (head_ + skipped_for(words) + words > newest + ring_.size()) break;
    const Position position = append(words);
    for (std::size_t i = 0; i < words; ++i) store(at(position) + i, spared_[begin + i]);
    const std::uint64_t hash = spared_[begin + Layout::kHash];
    const Bucket bucket = bucket_of(hash);
    bucket.set(slot_for(bucket, newest), slot_word(hash, position));
    begin += words;
  }
}

/// One that points to nothing; or else to the oldest of what nobody asked for since it was put, or
/// of all. Never to the newest.
std::size_t VerdictCache::slot_for(const Bucket& bucket, Position newest) {
  const auto rank = [&](std::size_t index) {
    const Position position = bucket.position(index);
    return std::tuple(position == newest, position != 0 && bucket.was_found(index), position);
  };
  std::size_t found = 0;
  for (std::size_t index = 1; index < kSlotsABucket; ++index) {
    if (rank(index) < rank(found)) found = index;
  }
  return found;
}

}  // namespace recant::verify
