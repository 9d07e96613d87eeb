#include "app/commands.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "app/config_commands.hpp"
#include "app/remote_source.hpp"
#include "app/serve.hpp"
#include "cli/client_commands.hpp"
#include "cli/completion.hpp"
#include "demo/demo_command.hpp"

namespace recant::app {
namespace {

bool is_set(const std::vector<Variable>& environment, std::string_view name,
            std::string_view value = {}) {
  for (const Variable& variable : environment) {
    if (variable.name != name || variable.value.empty()) continue;
    return value.empty() || variable.value == value;
  }
  return false;
}

}  // namespace

std::vector<cli::Command> all_commands(const std::vector<Variable>& environment) {
  const cli::RemoteSourcePtr source = remote_source(environment);
  return {serve_command(environment),
          demo::demo_command(as_written(environment)),
          cli::health_command(source),
          config_check_command(environment),
          cli::user_add_command(source),
          cli::user_list_command(source),
          cli::user_passwd_command(source),
          cli::user_import_command(source),
          cli::user_disable_command(source),
          cli::user_enable_command(source),
          cli::user_delete_command(source),
          cli::session_list_command(source),
          cli::session_revoke_command(source),
          cli::revoke_command(source),
          cli::keys_list_command(source),
          cli::keys_rotate_command(source),
          cli::admin_key_add_command(source),
          cli::admin_key_list_command(source),
          cli::admin_key_remove_command(source),
          cli::token_inspect_command(),
          cli::token_verify_command(),
          cli::completion_command([environment] { return all_commands(environment); }),
          cli::man_command([environment] { return all_commands(environment); }),
          cli::version_command()};
}

cli::Terminal terminal_of(const std::vector<Variable>& environment) {
  cli::Terminal terminal;
  terminal.in = ::isatty(STDIN_FILENO) == 1;
  terminal.out = ::isatty(STDOUT_FILENO) == 1;
  terminal.err = ::isatty(STDERR_FILENO) == 1;
  // https://no-color.org
  terminal.colour =
      terminal.out && !is_set(environment, "NO_COLOR") && !is_set(environment, "TERM", "dumb");
  winsize size{};
  if (terminal.out && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = size.ws_col;
  }
  return terminal;
}

}  // namespace recant::app
