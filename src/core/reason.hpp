// Why something was revoked: one of a closed list, or an administrator's own words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recant::core {

class Reason {
 public:
  static const Reason logout;
  static const Reason logout_all;
  static const Reason password_change;
  static const Reason disabled;
  static const Reason deleted;
  static const Reason evicted;
  static const Reason admin;
  static const Reason reused;
  /// Nobody told us: written by a service that follows the recipe, or lost.
  static const Reason foreign;

  /// An administrator's own text: 1 to 64 printable ASCII bytes.
  static std::optional<Reason> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool operator==(const Reason&) const = default;

 private:
  explicit Reason(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace recant::core
