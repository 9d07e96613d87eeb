#include "database/watchdog.hpp"

#include <sys/socket.h>

namespace recant::database {

Watchdog::Watchdog(std::chrono::milliseconds limit) : limit_(limit), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::begin(int socket) {
  const std::lock_guard lock(mutex_);
  until_[socket] = Clock::now() + limit_;
}

void Watchdog::end(int socket) {
  const std::lock_guard lock(mutex_);
  until_.erase(socket);
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, limit_ / 4);
    for (const auto& [socket, until] : until_) {
      if (Clock::now() >= until) ::shutdown(socket, SHUT_RDWR);
    }
  }
}

}  // namespace recant::database
