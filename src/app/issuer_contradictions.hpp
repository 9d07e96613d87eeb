// What is wrong with the [[issuer]] tables as wholes. Pure.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"

namespace recant::app {

/// Appends one sentence for each mistake. Every value has passed its own check.
void check_issuers(const Config& config, std::vector<std::string>& out);

}  // namespace recant::app
