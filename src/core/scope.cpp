#include "core/scope.hpp"

#include <algorithm>

namespace recant::core {
namespace {

/// Takes the next word off `text`; empty at its end.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

bool has_word(std::string_view held, std::string_view wanted) {
  for (auto word = next_word(held); !word.empty(); word = next_word(held)) {
    if (word == wanted) return true;
  }
  return false;
}

bool is_scope_character(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

bool is_scope(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == ' ' || text.back() == ' ' || text.find("  ") != std::string_view::npos) {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == ' ' || is_scope_character(c); });
}

std::optional<std::string> first_missing_scope(std::string_view held, std::string_view needed) {
  for (auto word = next_word(needed); !word.empty(); word = next_word(needed)) {
    if (!has_word(held, word)) return std::string(word);
  }
  return std::nullopt;
}

}  // namespace recant::core
