// The lines of a file of JSON lines that hold something, numbered; however long one is, only a part
// of it is in memory. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace recant::cli {

/// As long as a line may be that is read whole, in bytes.
inline constexpr std::size_t kLineBytes = 32 * 1024;

struct Line {
  std::uint64_t number = 0;  // from 1
  std::string text{};        // without its end; the first kLineBytes + 1 bytes of a longer one
};

class ImportLines {
 public:
  /// `in` outlives it. What is wrong with reading shows in `in`.
  explicit ImportLines(std::istream& in) : in_(in) {}

  /// The next that is neither empty nor a comment; false at the end. What is left of a longer line
  /// is passed over.
  bool next(Line& line);
  /// The next part of a line that was too long; empty at its end.
  std::string_view rest();

  /// Read so far.
  std::uint64_t bytes() const { return bytes_; }

 private:
  /// False when there is nothing more.
  bool read_part();

  std::istream& in_;
  std::vector<char> buffer_ = std::vector<char>(kLineBytes + 2);
  std::string_view part_;
  bool continues_ = false;  // part_ does not end its line
  std::uint64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace recant::cli
