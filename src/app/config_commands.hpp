// What `serve` and `config check` share: their options are the table of settings.
#pragma once

#include <vector>

#include "app/environment.hpp"
#include "app/load_config.hpp"
#include "cli/command.hpp"

namespace recant::app {

/// --config, and one flag for each setting.
std::vector<cli::Option> config_options();
ConfigSources sources_of(const cli::Arguments& arguments, const std::vector<Variable>& environment);

cli::Command config_check_command(const std::vector<Variable>& environment);

}  // namespace recant::app
