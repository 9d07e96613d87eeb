// What --help prints. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace recant::cli {

/// All commands, under the headings of their groups. `first` narrows it to those that begin with
/// that word ("config").
std::string help_of_program(std::span<const Command> commands, std::string_view first = {});
std::string help_of_command(const Command& command);

}  // namespace recant::cli
