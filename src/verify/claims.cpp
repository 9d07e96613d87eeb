#include "verify/claims.hpp"

#include <cmath>

#include "core/subject.hpp"

namespace recant::verify {

std::optional<UnixSeconds> read_numeric_date(const json::Value* claim, Rounding rounding) {
  constexpr double kEndOfYear9999 = 253'402'300'799.0;
  const auto number = claim != nullptr ? claim->as_double() : std::nullopt;
  if (!number || std::signbit(*number) || !(*number <= kEndOfYear9999)) return std::nullopt;
  const double whole = rounding == Rounding::down ? std::floor(*number) : std::ceil(*number);
  return UnixSeconds{seconds{static_cast<std::int64_t>(whole)}};
}

std::optional<std::string> read_id(const json::Value* claim) {
  const std::string* text = claim != nullptr ? claim->as_string() : nullptr;
  if (text == nullptr || !core::is_plain_id(*text)) return std::nullopt;
  return *text;
}

std::optional<std::vector<std::string>> read_audience(const json::Value* claim) {
  if (claim == nullptr) return std::nullopt;
  if (auto one = read_id(claim)) return std::vector{*std::move(one)};
  const json::Array* array = claim->as_array();
  if (array == nullptr || array->empty()) return std::nullopt;
  std::vector<std::string> all;
  for (const json::Value& item : *array) {
    auto one = read_id(&item);
    if (!one) return std::nullopt;
    all.push_back(*std::move(one));
  }
  return all;
}

}  // namespace recant::verify
