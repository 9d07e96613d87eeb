// The program: one table of commands.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/environment.hpp"
#include "cli/command_line.hpp"

namespace {

/// Else the next socket or file that is opened takes the number of a standard stream that was
/// closed, and what is said to a person goes there. In ascending order, since the lowest free
/// number is given out; what was to be written to standard output still fails, and is told.
void occupy_closed_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // Kept for good, and by children too.
    static_cast<void>(::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace recant;
  occupy_closed_standard_streams();
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
