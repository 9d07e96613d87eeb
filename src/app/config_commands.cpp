#include "app/config_commands.hpp"

#include <algorithm>
#include <ostream>

#include "app/named_files.hpp"
#include "base/json.hpp"

namespace recant::app {
namespace {

std::string help_text(const Setting& setting) {
  const std::string allowed = allowed_text(setting);
  return std::string(setting.help) + " Default " +
         (setting.fallback.empty() ? "empty" : std::string(setting.fallback)) +
         (allowed.empty() ? "." : "; " + allowed + ".");
}

std::vector<std::string> hints_for(const Setting& setting) {
  if (std::holds_alternative<FlagSpec>(setting.spec)) return {"true", "false"};
  const auto* choice = std::get_if<ChoiceSpec>(&setting.spec);
  if (choice == nullptr) return {};
  return {choice->names.begin(), choice->names.end()};
}

void print_mistakes(const std::vector<std::string>& mistakes, bool as_json,
                    const cli::Streams& streams) {
  if (!as_json) {
    for (const std::string& mistake : mistakes) streams.err << mistake << '\n';
    return;
  }
  json::Array list;
  for (const std::string& mistake : mistakes) list.emplace_back(mistake);
  streams.out << json::serialize(json::Object{{"valid", false}, {"errors", list}}) << '\n';
}

/// A value that holds, and where it comes from.
struct Line {
  std::string name;
  std::string value;
  std::string from;
};

std::string origin_of(const LoadedConfig& loaded, const std::string& name) {
  const auto origin = loaded.origins.find(name);
  return origin == loaded.origins.end() ? "default" : origin->second;
}

void append_issuers(const LoadedConfig& loaded, std::vector<Line>& lines) {
  std::size_t number = 0;
  for (const Config::Issuer& issuer : loaded.config.issuers) {
    const std::string table = "issuer[" + std::to_string(++number) + "].";
    Config alone;
    alone.issuers = {issuer};
    for (const Setting& setting : issuer_settings()) {
      const std::string key(setting.key);
      std::string value = value_text(setting, alone);
      lines.push_back(
          {"issuer." + issuer.name + "." + key, std::move(value), origin_of(loaded, table + key)});
    }
  }
}

std::vector<Line> lines_of(const LoadedConfig& loaded) {
  std::vector<Line> lines;
  for (const Setting& setting : settings()) {
    const std::string name = setting.name();
    lines.push_back({name, value_text(setting, loaded.config), origin_of(loaded, name)});
  }
  append_issuers(loaded, lines);
  return lines;
}

void print_json(const LoadedConfig& loaded, const cli::Streams& streams) {
  json::Array list;
  for (const Line& line : lines_of(loaded)) {
    list.emplace_back(json::Object{{"key", line.name}, {"value", line.value}, {"from", line.from}});
  }
  json::Array warnings;
  for (const std::string& warning : loaded.warnings) warnings.emplace_back(warning);
  streams.out << json::serialize(
                     json::Object{{"valid", true}, {"settings", list}, {"warnings", warnings}})
              << '\n';
}

void print_text(const LoadedConfig& loaded, const cli::Streams& streams) {
  const auto lines = lines_of(loaded);
  std::size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  for (const Line& line : lines) {
    streams.out << line.name << std::string(width + 2 - line.name.size(), ' ')
                << (line.value.empty() ? "(empty)" : line.value) << "  <- " << line.from << '\n';
  }
  for (const std::string& warning : loaded.warnings) streams.err << warning << '\n';
  streams.out << "\nThe configuration is good"
              << (loaded.file.empty() ? "; no recant.toml was read." : ".") << '\n';
}

/// load_config, and the files that it names.
Result<LoadedConfig, std::vector<std::string>> load_and_look(const ConfigSources& sources) {
  auto loaded = load_config(sources);
  if (!loaded) return loaded.error();
  NamedFilesReport report = look_at_named_files(loaded->config, SystemClock().wall());
  if (!report.mistakes.empty()) return std::move(report.mistakes);
  for (std::string& warning : report.warnings) loaded->warnings.push_back(std::move(warning));
  return *std::move(loaded);
}

}  // namespace

std::vector<cli::Option> config_options() {
  std::vector<cli::Option> options = {
      {"--config", "FILE",
       "The configuration file; recant.toml in this directory if there is one."}};
  for (const Setting& setting : settings()) {
    options.push_back({"--" + setting.name(),
                       std::string(setting.value_name),
                       help_text(setting),
                       "[" + std::string(setting.section) + "]",
                       false,
                       {},
                       hints_for(setting)});
  }
  return options;
}

ConfigSources sources_of(const cli::Arguments& arguments,
                         const std::vector<Variable>& environment) {
  ConfigSources sources;
  sources.file = arguments.value("--config");
  sources.environment = environment;
  for (const Setting& setting : settings()) {
    const std::string flag = "--" + setting.name();
    const auto value = arguments.value(flag);
    if (!value) continue;
    sources.flags.push_back(
        {std::string(setting.section), std::string(setting.key), *value, true, flag});
  }
  return sources;
}

cli::Command config_check_command(const std::vector<Variable>& environment) {
  cli::Command command;
  command.name = "config check";
  command.group = "Serving";
  command.summary = "Say what is wrong with a configuration before a restart does.";
  command.description =
      "Reads the configuration as recant serve would, from the same file, variables and flags, and "
      "prints each value with the place it comes from. Also looks into the files that it names: "
      "certificates, keys, secrets; run it as the server's user, so that it may. Starts nothing, "
      "connects nowhere and writes nothing. Exit code 1 and one sentence for each mistake if there "
      "are any.";
  command.examples = {"recant config check", "recant config check --config /etc/recant/recant.toml",
                      "recant config check --json"};
  command.options = config_options();
  command.options.insert(command.options.begin() + 1, {"--json", "", "As a JSON object."});
  command.run = [environment](const cli::Arguments& arguments, const cli::Streams& streams) -> int {
    const auto loaded = load_and_look(sources_of(arguments, environment));
    if (!loaded) {
      print_mistakes(loaded.error(), arguments.has("--json"), streams);
      return cli::kRefused;
    }
    arguments.has("--json") ? print_json(*loaded, streams) : print_text(*loaded, streams);
    return cli::kDone;
  };
  return command;
}

}  // namespace recant::app
