#include "core/common_passwords.hpp"

#include <string>
#include <unordered_set>

#include "core/common_passwords_text.hpp"
#include "core/utf8.hpp"

namespace recant::core {
namespace {

constexpr std::string_view kRemark = "#!";

std::unordered_set<std::string_view> entries_of(std::string_view text) {
  std::unordered_set<std::string_view> entries;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (!line.empty() && !line.starts_with(kRemark)) entries.insert(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return entries;
}

}  // namespace

bool is_common_password(std::string_view password) {
  static const auto kEntries = entries_of(kCommonPasswordsText);
  const auto folded = fold_compatible(password);
  return folded && kEntries.contains(folded->reveal());
}

}  // namespace recant::core
