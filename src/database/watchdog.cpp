#include "database/watchdog.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recant::database {

Watchdog::Watchdog(std::chrono::milliseconds step) : step_(step), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

int Watchdog::begin(int socket, std::chrono::milliseconds limit) {
  const int watched = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (watched < 0) {
    ::shutdown(socket, SHUT_RDWR);
    return -1;
  }
  const std::lock_guard lock(mutex_);
  until_[watched] = Clock::now() + limit;
  return watched;
}

void Watchdog::end(int watched) {
  const std::lock_guard lock(mutex_);
  until_.erase(watched);
  ::close(watched);
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, step_);
    for (const auto& [socket, until] : until_) {
      if (Clock::now() >= until) ::shutdown(socket, SHUT_RDWR);
    }
  }
}

}  // namespace recant::database
