#include "base/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace recant {
namespace {

constexpr std::size_t kLargest = std::size_t{1024} * 1024;

FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::int64_t>(status.st_dev),
          static_cast<std::int64_t>(status.st_ino),
          status.st_size,
          status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Said in so many words: a FileText could be made of a text as well.
Result<FileText, std::string> no(std::string why) {
  return {boost::system::in_place_error, std::move(why)};
}

Result<FileText, std::string> cannot(int error) {
  return no("cannot be read (" + std::generic_category().message(error) + ")");
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

Result<FileText, std::string> read_file(const std::filesystem::path& file) {
  // Without O_NONBLOCK a pipe without a writer would hang us.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return cannot(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return cannot(errno);
  if (S_ISDIR(status.st_mode)) return no("is a directory");

  FileText read{.bytes = {},
                .stamp = stamp_of(status),
                .is_only_owners = (status.st_mode & (S_IRWXG | S_IRWXO)) == 0};
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot(errno);
    if (got == 0) return read;
    read.bytes.append(chunk.data(), static_cast<std::size_t>(got));
    if (read.bytes.size() > kLargest) return no("is larger than 1 MiB");
  }
}

}  // namespace recant
