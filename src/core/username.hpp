// The name a person signs in with. Written as given (NFC), compared regardless of case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recant::core {

class Username {
 public:
  /// 1 to 128 bytes without control characters, and never of a UUID's form, so that
  /// `/v1/admin/users/{id or name}` cannot mean two people.
  static std::optional<Username> parse(std::string_view text);

  const std::string& text() const { return text_; }
  /// Equal for names that differ in case only; unique among accounts.
  const std::string& folded() const { return folded_; }

 private:
  Username(std::string text, std::string folded)
      : text_(std::move(text)), folded_(std::move(folded)) {}
  std::string text_;
  std::string folded_;
};

}  // namespace recant::core
