// What is known of changes in Redis: a counter for every key, raised when Redis pushes that the key
// has changed, and two for all of them: one raised when what it pushes is about everything, one
// when it cannot be known what it would have pushed. A verdict that was found after the counters of
// its keys were noted holds while they stand as noted; so nothing needs to know which tokens a key
// is about, and a late answer cannot undo a push.
//
// Keys share a fixed number of counters by a keyed hash: two that meet cost a question too many,
// and nobody who chooses names can make them meet (ADR 18).
//
// One thread raises, any number of threads read. A raise is seen by whoever then sees a lease that
// the same thread granted later (release/acquire).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.hpp"
#include "base/zeroed_memory.hpp"
#include "crypto/short_hash.hpp"
#include "verify/shared_words.hpp"

namespace recant::verify {

class Stamps {
 public:
  using Place = std::uint32_t;
  static constexpr std::size_t kPlaces = std::size_t{1} << 20;  // 8 MiB

  explicit Stamps(RandomSource& random);

  Place place_of(std::string_view key) const;
  std::uint64_t at(Place place) const { return shared_words::load(counters_.data() + place); }
  /// For whoever will ask soon; of any number.
  void prefetch(Place place) const { __builtin_prefetch(counters_.data() + place % kPlaces); }
  /// Of what Redis tells about all keys at once: everybody's watermark, the policy, a flush.
  std::uint64_t everything() const { return shared_words::load(&everything_); }
  /// Of what may have been told to nobody: while there was no connection, or a new one.
  std::uint64_t unheard() const { return shared_words::load(&unheard_); }

  void raise(Place place);
  void raise_everything();
  void raise_unheard();

 private:
  const crypto::ShortHashKey hash_key_;
  const ZeroedMemory counters_;
  std::uint64_t everything_ = 0;
  std::uint64_t unheard_ = 0;
};

}  // namespace recant::verify
