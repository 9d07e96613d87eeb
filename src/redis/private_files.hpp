// What the private Redis has on disk, under `<data>/redis/`:
//
//   redis.sock   where it listens, and nowhere else      redis.conf   written anew at each start
//   redis.log    its log, and its stdout                 redis.lock   locked by it while it lives
//   appendonlydir/   the data
//
// The directory is the owner's alone. Every failure is one sentence that names the remedy.
// Thread-safe (no state but the paths).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace recant::redis {

class PrivateFiles {
 public:
  /// Of a data path in bytes: a socket's path is at most 107, and ours adds `/redis/redis.sock`.
  static constexpr std::size_t kLongestDataPath = 85;

  /// Makes the directory, closes it to others, and writes the configuration.
  static Result<PrivateFiles, std::string> prepare(const std::filesystem::path& data);

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path socket() const { return directory_ / "redis.sock"; }
  std::filesystem::path lock() const { return directory_ / "redis.lock"; }
  std::filesystem::path log() const { return directory_ / "redis.log"; }

  std::uintmax_t log_size() const;
  /// The last line that was written to the log behind `offset`; empty if there is none.
  std::string last_log_line(std::uintmax_t offset) const;

 private:
  explicit PrivateFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
};

/// The full path of `program` in a PATH-like list; empty if it is nowhere.
std::filesystem::path find_program(std::string_view program, std::string_view search_path);

}  // namespace recant::redis
