// Whom a token speaks of (`sub`): a local account's user_id, or any name that an application with
// a login of its own uses.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace recant::core {

/// RFC 7519 §4.1.2 leaves the form open; ours is 1 to 255 bytes of UTF-8 without control characters
/// (contract, "General"). The same bound holds for a foreign jti.
bool is_plain_id(std::string_view text);

class Subject {
 public:
  static std::optional<Subject> parse(std::string_view text);
  const std::string& text() const { return text_; }
  auto operator<=>(const Subject&) const = default;

 private:
  explicit Subject(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace recant::core
