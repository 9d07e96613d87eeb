// From words to a command that runs. CLI11 stays in the .cpp file; what people read is ours.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace recant::cli {

/// Runs the command that `words` (without the program's name) ask for. Whatever is wrong with them
/// is one sentence on `err` and kUsage; --help anywhere teaches instead.
int run_command_line(std::span<const Command> commands, const std::vector<std::string>& words,
                     const Streams& streams);

}  // namespace recant::cli
