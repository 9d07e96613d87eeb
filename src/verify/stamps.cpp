#include "verify/stamps.hpp"

#include <atomic>

namespace recant::verify {
namespace {

/// Only one thread writes, so it need not be one step.
void raise_by_its_writer(std::uint64_t& counter) {
  const std::atomic_ref shared(counter);
  shared.store(shared.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

std::uint64_t read(const std::uint64_t& counter) {
  // There is no atomic_ref of a const object in C++20; this one is only read through.
  return std::atomic_ref(const_cast<std::uint64_t&>(counter)).load(std::memory_order_acquire);
}

}  // namespace

Stamps::Stamps(RandomSource& random)
    : hash_key_(random.bytes<std::tuple_size_v<crypto::ShortHashKey>>()), counters_(kPlaces) {}

Stamps::Place Stamps::place_of(std::string_view key) const {
  return static_cast<Place>(crypto::short_hash(hash_key_, key) % kPlaces);
}

std::uint64_t Stamps::at(Place place) const { return read(counters_.data()[place]); }
std::uint64_t Stamps::everything() const { return read(everything_); }
std::uint64_t Stamps::unheard() const { return read(unheard_); }

void Stamps::raise(Place place) { raise_by_its_writer(counters_.data()[place]); }
void Stamps::raise_everything() { raise_by_its_writer(everything_); }
void Stamps::raise_unheard() { raise_by_its_writer(unheard_); }

}  // namespace recant::verify
