// Tokens that were found good, each with what the finding rests on. Bounded: a ring of words in
// which the oldest entry makes room for the newest, unless it was asked for since (second chance),
// and a table that says where in the ring a token stands. An entry is recognised by all bytes of
// its token; what the table says is a hint.
//
// Nothing that is not behind a good signature may be put in, so garbage fills nothing.
//
// One thread puts; any number of threads find, without a lock and without writing to memory that
// they share, but a flag that is mostly set already. What a reader copied counts only if the ring
// had not come round to it meanwhile: it copies word by word (acquire) and then looks at the
// ring's tail, which the writer moves (release) before it writes over anything: a seqlock with one
// sequence for all (Boehm, "Can seqlocks get along with programming language memory models?",
// MSPC 2012).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/zeroed_memory.hpp"
#include "verify/identity.hpp"
#include "verify/stamps.hpp"

namespace recant::verify {

/// A token's keys in Redis that are pushed when they change, as places of their stamps: its jti,
/// its session, its subject, its place on the whitelist; not all tokens have all.
inline constexpr std::size_t kMostPlaces = 4;
struct Places {
  std::array<Stamps::Place, kMostPlaces> all{};
  std::uint32_t count = 0;
};

/// What a verdict rests on, noted before Redis was asked.
struct Noted {
  std::uint64_t keys = 0;        ///< the generation of the key set that verified the signature
  std::uint64_t everything = 0;  ///< Stamps::everything
  std::uint64_t unheard = 0;     ///< Stamps::unheard
  std::array<std::uint64_t, kMostPlaces> stamps{};
  SteadyInstant asked_at{};  ///< when Redis was asked, or a moment before
  /// When its place on the whitelist ends by itself, which is not pushed in time; else the end of
  /// time.
  SteadyInstant place_ends_at = SteadyInstant::max();
};

class VerdictCache {
 public:
  /// Room for `entries` tokens of about a kilobyte each: takes (entries + 64) KiB and, for the
  /// table, 32 to 64 bytes an entry, as it fills. 0: remembers nothing. `stamps` are those of the
  /// places that entries name, and outlive it.
  VerdictCache(std::size_t entries, const Stamps& stamps, RandomSource& random);

  /// Where something stands in the ring; of no meaning to anybody else.
  using Position = std::uint64_t;

  struct Found {
    Places places;
    Noted noted;
    UnixMillis expired_at;  ///< from then on the token has expired, the leeway included
    Position position;
  };
  std::optional<Found> find(std::string_view token) const { return find(seek(token)); }
  /// A token that will be looked for as soon as its caller has done something else: until then
  /// memory has time to say where it stands.
  struct Sought {
    std::string_view token;
    std::uint64_t hash;
  };
  Sought seek(std::string_view token) const;
  std::optional<Found> find(const Sought& sought) const;
  /// Nothing when it has made room meanwhile.
  std::optional<Identity> identity(const Found& found) const;
  /// The same, told: false when it has made room meanwhile, or `listener` has none.
  bool tell(const Found& found, Listener& listener) const;

  struct Entry {
    std::string_view token;
    const Identity& identity;
    Places places;
    UnixMillis expired_at;
    Noted noted;
  };
  /// In place of what stands of this token, if anything does. Nothing happens to one that is larger
  /// than any token that is verified.
  void put(const Entry& entry);
  /// The token is not found any more.
  void forget(std::string_view token);

 private:
  struct Layout;
  class Bucket;
  using Word = std::uint64_t;

  std::uint64_t hash_of(std::string_view token) const;
  std::uint64_t mix(const char* end) const;
  Bucket bucket_of(std::uint64_t hash) const;
  Word* at(Position position) const { return ring_.data() + position % ring_.size(); }
  bool stands(Position position) const;
  bool is_token(Position position, std::string_view token) const;
  /// Of its bucket, and to what it pointed then.
  struct Slot {
    std::size_t index;
    Position position;
  };
  std::optional<Slot> slot_of(std::uint64_t hash, std::string_view token) const;

  void prefetch(const Word* entry, std::size_t token_bytes) const;
  void confirm(Position position, const Noted& noted);
  std::size_t skipped_for(std::size_t words) const;
  Position append(std::size_t words);
  void drop_oldest();
  void put_spared(Position newest);
  static std::size_t slot_for(const Bucket& bucket, Position newest);

  const Stamps& stamps_;
  const std::array<Word, 2> hash_keys_;
  const std::size_t last_bucket_;
  const ZeroedMemory ring_;
  /// Of slots, each a tag and a position, or zero; and of flags: was it found since it was put?
  const ZeroedMemory buckets_;

  // The writer's, and of these only the tail is read by others. Positions count words since the
  // beginning and never come again.
  alignas(64) std::vector<Word> spared_;  ///< entries that made room and are to stand once more
  int may_spare_ = 0;
  Position head_ = 1;
  alignas(64) Position tail_ = 1;
};

}  // namespace recant::verify
