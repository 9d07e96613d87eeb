// A large array of words, all zero, that takes memory only as its parts are first written: for
// tables whose size is a bound and not a need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace recant {

/// Not thread-safe by itself: whoever shares the words says how.
class ZeroedMemory {
 public:
  /// std::bad_alloc where so much address space is not to be had.
  explicit ZeroedMemory(std::size_t words);
  ~ZeroedMemory();
  ZeroedMemory(const ZeroedMemory&) = delete;
  ZeroedMemory& operator=(const ZeroedMemory&) = delete;

  std::uint64_t* data() const { return words_.data(); }
  std::size_t size() const { return words_.size(); }

 private:
  std::span<std::uint64_t> words_;
};

}  // namespace recant
