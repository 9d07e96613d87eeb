#include "embed/fork_mark.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace recant::embed {
namespace {

constexpr std::size_t kBytes = 4096;

}  // namespace

ForkMark::ForkMark() : maker_(::getpid()) {
  void* const page =
      ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (::madvise(page, kBytes, MADV_WIPEONFORK) != 0) {
    ::munmap(page, kBytes);
    return;
  }
  page_ = static_cast<unsigned char*>(page);
  *page_ = 1;
}

ForkMark::~ForkMark() {
  if (page_ != nullptr) ::munmap(const_cast<unsigned char*>(page_), kBytes);
}

bool ForkMark::in_maker() const { return page_ != nullptr ? *page_ == 1 : ::getpid() == maker_; }

}  // namespace recant::embed
