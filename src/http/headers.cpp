#include "http/headers.hpp"

namespace recant::http {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t n = 0;
  for (const auto& field : fields_) n += equal_ignoring_case(field.name, name) ? 1 : 0;
  return n;
}

std::optional<std::string_view> Headers::only(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (found) return std::nullopt;
    found = field.value;
  }
  return found;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& field : fields_) {
    if (equal_ignoring_case(field.name, name)) values.push_back(field.value);
  }
  return values;
}

}  // namespace recant::http
