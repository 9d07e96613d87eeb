// recant.toml by anybody: what is taken can be written down again as a variable and means the same.
#include "app/settings.hpp"

#include <algorithm>

#include "app/toml_file.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

/// A list's entry that a comma would split, or that begins or ends with a space, is the file's
/// alone.
bool can_be_variable(const app::Setting& setting, app::Config& config) {
  const auto* list = std::get_if<app::ListSpec>(&setting.spec);
  if (list == nullptr) return true;
  return std::ranges::none_of(list->field(config), [](const std::string& entry) {
    return entry.empty() || entry.find(',') != std::string::npos || entry.starts_with(' ') ||
           entry.ends_with(' ');
  });
}

void require_same_as_variable(const app::Setting& setting, const app::Config& config) {
  const std::string text = app::value_text(setting, config);
  app::Config again = app::default_config();
  const auto refusal = app::apply(
      again, {std::string(setting.section), std::string(setting.key), text, true, "a variable"});
  require(!refusal, "a value that was taken is refused as a variable");
  require(app::value_text(setting, again) == text, "a variable means something else than the file");
}

}  // namespace

bool configuration(std::string_view bytes) {
  const auto given = app::parse_toml(bytes, "recant.toml");
  if (!given) {
    require(!given.error().sentence.empty(), "a refusal says nothing");
    return false;
  }
  app::Config config = app::default_config();
  bool taken = true;
  for (const app::Given& one : *given) {
    const auto refusal = app::apply(config, one);
    if (refusal)
      require(refusal->starts_with("recant.toml, line "), "a refusal does not say where");
    taken = taken && !refusal;
  }
  for (const app::Setting& setting : app::settings()) {
    if (!setting.secret && can_be_variable(setting, config))
      require_same_as_variable(setting, config);
  }
  return taken;
}

}  // namespace recant::fuzz
