#include "app/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "app/quoting.hpp"
#include "app/remote_source.hpp"
#include "app/small_file.hpp"
#include "cli/spelling.hpp"

namespace recant::app {
namespace {

constexpr std::string_view kPrefix = "RECANT_";
constexpr std::string_view kFileSuffix = "_FILE";
std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

const Setting* setting_of(std::string_view variable) {
  for (const Setting& setting : settings()) {
    if (variable == variable_of(setting)) return &setting;
  }
  return nullptr;
}

/// The section that a variable without a key of ours seems to mean.
std::optional<std::string> section_of(std::string_view variable) {
  const std::string_view name = variable.substr(kPrefix.size());
  const std::string section = lower(name.substr(0, name.find('_')));
  const bool known = std::ranges::any_of(
      settings(), [&](const Setting& setting) { return setting.section == section; });
  if (known || is_list_of_tables(section) || comes_later(section, "")) return section;
  return std::nullopt;
}

/// Of a Service called recant or recant-redis Kubernetes tells every container: RECANT_REDIS_PORT,
/// RECANT_REDIS_SERVICE_HOST, RECANT_REDIS_PORT_6379_TCP_ADDR, … Nobody means us by it.
bool is_service_link(const Variable& variable) {
  const std::string_view name = variable.name;
  if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos) {
    return true;
  }
  const auto port = name.find("_PORT");
  if (port == std::string_view::npos) return false;
  const std::string_view rest = name.substr(port + std::string_view("_PORT").size());
  const bool numbered = rest.size() > 1 && rest[0] == '_' && rest[1] >= '0' && rest[1] <= '9';
  return numbered || (rest.empty() && variable.value.find("://") != std::string::npos);
}

/// "RECANT_REFERSH_GRACE" → "RECANT_REFRESH_GRACE", "RECANT_token_issuer" → "RECANT_TOKEN_ISSUER";
/// nothing where a section of ours begins it, or nothing of ours comes near.
std::optional<std::string> meant_by(std::string_view variable) {
  const bool file = variable.ends_with(kFileSuffix);
  const std::string_view suffix = file ? kFileSuffix : std::string_view();
  const std::string bare(variable.substr(0, variable.size() - suffix.size()));
  std::vector<std::string> names;
  std::vector<std::string> sections;
  for (const Setting& setting : settings()) {
    names.push_back(variable_of(setting));
    sections.push_back(upper(setting.section));
  }
  if (const std::string loud = upper(bare); std::ranges::find(names, loud) != names.end()) {
    return loud + std::string(suffix);
  }
  if (section_of(variable)) return std::nullopt;
  if (const auto name = cli::nearest(bare, names)) return *name + std::string(suffix);
  const std::string_view rest = std::string_view(bare).substr(kPrefix.size());
  const auto end = rest.find('_');
  // RECANT_TOKN alone is no key of any section.
  if (end == std::string_view::npos) return std::nullopt;
  const auto section = cli::nearest(upper(rest.substr(0, end)), sections);
  if (!section) return std::nullopt;
  return std::string(kPrefix) + *section + "_…";
}

class Reader {
 public:
  explicit Reader(const std::vector<Variable>& variables) : variables_(variables) {}

  void read(const Variable& variable) {
    if (is_client_variable(variable.name)) return;
    if (const Setting* setting = setting_of(variable.name)) {
      add(*setting, variable.value, variable.name);
    } else if (variable.name.ends_with(kFileSuffix) &&
               setting_of(without_suffix(variable.name)) != nullptr) {
      read_file(variable);
    } else if (!is_service_link(variable)) {
      unknown(variable.name);
    }
  }

  EnvironmentReading reading;
  std::vector<std::string> errors;

 private:
  static std::string without_suffix(const std::string& name) {
    return name.substr(0, name.size() - kFileSuffix.size());
  }

  void add(const Setting& setting, std::string value, const std::string& where) {
    reading.given.push_back(
        {std::string(setting.section), std::string(setting.key), std::move(value), true, where});
  }

  void read_file(const Variable& variable) {
    const std::string name = without_suffix(variable.name);
    const bool both =
        std::ranges::any_of(variables_, [&](const Variable& other) { return other.name == name; });
    if (both) {
      errors.push_back(name + " and " + variable.name + " are both set: unset one of them.");
      return;
    }
    auto text = read_small_file(variable.value);
    if (!text) {
      errors.push_back(variable.name + ": the file " + in_quotes(variable.value) + " " +
                       text.error().sentence + ".");
      return;
    }
    // Editors and `echo` end a file with a newline that nobody means.
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    add(*setting_of(name), *std::move(text), variable.name);
  }

  void unknown(const std::string& name) {
    if (const auto meant = meant_by(name)) {
      errors.push_back(name + ": there is no such variable; did you mean " + *meant + "?");
    } else if (const auto section = section_of(name)) {
      const std::string key = lower(name.substr(kPrefix.size() + section->size()));
      // apply() knows what to say about a key that does not exist.
      reading.given.push_back(
          {*section, key.empty() ? key : key.substr(1), std::string(), true, name});
    } else {
      reading.warnings.push_back("The variable " + in_quotes(name) +
                                 " is set, but names nothing that this version knows.");
    }
  }

  const std::vector<Variable>& variables_;
};

}  // namespace

std::string variable_of(const Setting& setting) {
  return std::string(kPrefix) + upper(setting.section) + "_" + upper(setting.key);
}

std::vector<Variable> process_environment() {
  std::vector<Variable> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.push_back(
        {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
  }
  return variables;
}

std::vector<std::string> as_written(const std::vector<Variable>& variables) {
  std::vector<std::string> written;
  for (const auto& [name, value] : variables) written.push_back(name + '=' + value);
  return written;
}

Result<EnvironmentReading, std::vector<std::string>> read_environment(
    const std::vector<Variable>& variables) {
  Reader reader(variables);
  for (const Variable& variable : variables) {
    if (variable.name.starts_with(kPrefix)) reader.read(variable);
  }
  if (!reader.errors.empty()) return reader.errors;
  return std::move(reader.reading);
}

}  // namespace recant::app
