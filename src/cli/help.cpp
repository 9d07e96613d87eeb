#include "cli/help.hpp"

#include <algorithm>
#include <vector>

namespace recant::cli {
namespace {

constexpr std::size_t kWidth = 88;

/// Breaks at spaces; a line break in the text stays one.
std::string wrapped(std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, end);
    const bool first = column == 0;
    if (!first && column + 1 + word.size() > kWidth) {
      out += '\n';
      column = 0;
    }
    out += column == 0 ? margin : " ";
    column = (column == 0 ? indent : column + 1) + word.size();
    out += word;
    if (end == std::string_view::npos) break;
    if (text[end] == '\n') {
      out += '\n';
      column = 0;
    }
    text.remove_prefix(end + 1);
  }
  return out + "\n";
}

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

std::string help_of_program(std::span<const Command> commands, std::string_view group) {
  std::string out = "recant: JWTs you can take back.\n\nUsage: recant ";
  out += group.empty() ? std::string("COMMAND") : std::string(group) + " COMMAND";
  out += " [OPTION…]\n\nCommands\n";
  std::size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  for (const Command& command : commands) {
    if (!group.empty() && !begins_with_word(command.name, group)) continue;
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
  out += "\nOptions\n";
  for (const Option& option : command.options) {
    if (option.group != group) {
      group = option.group;
      out += "\n" + group + "\n";
    }
    out += help_of_option(option);
  }
  if (command.options.empty() || group.empty()) out += "  -h, --help\n      This text.\n";
  if (!command.examples.empty()) out += "\nExamples\n";
  for (const std::string& example : command.examples) out += "  " + example + "\n";
  return out;
}

}  // namespace recant::cli
