#include "cli/help.hpp"

#include <algorithm>
#include <vector>

#include "cli/exit_codes.hpp"
#include "cli/text.hpp"

namespace recant::cli {
namespace {

std::string usage_of(const Command& command) {
  std::string usage = "recant " + command.name;
  for (const Option& option : command.options) {
    if (option.required) usage += " " + option.flag + " " + option.value_name;
  }
  if (std::ranges::any_of(command.options, [](const Option& o) { return !o.required; })) {
    usage += " [OPTION…]";
  }
  if (!command.operand.empty()) usage += " " + command.operand;
  return usage;
}

std::string help_of_option(const Option& option) {
  const std::string head =
      "  " + option.flag + (option.value_name.empty() ? "" : " " + option.value_name);
  return head + "\n" + wrapped(option.help, 6);
}

bool begins_with_word(std::string_view name, std::string_view word) {
  return name.starts_with(word) && (name.size() == word.size() || name[word.size()] == ' ');
}

}  // namespace

std::string help_of_program(std::span<const Command> commands, std::string_view first) {
  std::string out = "recant: JWTs you can take back.\n\nUsage: recant ";
  out += first.empty() ? std::string("COMMAND") : std::string(first) + " COMMAND";
  out += " [OPTION…]\n";
  std::size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  std::string group = "\n";  // no group is named so
  for (const Command& command : commands) {
    if (!first.empty() && !begins_with_word(command.name, first)) continue;
    if (command.group != group) {
      group = command.group;
      out += "\n" + (group.empty() ? std::string("Commands") : group) + "\n";
    }
    out += "  " + command.name + std::string(width + 3 - command.name.size(), ' ') +
           command.summary + "\n";
  }
  return out + "\nrecant COMMAND --help explains each, with examples. To begin: recant serve\n";
}

std::string help_of_command(const Command& command) {
  std::string out = "recant " + command.name + ": " + command.summary +
                    "\n\nUsage: " + usage_of(command) + "\n\n" + wrapped(command.description, 0);
  if (!command.operand.empty()) {
    out += "\n  " + command.operand + "\n" + wrapped(command.operand_help, 6);
  }
  std::string group;
  constexpr std::string_view help = "  -h, --help\n      This text.\n";
  out += "\nOptions\n";
  for (const Option& option : command.options) {
    if (option.group != group) {
      if (group.empty()) out += help;
      group = option.group;
      out += "\n" + group + "\n";
    }
    out += help_of_option(option);
  }
  if (group.empty()) out += help;
  if (!command.examples.empty()) out += "\nExamples\n";
  for (const std::string& example : command.examples) out += "  " + example + "\n";
  out += "\nExit status\n";
  for (const ExitMeaning& meaning : kExitMeanings) {
    out += "  " + std::to_string(meaning.code) + "  " + std::string(meaning.text) + "\n";
  }
  return out;
}

}  // namespace recant::cli
