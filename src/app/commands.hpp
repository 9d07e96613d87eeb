// The one table of commands. Help, completion and the manual come from it.
#pragma once

#include <vector>

#include "app/environment.hpp"
#include "cli/command.hpp"

namespace recant::app {

/// In the order in which help lists them; those of a group stand together.
std::vector<cli::Command> all_commands(const std::vector<Variable>& environment);

/// What the streams of this process are.
cli::Terminal terminal_of(const std::vector<Variable>& environment);

}  // namespace recant::app
