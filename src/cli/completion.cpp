#include "cli/completion.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace recant::cli {

namespace {

Values values(std::string_view name, const std::vector<std::string>& choices) {
  if (!choices.empty()) return {Guess::choices, choices};
  if (name.starts_with("FILE")) return {Guess::files};
  if (name.starts_with("DIR")) return {Guess::directories};
  return {};
}

}  // namespace

Values values_of(const Option& option) {
  return values(option.value_name, option.choices.empty() ? option.hints : option.choices);
}

Values values_of_operand(const Command& command) {
  return values(command.operand, command.operand_choices);
}

TwoWords two_words(const Command& command) {
  const auto space = command.name.find(' ');
  if (space == std::string::npos) return {command.name, {}};
  return {command.name.substr(0, space), command.name.substr(space + 1)};
}

std::vector<std::string> first_words(std::span<const Command> commands) {
  std::vector<std::string> words;
  for (const Command& command : commands) {
    const std::string first = two_words(command).first;
    if (std::ranges::find(words, first) == words.end()) words.push_back(first);
  }
  return words;
}

std::vector<const Command*> of_first_word(std::span<const Command> commands,
                                          std::string_view first) {
  std::vector<const Command*> found;
  for (const Command& command : commands) {
    if (two_words(command).first == first) found.push_back(&command);
  }
  return found;
}

std::string summary_of_group(std::span<const Command> commands, std::string_view first) {
  const auto found = of_first_word(commands, first);
  if (found.size() == 1) return found.front()->summary;
  std::string text;
  for (const Command* command : found) {
    const std::string word = two_words(*command).second;
    if (!word.empty()) text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

std::optional<std::string> completion_script(std::string_view shell,
                                             std::span<const Command> commands) {
  if (shell == "bash") return bash_completion(commands);
  if (shell == "zsh") return zsh_completion(commands);
  if (shell == "fish") return fish_completion(commands);
  return std::nullopt;
}

Command completion_command(CommandTable table) {
  Command command;
  command.name = "completion";
  command.group = "This program";
  command.summary = "Print the script that completes commands in a shell.";
  command.description =
      "The script knows every command and option of this version, and what an option takes where "
      "that is a file or a closed list. It asks no server.";
  command.examples = {"recant completion bash > /usr/share/bash-completion/completions/recant",
                      "recant completion zsh > /usr/local/share/zsh/site-functions/_recant",
                      "recant completion fish > ~/.config/fish/completions/recant.fish",
                      "source <(recant completion bash)"};
  command.operand = "SHELL";
  command.operand_help = "bash, zsh or fish.";
  command.operand_choices = {"bash", "zsh", "fish"};
  command.run = [table = std::move(table)](const Arguments& arguments, const Streams& streams) {
    const auto commands = table();
    streams.out << completion_script(arguments.operand(), commands).value_or("");
    return int{kDone};
  };
  return command;
}

}  // namespace recant::cli
