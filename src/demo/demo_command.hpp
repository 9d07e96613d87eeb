// `recant demo`: the recipe's flow, watched on a private instance.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace recant::demo {

/// What this process was started with; only app/ asks the system for it. NAME=value.
using Environment = std::vector<std::string>;

cli::Command demo_command(Environment environment);

}  // namespace recant::demo
