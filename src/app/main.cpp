// The program: one table of commands.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/config_commands.hpp"
#include "app/environment.hpp"
#include "app/serve.hpp"
#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  using namespace recant;
  const cli::Streams streams{std::cin, std::cout, std::cerr};
  try {
    const auto environment = app::process_environment();
    const cli::Command commands[] = {app::serve_command(environment),
                                     app::config_check_command(environment),
                                     cli::token_verify_command(), cli::version_command()};
    return cli::run_command_line(commands, std::vector<std::string>(argv + 1, argv + argc),
                                 streams);
  } catch (const std::exception& error) {
    // What nobody expected: a bug, or no memory.
    std::cerr << "recant: ended by an unexpected error (" << error.what()
              << "); please report it.\n";
    return cli::kUnavailable;
  }
}
