#include "core/subject.hpp"

#include "core/utf8.hpp"

namespace recant::core {

bool is_plain_id(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;
  return !text.empty() && text.size() <= kMaxBytes && is_plain_utf8(text);
}

std::optional<Subject> Subject::parse(std::string_view text) {
  if (!is_plain_id(text)) return std::nullopt;
  return Subject{text};
}

}  // namespace recant::core
