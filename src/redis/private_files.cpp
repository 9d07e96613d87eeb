#include "redis/private_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "redis/error.hpp"

namespace recant::redis {
namespace {

namespace fs = std::filesystem;

// Paths are relative to where it runs, so none needs quoting.
constexpr std::string_view kConfiguration = R"(# Written by recant at each start: changes are lost.
port 0
unixsocket redis.sock
unixsocketperm 700
daemonize no
supervised no
pidfile ""
dir .
logfile redis.log
loglevel notice

# What was answered is on disk.
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
save ""

# A key that is evicted is a revocation forgotten.
maxmemory 0
maxmemory-policy noeviction

# A client that stops reading must not fill the memory.
client-output-buffer-limit normal 32mb 8mb 10
)";

std::string system_error() { return std::strerror(errno); }

/// Empty, or why the directory cannot be used.
std::string make_private_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return path.string() + " cannot be made: " + system_error() +
           "; see to it that server.data exists and can be written";
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return path.string() + " is in the way of the private Redis's directory; move it aside";
  }
  if (status.st_uid != ::geteuid()) {
    return path.string() + " belongs to another user; give it to the one who runs recant (chown)";
  }
  if ((status.st_mode & 0777) != 0700 && ::chmod(path.c_str(), 0700) != 0) {
    return path.string() + " cannot be closed to others: " + system_error();
  }
  return {};
}

}  // namespace

Result<PrivateFiles, std::string> PrivateFiles::prepare(const fs::path& data) {
  std::error_code error;
  fs::path root = fs::absolute(data, error).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();  // a slash at the end
  const std::size_t length = root.native().size();
  if (length > kLongestDataPath) {
    return "server.data is " + std::to_string(length) + " bytes long (" + root.string() +
           "), and the socket of the private Redis in it allows for " +
           std::to_string(kLongestDataPath) +
           "; choose a shorter path, or set redis.url to a Redis of your own";
  }
  PrivateFiles files(root / "redis");
  std::string why_not = make_private_directory(files.directory());
  if (!why_not.empty()) return why_not;
  const fs::path configuration = files.directory() / "redis.conf";
  std::ofstream out(configuration, std::ios::trunc);
  out << kConfiguration;
  out.close();
  if (!out) return configuration.string() + " cannot be written: " + system_error();
  return files;
}

std::uintmax_t PrivateFiles::log_size() const {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(log(), error);
  return error ? 0 : size;
}

std::string PrivateFiles::last_log_line(std::uintmax_t offset) const {
  constexpr std::uintmax_t kTail = 8 * 1024;
  const std::uintmax_t size = log_size();
  if (size <= offset) return {};
  std::ifstream in(log());
  in.seekg(static_cast<std::streamoff>(std::max(offset, size > kTail ? size - kTail : 0)));
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) last = line;
  }
  return printable(last, 300);
}

fs::path find_program(std::string_view program, std::string_view search_path) {
  while (!search_path.empty()) {
    const std::size_t colon = search_path.find(':');
    const fs::path candidate = fs::path(search_path.substr(0, colon)) / program;
    std::error_code error;
    if (candidate.is_absolute() && fs::is_regular_file(candidate, error) &&
        ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
    search_path.remove_prefix(colon == std::string_view::npos ? search_path.size() : colon + 1);
  }
  return {};
}

}  // namespace recant::redis
