#include "base/zeroed_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace recant {

ZeroedMemory::ZeroedMemory(std::size_t words) {
  const std::size_t bytes = words * sizeof(std::uint64_t);
  if (bytes == 0) return;
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  // It is read here and there: large pages spare most of the walks through the page table.
  // Refused, it is merely slower.
  ::madvise(at, bytes, MADV_HUGEPAGE);
  words_ = {static_cast<std::uint64_t*>(at), words};
}

ZeroedMemory::~ZeroedMemory() {
  if (!words_.empty()) ::munmap(words_.data(), words_.size_bytes());
}

}  // namespace recant
