#include "cli/secret_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "cli/text.hpp"

namespace recant::cli {
namespace {

Mistake cannot(const std::string& path, const char* what, int error) {
  return {"the file " + printable(path) + " cannot be " + what + " (" +
          std::generic_category().message(error) + ")."};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace

Result<SecretFile, Mistake> SecretFile::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) return {boost::system::in_place_value, SecretFile(path, fd)};
  if (errno == EEXIST) {
    return Mistake{"the file " + printable(path) +
                   " is there already, and is not written over: name another one."};
  }
  return cannot(path, "created", errno);
}

SecretFile::SecretFile(SecretFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

SecretFile::~SecretFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
}

Result<void, Mistake> SecretFile::keep(std::string_view secret) {
  const int fd = std::exchange(fd_, -1);
  const bool kept = write_all(fd, secret) && write_all(fd, "\n") && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (kept) return {};
  ::unlink(path_.c_str());
  return cannot(path_, "written", error);
}

}  // namespace recant::cli
