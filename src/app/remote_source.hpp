// Where the commands find their server and the key to ask with: flags, then variables, then what
// the server's own configuration says.
#pragma once

#include <vector>

#include "app/environment.hpp"
#include "cli/remote.hpp"

namespace recant::app {

/// Variables that are ours and no configuration: RECANT_SERVER, RECANT_ADMIN_KEY, RECANT_CA, and
/// those of them that have a _FILE.
bool is_client_variable(std::string_view name);

cli::RemoteSourcePtr remote_source(const std::vector<Variable>& environment);

}  // namespace recant::app
