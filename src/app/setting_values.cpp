// Values: from what somebody wrote into a Config, and from a Config into text.
#include <algorithm>
#include <charconv>

#include "app/quoting.hpp"
#include "app/settings.hpp"
#include "base/duration.hpp"
#include "cli/spelling.hpp"

namespace recant::app {
namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

std::string join(const auto& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string shown(const RawValue& value) {
  return std::visit(
      Match{[](const std::string& text) { return in_quotes(text); },
            [](std::int64_t number) { return "the number " + std::to_string(number); },
            [](bool flag) { return std::string(flag ? "true" : "false"); },
            [](const std::vector<std::string>& list) {
              return list.empty() ? "[]" : "[" + in_quotes(join(list, ", ")) + "]";
            },
            [](const Other& other) { return other.type; }},
      value);
}

const std::string* text_of(const RawValue& value) { return std::get_if<std::string>(&value); }

std::optional<std::int64_t> number_of(const Given& given) {
  if (const auto* number = std::get_if<std::int64_t>(&given.value)) return *number;
  const std::string* text = given.as_text ? text_of(given.value) : nullptr;
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::optional<bool> flag_of(const Given& given) {
  if (const auto* flag = std::get_if<bool>(&given.value)) return *flag;
  const std::string* text = given.as_text ? text_of(given.value) : nullptr;
  if (text != nullptr && *text == "true") return true;
  if (text != nullptr && *text == "false") return false;
  return std::nullopt;
}

std::optional<std::vector<std::string>> list_of(const Given& given) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&given.value)) return *list;
  const std::string* text = given.as_text ? text_of(given.value) : nullptr;
  if (text == nullptr) return std::nullopt;
  std::vector<std::string> list;
  std::string_view left = *text;
  while (!left.empty()) {
    const auto end = left.find(',');
    std::string_view part = left.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    list.emplace_back(part);
    left = end == std::string_view::npos ? std::string_view{} : left.substr(end + 1);
  }
  return list;
}

/// What is wrong, to follow the name of the key, or nothing when the value is in its place.
using Wrong = std::optional<std::string>;

Wrong put(const TextSpec& spec, Config& config, const Given& given) {
  const std::string* text = text_of(given.value);
  if (text == nullptr) return "must be a text";
  if (auto wrong = spec.check(*text)) return wrong;
  spec.field(config) = *text;
  return {};
}

Wrong put(const ListSpec& spec, Config& config, const Given& given) {
  auto list = list_of(given);
  if (!list) return "must be a list of texts";
  if (list->size() < spec.min_count || list->size() > spec.max_count) {
    return "must have " + std::to_string(spec.min_count) + " to " + std::to_string(spec.max_count) +
           " entries";
  }
  for (const std::string& entry : *list) {
    if (auto wrong = spec.check(entry)) return wrong;
  }
  spec.field(config) = *std::move(list);
  return {};
}

Wrong put(const NumberSpec& spec, Config& config, const Given& given) {
  const auto number = number_of(given);
  if (!number || *number < spec.min || *number > spec.max) {
    return "must be a whole number from " + std::to_string(spec.min) + " to " +
           std::to_string(spec.max);
  }
  spec.field(config) = *number;
  return {};
}

Wrong put(const DurationSpec& spec, Config& config, const Given& given) {
  const std::string* text = text_of(given.value);
  if (spec.may_be_off && text != nullptr && *text == "off") {
    spec.field(config) = milliseconds{0};
    return {};
  }
  const std::string or_off = spec.may_be_off ? "off, or " : "";
  const auto duration = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (!duration) return "must be " + or_off + "a duration written like 250ms, 30s, 15m, 12h or 30d";
  if (*duration < spec.min || *duration > spec.max) {
    return "must be " + or_off + "from " + to_text(spec.min) + " to " + to_text(spec.max);
  }
  if (*duration % spec.step != milliseconds{0}) return "must be whole seconds";
  spec.field(config) = *duration;
  return {};
}

Wrong put(const FlagSpec& spec, Config& config, const Given& given) {
  const auto flag = flag_of(given);
  if (!flag) return "must be true or false";
  spec.field(config) = *flag;
  return {};
}

Wrong put(const ChoiceSpec& spec, Config& config, const Given& given) {
  const std::string* text = text_of(given.value);
  if (text == nullptr || std::ranges::find(spec.names, *text) == spec.names.end()) {
    return "must be one of " + join(spec.names, ", ");
  }
  spec.field(config) = *text;
  return {};
}

std::string unknown_key(const Given& given) {
  const std::string name = given.section.empty()
                               ? given.key
                               : given.section + (given.key.empty() ? "" : "." + given.key);
  if (comes_later(given.section, given.key)) {
    return given.where + ": this version of Recant does not know " + in_quotes(name) +
           " yet: take it out.";
  }
  std::string in_section;
  std::vector<std::string> names;
  for (const Setting& setting : is_list_of_tables(given.section) ? issuer_settings() : settings()) {
    names.push_back(setting.name());
    if (setting.section != given.section) continue;
    in_section += (in_section.empty() ? "" : ", ") + std::string(setting.key);
  }
  std::string sentence = given.where + ": there is no key " + in_quotes(name);
  if (const auto near = cli::nearest(name, names))
    return sentence + "; did you mean " + *near + "?";
  if (!in_section.empty()) return sentence + "; " + given.section + " has " + in_section + ".";
  std::vector<std::string_view> sections;
  for (const Setting& setting : settings()) {
    if (sections.empty() || sections.back() != setting.section) sections.push_back(setting.section);
  }
  return sentence + "; the sections are " + join(sections, ", ") + ".";
}

void append_issuer(Config& config, const Given& given) {
  config.issuers.emplace_back().where = given.where;
  for (const Setting& setting : issuer_settings()) {
    if (setting.fallback.empty()) continue;
    apply(config, {std::string(setting.section), std::string(setting.key),
                   std::string(setting.fallback), true, "default", given.table});
  }
}

/// A table with brackets too many or too few.
std::optional<std::string> wrong_brackets(const Given& given) {
  if (is_list_of_tables(given.section) && given.table == 0) {
    return given.where + ": " + given.section +
           " is a list of tables, which stand in recant.toml "
           "only: write [[" +
           given.section + "]], with two brackets, once for each.";
  }
  const bool known = std::ranges::any_of(
      settings(), [&](const Setting& setting) { return setting.section == given.section; });
  if (known && given.table > 0 && given.key.empty()) {
    return given.where + ": " + given.section + " is one table: write [" + given.section + "].";
  }
  return std::nullopt;
}

const Setting* setting_of(const Given& given) {
  if (!is_list_of_tables(given.section)) return find_setting(given.section, given.key);
  const auto all = issuer_settings();
  const auto found = std::ranges::find(all, given.key, &Setting::key);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> apply(Config& config, const Given& given) {
  if (auto wrong = wrong_brackets(given)) return wrong;
  if (is_list_of_tables(given.section) && given.key.empty()) {
    append_issuer(config, given);
    return std::nullopt;
  }
  const Setting* setting = setting_of(given);
  if (setting == nullptr) return unknown_key(given);
  const Wrong wrong =
      std::visit([&](const auto& spec) { return put(spec, config, given); }, setting->spec);
  if (!wrong) return std::nullopt;
  return given.where + ": " + setting->name() + " " + *wrong +
         (setting->secret ? "." : "; given was " + shown(given.value) + ".");
}

std::string allowed_text(const Setting& setting) {
  return std::visit(
      Match{[](const TextSpec& text) { return std::string(passed_by(text.check)); },
            [](const FlagSpec&) { return std::string("true or false"); },
            [](const ListSpec& list) {
              return (list.min_count > 0 ? std::to_string(list.min_count) + " to " : "up to ") +
                     std::to_string(list.max_count) + ", each " +
                     std::string(passed_by(list.check));
            },
            [](const NumberSpec& number) {
              return std::to_string(number.min) + " to " + std::to_string(number.max);
            },
            [](const DurationSpec& duration) {
              return (duration.may_be_off ? "off, or " : "") + to_text(duration.min) + " to " +
                     to_text(duration.max);
            },
            [](const ChoiceSpec& choice) { return "one of " + join(choice.names, ", "); }},
      setting.spec);
}

std::string value_text(const Setting& setting, const Config& config) {
  // The fields are reached through a Config that may be changed; this one is a copy.
  Config copy = config;
  if (setting.secret) {
    const std::string& text = std::get<TextSpec>(setting.spec).field(copy);
    // The path of a database is none, and who asks what holds wants to see it.
    return text.empty() || sqlite_path(text) ? text : "(set)";
  }
  return std::visit(
      Match{[&](const TextSpec& spec) { return spec.field(copy); },
            [&](const ChoiceSpec& spec) { return spec.field(copy); },
            [&](const ListSpec& spec) { return join(spec.field(copy), ","); },
            [&](const NumberSpec& spec) { return std::to_string(spec.field(copy)); },
            [&](const DurationSpec& spec) {
              const milliseconds value = spec.field(copy);
              return spec.may_be_off && value == milliseconds{0} ? "off" : to_text(value);
            },
            [&](const FlagSpec& spec) { return std::string(spec.field(copy) ? "true" : "false"); }},
      setting.spec);
}

}  // namespace recant::app
