// `recant serve`: from a configuration to a server that answers, until it is told to end.
#pragma once

#include "app/environment.hpp"
#include "cli/command.hpp"

namespace recant::app {

cli::Command serve_command(const std::vector<Variable>& environment);

}  // namespace recant::app
