// The program: one table of commands.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/environment.hpp"
#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  using namespace recant;
  try {
    const auto environment = app::process_environment();
    const cli::Streams streams{std::cin, std::cout, std::cerr, app::terminal_of(environment)};
    const auto commands = app::all_commands(environment);
    const int code =
        cli::run_command_line(commands, std::vector<std::string>(argv + 1, argv + argc), streams);
    std::cout.flush();
    if (std::cout || code != cli::kDone) return code;
    std::cerr << "recant: not everything could be written to standard output.\n";
    return cli::kRefused;
  } catch (const std::exception& error) {
    // What nobody expected: a bug, or no memory.
    std::cerr << "recant: ended by an unexpected error (" << error.what()
              << "); please report it.\n";
    return cli::kUnavailable;
  }
}
