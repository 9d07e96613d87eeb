#include "app/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace recant::app {
namespace {

std::string message(int error) { return std::generic_category().message(error); }

/// Who holds the lock, as they wrote it down; empty when they have not come to it yet.
std::string pid_in(int fd) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < got && text[i] >= '0' && text[i] <= '9'; ++i) pid += text[i];
  return pid;
}

OrRefusal<FileDescriptor> take_lock(const std::filesystem::path& directory) {
  const auto file = directory / "recant.lock";
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) {
    return Refusal{"The lock file " + file.string() + " cannot be opened (" + message(errno) +
                   "): make it writable for this user."};
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return Refusal{"The data directory " + directory.string() + " cannot be locked (" +
                     message(errno) + "): put it on a file system that knows locks."};
    }
    const std::string pid = pid_in(fd.get());
    return Refusal{"The data directory " + directory.string() + " is in use by " +
                   (pid.empty() ? "another process" : "process " + pid) +
                   ": stop that one, or give this one another server.data."};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // The lock is what counts; the number is for people.
  if (::ftruncate(fd.get(), 0) != 0 ||
      ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return Refusal{"The lock file " + file.string() + " cannot be written (" + message(errno) +
                   "): make space on its file system."};
  }
  return {boost::system::in_place_value, std::move(fd)};
}

}  // namespace

OrRefusal<void> make_private_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Refusal{"The directory " + path.string() + " cannot be created (" + message(errno) +
                   "): create it for this user, or name another one in server.data."};
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return Refusal{"The directory " + path.string() + " cannot be looked at (" + message(errno) +
                   "): make it accessible for this user."};
  }
  if (!S_ISDIR(status.st_mode)) {
    return Refusal{path.string() + " is not a directory: name one in server.data."};
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Refusal{"The directory " + path.string() +
                   " can be written by others, who could exchange its keys: run chmod 700 " +
                   path.string() + "."};
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Refusal{"The directory " + path.string() + " cannot be written (" + message(errno) +
                   "): make it writable for this user, or name another one in server.data."};
  }
  return {};
}

OrRefusal<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  if (auto made = make_private_directory(path); !made) return made.error();
  auto lock = take_lock(path);
  if (!lock) return lock.error();
  return DataDirectory(path, *std::move(lock));
}

}  // namespace recant::app
