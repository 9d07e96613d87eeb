// The one table of configuration keys. Parsing, `serve --help`, `config check` and the messages of
// what is wrong all come from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"
#include "app/setting_checks.hpp"

namespace recant::app {

struct TextSpec {
  std::string& (*field)(Config&);
  TextCheck check;
};
struct ListSpec {
  std::vector<std::string>& (*field)(Config&);
  TextCheck check;  // of each
  std::size_t min_count;
  std::size_t max_count;
};
struct NumberSpec {
  std::int64_t& (*field)(Config&);
  std::int64_t min;
  std::int64_t max;
};
struct DurationSpec {
  milliseconds& (*field)(Config&);
  milliseconds min;
  milliseconds max;
  milliseconds step;        // a multiple of it
  bool may_be_off = false;  // "off" is zero, whatever `min`
};
struct FlagSpec {
  bool& (*field)(Config&);
};
struct ChoiceSpec {
  std::string& (*field)(Config&);
  std::span<const std::string_view> names;
};
using Spec = std::variant<TextSpec, ListSpec, NumberSpec, DurationSpec, FlagSpec, ChoiceSpec>;

struct Setting {
  std::string_view section;
  std::string_view key;
  std::string_view fallback;  // the default, as it would be written in a variable
  Spec spec;
  std::string_view value_name;  // for --help
  std::string_view help;        // one sentence
  bool secret = false;          // never echoed

  std::string name() const { return std::string(section) + "." + std::string(key); }
};

std::span<const Setting> settings();
const Setting* find_setting(std::string_view section, std::string_view key);

/// The keys of an [[issuer]] table, whose fields are those of the last of Config::issuers. They
/// stand in recant.toml only: neither a variable nor a flag could say which table it means.
std::span<const Setting> issuer_settings();
/// Is the section written [[section]], any number of times?
bool is_list_of_tables(std::string_view section);

/// Keys of the contract that this version does not do yet; an empty key stands for a whole section.
bool comes_later(std::string_view section, std::string_view key);

/// What a TOML value can be. `Other` names a type that no key takes ("a table", "a date").
struct Other {
  std::string type;
};
using RawValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Other>;

/// A value that somebody wrote down, and where.
struct Given {
  std::string section;
  std::string key;
  RawValue value;
  /// A variable or a flag: all is text, and lists are separated by commas.
  bool as_text = false;
  std::string where;  // "recant.toml, line 3", "RECANT_TOKEN_ISSUER", "--token.issuer"
  /// In which of the tables [[section]], counted from 1; 0 outside of such. Each begins with a
  /// Given of no key.
  std::size_t table = 0;
};

/// Puts the value into its place. On failure one sentence: where, what is wrong, what is allowed.
std::optional<std::string> apply(Config& config, const Given& given);

/// A Config of defaults.
Config default_config();

/// "1s to 24h", "one of ES256, EdDSA, …", "an IP address and a port".
std::string allowed_text(const Setting& setting);
/// The value as it would be written in a variable; a secret's as `(set)`.
std::string value_text(const Setting& setting, const Config& config);

}  // namespace recant::app
