// Preloaded into a program, it sets that program's wall clock: by as many seconds as the file says
// that CLOCK_OFFSET_FILE names. What the program waits by goes on as before.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>
#include <cstdlib>

namespace {

long seconds_off() {
  const char* name = std::getenv("CLOCK_OFFSET_FILE");
  const int file = name != nullptr ? ::open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  char text[32] = {};
  const auto size = ::read(file, text, sizeof text - 1);
  ::close(file);
  return size > 0 ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += seconds_off();
  }
  return static_cast<int>(result);
}
