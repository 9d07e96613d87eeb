// The configuration as it holds: built-in defaults < recant.toml < variables < flags, each value
// within its bounds and all of them in agreement.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/environment.hpp"
#include "app/settings.hpp"
#include "base/result.hpp"

namespace recant::app {

struct ConfigSources {
  /// `--config FILE`, which must exist. Without it recant.toml in the working directory, if there
  /// is one.
  std::optional<std::string> file;
  std::vector<Variable> environment;
  /// `--section.key VALUE`, in their order; Given::where is the flag.
  std::vector<Given> flags;
};

struct LoadedConfig {
  Config config;
  std::vector<std::string> warnings;
  /// "token.issuer", or "issuer[2].iss" → where it was written; only what was given.
  std::map<std::string, std::string> origins;
  std::string file;  // the file that was read, or empty
};

/// On failure one sentence for each mistake, at least one.
Result<LoadedConfig, std::vector<std::string>> load_config(const ConfigSources& sources);

/// What no single key can tell: sentences about values that do not go together.
std::vector<std::string> contradictions(const LoadedConfig& loaded);

/// Where the database is: database.url's path, or recant.db in server.data.
std::string database_path(const Config& config);

}  // namespace recant::app
