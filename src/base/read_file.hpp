// Small files that people or programs wrote, read whole. Thread-safe; blocks as long as the disk
// does.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace recant {

/// Tells one state of a file from another.
using FileStamp = std::array<std::int64_t, 6>;
/// Nothing where no file is.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

struct FileText {
  std::string bytes;
  FileStamp stamp;              ///< of what was read
  bool is_only_owners = false;  ///< nobody else has any right to it
};

/// At most 1 MiB. On failure words that follow the file's name: "cannot be read (Permission
/// denied)".
Result<FileText, std::string> read_file(const std::filesystem::path& file);

}  // namespace recant
