#include "core/subject.hpp"

#include <algorithm>

#include "core/plain_utf8.hpp"

namespace recant::core {
namespace {

constexpr char kSeparator = '/';

}  // namespace

bool is_plain_id(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;
  return !text.empty() && text.size() <= kMaxBytes && is_plain_utf8(text);
}

std::string foreign_id(std::string_view issuer_name, std::string_view id) {
  std::string text(issuer_name);
  text += kSeparator;
  text += id;
  return text;
}

std::optional<Subject> Subject::parse(std::string_view text) {
  if (!is_plain_id(text)) return std::nullopt;
  return Subject{text};
}

Subject Subject::of_issuer(std::string_view issuer_name, const Subject& own) {
  return Subject{foreign_id(issuer_name, own.text())};
}

bool ForeignNames::claim(const Subject& subject) const {
  const std::string_view text = subject.text();
  const auto end = text.find(kSeparator);
  if (end == std::string_view::npos) return false;
  return std::find(names_.begin(), names_.end(), text.substr(0, end)) != names_.end();
}

}  // namespace recant::core
