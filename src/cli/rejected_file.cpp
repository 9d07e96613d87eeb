#include "cli/rejected_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace recant::cli {

bool RejectedFile::make() {
  constexpr int kNames = 1000;
  for (int number = 0; number < kNames; ++number) {
    const std::string path = number == 0 ? wanted_ : wanted_ + "." + std::to_string(number);
    // It holds password hashes, so it is nobody else's.
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) return false;
    ::close(file);
    out_.open(path, std::ios::app | std::ios::binary);
    path_ = path;
    return static_cast<bool>(out_);
  }
  return false;
}

bool RejectedFile::add(std::uint64_t line_number, std::string_view why) {
  if (path_.empty() && !make()) return false;
  out_ << "# line " << line_number << ": " << why << '\n';
  return static_cast<bool>(out_);
}

bool RejectedFile::flush() {
  if (path_.empty()) return true;
  out_.flush();
  return static_cast<bool>(out_);
}

}  // namespace recant::cli
