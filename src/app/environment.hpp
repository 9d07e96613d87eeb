// `RECANT_<SECTION>_<KEY>` and `RECANT_<SECTION>_<KEY>_FILE`. app/ alone reads the environment, and
// main() alone asks the system for it: these take what it found.
#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"
#include "base/result.hpp"

namespace recant::app {

struct Variable {
  std::string name;
  std::string value;
};

/// RECANT_TOKEN_ISSUER.
std::string variable_of(const Setting& setting);

/// The variables of this process.
std::vector<Variable> process_environment();

/// As NAME=value, for a child process.
std::vector<std::string> as_written(const std::vector<Variable>& variables);

struct EnvironmentReading {
  std::vector<Given> given;
  /// About variables that look like ours and are none; one in a known section, or nearly in one, is
  /// an error instead.
  std::vector<std::string> warnings;
};

/// On failure sentences that name the variable and quote no value.
Result<EnvironmentReading, std::vector<std::string>> read_environment(
    const std::vector<Variable>& variables);

}  // namespace recant::app
