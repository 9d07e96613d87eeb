// Scripts that complete the command line in a shell, made from the table of commands. Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace recant::cli {

/// `shell` is bash, zsh or fish; nothing for another.
std::optional<std::string> completion_script(std::string_view shell,
                                             std::span<const Command> commands);
std::string bash_completion(std::span<const Command> commands);
std::string zsh_completion(std::span<const Command> commands);
std::string fish_completion(std::span<const Command> commands);

/// What can stand for an option's value, or an operand.
enum class Guess { nothing, files, directories, choices };
struct Values {
  Guess guess = Guess::nothing;
  std::vector<std::string> choices{};
};
Values values_of(const Option& option);
Values values_of_operand(const Command& command);

/// "user add" as user and add; a name of one word leaves the second empty.
struct TwoWords {
  std::string first, second;
};
TwoWords two_words(const Command& command);
/// The first words, each once, in order.
std::vector<std::string> first_words(std::span<const Command> commands);
/// Those whose first word that is.
std::vector<const Command*> of_first_word(std::span<const Command> commands,
                                          std::string_view first);
/// Of a first word that stands for several commands: their summary in a word or two.
std::string summary_of_group(std::span<const Command> commands, std::string_view first);

using CommandTable = std::function<std::vector<Command>()>;
/// `recant completion SHELL`.
Command completion_command(CommandTable table);
/// `recant man`.
Command man_command(CommandTable table);

}  // namespace recant::cli
