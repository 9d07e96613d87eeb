// The files that a configuration names, looked at as a start would look at them: certificates,
// keys, secrets. Starts nothing, connects nowhere and writes nothing.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"

namespace recant::app {

/// Each a sentence.
struct NamedFilesReport {
  std::vector<std::string> mistakes;  // what a start would refuse
  std::vector<std::string> warnings;
};

NamedFilesReport look_at_named_files(const Config& config, UnixMillis now);

}  // namespace recant::app
