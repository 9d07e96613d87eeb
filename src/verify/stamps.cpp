#include "verify/stamps.hpp"

#include <tuple>

namespace recant::verify {
namespace {

/// Only one thread writes, so it need not be one step.
void raise_by_its_writer(std::uint64_t& counter) {
  shared_words::store(&counter, shared_words::load_relaxed(&counter) + 1);
}

}  // namespace

Stamps::Stamps(RandomSource& random)
    : hash_key_(random.bytes<std::tuple_size_v<crypto::ShortHashKey>>()), counters_(kPlaces) {}

Stamps::Place Stamps::place_of(std::string_view key) const {
  return static_cast<Place>(crypto::short_hash(hash_key_, key) % kPlaces);
}

void Stamps::raise(Place place) { raise_by_its_writer(counters_.data()[place]); }
void Stamps::raise_everything() { raise_by_its_writer(everything_); }
void Stamps::raise_unheard() { raise_by_its_writer(unheard_); }

}  // namespace recant::verify
