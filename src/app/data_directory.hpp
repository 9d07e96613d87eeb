// The data directory: everything that this server keeps, for its user alone (0700), and used by one
// server at a time.
//
// Not thread-safe; made at start and kept until the end, since the lock goes with it.
#pragma once

#include <filesystem>

#include "app/file_descriptor.hpp"
#include "app/refusal.hpp"

namespace recant::app {

class DataDirectory {
 public:
  /// Creates it when missing (its parent must exist) and locks it. Refused when it cannot be
  /// written, when others may write it, and when another server uses it, whose pid is told.
  static OrRefusal<DataDirectory> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path keys() const { return path_ / "keys"; }
  std::filesystem::path admin_key() const { return path_ / "admin.key"; }

 private:
  DataDirectory(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  /// Held by flock, which ends with the process however it ends. Children do not inherit it.
  FileDescriptor lock_;
};

/// Makes `path` (0700) if it is missing; refused when it is something else or others may write it.
OrRefusal<void> make_private_directory(const std::filesystem::path& path);

}  // namespace recant::app
