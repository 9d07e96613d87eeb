#include "cli/completion.hpp"

namespace recant::cli {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

std::string offered(const Values& values) {
  switch (values.guess) {
    case Guess::files:
      return " -r -F";
    case Guess::directories:
      return " -x -a '(__fish_complete_directories)'";
    case Guess::choices: {
      std::string words;
      for (const std::string& choice : values.choices) words += (words.empty() ? "" : " ") + choice;
      return " -x -a " + in_quotes(words);
    }
    case Guess::nothing:
      break;
  }
  return " -x";
}

std::string begin(const std::string& condition) {
  return "complete -c recant -n " + in_quotes(condition);
}

/// True behind the name of the command, wherever its options are.
std::string is(const Command& command) { return "__recant_is " + command.name; }

std::string options_of(const Command& command) {
  std::string text;
  for (const Option& option : command.options) {
    text += begin(is(command)) + " -l " + option.flag.substr(2);
    if (!option.value_name.empty()) {
      text += offered(values_of(option));
    }
    text += " -d " + in_quotes(option.help) + "\n";
  }
  text += begin(is(command)) + " -s h -l help -d 'Explain it, with examples.'\n";
  const Values operand = values_of_operand(command);
  if (operand.guess == Guess::files) text += begin(is(command)) + " -F\n";
  if (operand.guess == Guess::choices) text += begin(is(command)) + offered(operand) + "\n";
  return text;
}

}  // namespace

std::string fish_completion(std::span<const Command> commands) {
  std::string text =
      "# Completes recant in fish; made by: recant completion fish\n\n"
      "# Are the words so far these, and no more?\n"
      "function __recant_at\n"
      "    set -l typed (commandline -opc)\n"
      "    test \"$typed[2..-1]\" = \"$argv\"\n"
      "end\n\n"
      "# Do the words begin with these?\n"
      "function __recant_is\n"
      "    set -l typed (commandline -opc)\n"
      "    set -l last (math (count $argv) + 1)\n"
      "    test (count $typed) -ge $last; and test \"$typed[2..$last]\" = \"$argv\"\n"
      "end\n\n"
      "complete -c recant -f\n";
  for (const std::string& first : first_words(commands)) {
    text += begin("__recant_at") + " -a " + first + " -d " +
            in_quotes(summary_of_group(commands, first)) + "\n";
    for (const Command* command : of_first_word(commands, first)) {
      const std::string second = two_words(*command).second;
      if (second.empty()) continue;
      text += begin("__recant_at " + first) + " -a " + second + " -d " +
              in_quotes(command->summary) + "\n";
    }
  }
  for (const Command& command : commands) text += options_of(command);
  return text;
}

}  // namespace recant::cli
