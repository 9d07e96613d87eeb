// The header fields of a request, in order of arrival. Names compare without regard to case
// (RFC 9110 §5.1), and all values of a repeated field stay visible: whoever reads a field that must
// be single says `only` and so cannot be fooled by a second one.
//
// Views into the connection's buffer: valid until the request has been answered.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace recant::http {

/// ASCII only, as RFC 9110 asks; no locale.
bool equal_ignoring_case(std::string_view a, std::string_view b);

class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;  // without the white space around it
  };

  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  void clear() { fields_.clear(); }

  std::size_t size() const { return fields_.size(); }
  std::size_t count(std::string_view name) const;
  /// Its value if the field stands exactly once.
  std::optional<std::string_view> only(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;  // keeps its memory from one request to the next
};

}  // namespace recant::http
