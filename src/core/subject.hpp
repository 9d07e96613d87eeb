// Whom a token speaks of (`sub`): a local account's user_id, or any name that an application with
// a login of its own uses; or somebody whom another issuer knows.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recant::core {

/// RFC 7519 §4.1.2 leaves the form open; ours is 1 to 255 bytes of UTF-8 without control characters
/// (contract, "General"). The same bound holds for a foreign jti.
bool is_plain_id(std::string_view text);

/// How an id of another issuer stands beside ours: `<name>/<id>`. An issuer's name has no slash, so
/// no two issuers' ids are ever one.
std::string foreign_id(std::string_view issuer_name, std::string_view id);

class Subject {
 public:
  static std::optional<Subject> parse(std::string_view text);
  /// The subject that another issuer calls `own`, as foreign_id() spells it; may be longer than 255
  /// bytes.
  static Subject of_issuer(std::string_view issuer_name, const Subject& own);
  const std::string& text() const { return text_; }
  auto operator<=>(const Subject&) const = default;

 private:
  explicit Subject(std::string_view text) : text_(text) {}
  std::string text_;
};

/// The names of other issuers whose subjects stand as `<name>/<sub>`. Whatever begins so is no
/// subject of ours: else it and somebody of that issuer would be one, for backends and in Redis.
class ForeignNames {
 public:
  ForeignNames() = default;
  explicit ForeignNames(std::vector<std::string> names) : names_(std::move(names)) {}
  bool claim(const Subject& subject) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace recant::core
