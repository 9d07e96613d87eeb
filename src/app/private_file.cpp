#include "app/private_file.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

#include "app/file_descriptor.hpp"

namespace recant::app {
namespace {

constexpr std::string_view kUnfinished = ".unfinished";
constexpr std::size_t kLargest = 256 * 1024;  // keys.json of some 900 keys

Refusal cannot(const char* what, const std::filesystem::path& file, int error) {
  return {"The file " + file.string() + " cannot be " + what + " (" +
          std::generic_category().message(error) +
          "): make it and its directory accessible for this user, with space left."};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A new name is on the disk only when its directory is.
bool sync_directory(const std::filesystem::path& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

OrRefusal<void> check_rights(const struct stat& status, const std::filesystem::path& file,
                             Readers readers) {
  const bool group = readers == Readers::group_too;
  if ((status.st_mode & (group ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO)) == 0) return {};
  return Refusal{"The file " + file.string() + " holds a secret and is open to others than its " +
                 (group ? "owner and group: run chmod 640 " : "owner: run chmod 600 ") +
                 file.string() + "."};
}

}  // namespace

OrRefusal<void> check_private_file(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return check_rights(status, file, Readers::owner);
}

OrRefusal<void> write_private_file(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::path unfinished = file;
  unfinished += kUnfinished;
  ::unlink(unfinished.c_str());  // of a start that was cut off
  const FileDescriptor fd(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return cannot("created", file, errno);
  const bool written = write_all(fd.get(), text) && ::fsync(fd.get()) == 0 &&
                       ::rename(unfinished.c_str(), file.c_str()) == 0 &&
                       sync_directory(file.parent_path());
  if (written) return {};
  const int error = errno;
  ::unlink(unfinished.c_str());
  return cannot("written", file, error);
}

OrRefusal<SecretString> read_private_file(const std::filesystem::path& file, Readers readers) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return cannot("read", file, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return cannot("read", file, errno);
  if (!S_ISREG(status.st_mode))
    return Refusal{file.string() +
                   " is not a regular file: name a regular file, or put one in its place."};
  if (auto closed = check_rights(status, file, readers); !closed) return closed.error();
  std::array<char, 4096> chunk{};
  std::string text;
  text.reserve(kLargest);  // so that it never moves and leaves a copy behind
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", file, errno);
    if (got == 0) break;
    if (text.size() + static_cast<std::size_t>(got) > kLargest) {
      return Refusal{"The file " + file.string() +
                     " is too large to be a key: name a file with a key, or put one in its place."};
    }
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  SecretString secret(std::string(text.data(), text.size()));
  ::explicit_bzero(text.data(), text.size());
  ::explicit_bzero(chunk.data(), chunk.size());
  return {boost::system::in_place_value, std::move(secret)};
}

bool is_unfinished(const std::filesystem::path& file) {
  return file.native().ends_with(kUnfinished);
}

}  // namespace recant::app
