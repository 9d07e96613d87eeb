// Are we still in the process that made us? The kernel tells: it hands a child of fork() this page
// empty (MADV_WIPEONFORK), so that the question costs one read of memory and no call.
//
// Thread-safe.
#pragma once

#include <sys/types.h>

namespace recant::embed {

class ForkMark {
 public:
  ForkMark();
  ~ForkMark();
  ForkMark(const ForkMark&) = delete;
  ForkMark& operator=(const ForkMark&) = delete;

  bool in_maker() const;

 private:
  volatile unsigned char* page_ = nullptr;  // nullptr where the kernel knows no such page
  pid_t maker_;
};

}  // namespace recant::embed
