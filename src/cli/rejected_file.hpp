// Lines that could not be taken, kept word for word so that they can be mended and given again:
// each behind a comment that says what is wrong with it.
//
//   # line 12: username: is missing; it must be a string.
//   {"name":"ada","password_hash":"$2b$12$…"}
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace recant::cli {

class RejectedFile {
 public:
  /// Made when the first line comes. What stands at `path` already is left alone: then it is
  /// `path`.1, .2 and so on.
  explicit RejectedFile(std::string path) : wanted_(std::move(path)) {}

  /// The comment before a line; false when it cannot be written.
  bool add(std::uint64_t line_number, std::string_view why);
  /// A part of that line, or its end.
  void write(std::string_view part) { out_ << part; }
  /// What has been added is in the file when this returns; false when it cannot be written.
  bool flush();

  /// Empty while there is none.
  const std::string& path() const { return path_; }
  const std::string& wanted() const { return wanted_; }

 private:
  bool make();

  const std::string wanted_;
  std::string path_;
  std::ofstream out_;
};

}  // namespace recant::cli
