#include "core/plain_utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace recant::core {
namespace {

/// The forms of RFC 3629 §3: what the first byte looks like, and the least that it may stand for.
struct Form {
  std::uint8_t mask, mark;
  std::size_t bytes;
  std::uint32_t least;
};
constexpr std::array kForms = {Form{0x80, 0x00, 1, 0}, Form{0xe0, 0xc0, 2, 0x80},
                               Form{0xf0, 0xe0, 3, 0x800}, Form{0xf8, 0xf0, 4, 0x10000}};

const Form* form_of(std::uint8_t first) {
  for (const Form& form : kForms) {
    if ((first & form.mask) == form.mark) return &form;
  }
  return nullptr;
}

bool is_plain(std::uint32_t code) {
  const bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  return !is_control && !is_surrogate && code <= 0x10ffff;
}

}  // namespace

bool is_plain_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<std::uint8_t>(text.front());
    const Form* const form = form_of(first);
    if (form == nullptr || form->bytes > text.size()) return false;
    std::uint32_t code = first & static_cast<std::uint8_t>(~form->mask);
    for (std::size_t i = 1; i < form->bytes; ++i) {
      const auto next = static_cast<std::uint8_t>(text[i]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3fU);
    }
    if (code < form->least || !is_plain(code)) return false;
    text.remove_prefix(form->bytes);
  }
  return true;
}

std::string_view without_final_newline(std::string_view secret) {
  if (!secret.ends_with('\n')) return secret;
  const std::string_view line = secret.substr(0, secret.size() - 1);
  return is_plain_utf8(line) ? line : secret;
}

}  // namespace recant::core
