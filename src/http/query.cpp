#include "http/query.hpp"

#include <algorithm>
#include <utility>

#include "http/router.hpp"

namespace recant::http {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

Query::Query(const Request& request) {
  auto rest = request.query.value_or("");
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    if (end > 0) add(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void Query::add(std::string_view text) {
  const auto equals = std::min(text.find('='), text.size());
  auto name = decode(text.substr(0, equals));
  auto value = decode(text.substr(std::min(equals + 1, text.size())));
  malformed_ = malformed_ || !name || !value;
  parameters_.push_back({std::move(name).value_or(""), std::move(value).value_or("")});
}

std::size_t Query::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(parameters_.begin(), parameters_.end(),
                    [name](const Parameter& parameter) { return parameter.name == name; }));
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& parameter : parameters_) {
    if (parameter.name == name) return &parameter.value;
  }
  return nullptr;
}

}  // namespace recant::http
