#include "app/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "app/file_descriptor.hpp"

namespace recant::app {
namespace {

constexpr std::size_t kLargest = 1024 * 1024;

Refusal cannot(int error) {
  return {"cannot be read (" + std::generic_category().message(error) + ")"};
}

}  // namespace

OrRefusal<std::string> read_small_file(const std::filesystem::path& file) {
  // Without O_NONBLOCK a pipe without a writer would hang us.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return cannot(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return cannot(errno);
  if (S_ISDIR(status.st_mode)) return Refusal{"is a directory"};

  std::string text;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot(errno);
    // Said in so many words: a Refusal could be made of a text as well.
    if (got == 0) return {boost::system::in_place_value, std::move(text)};
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargest) return Refusal{"is larger than 1 MiB"};
  }
}

}  // namespace recant::app
