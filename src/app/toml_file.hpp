// recant.toml as a list of what it says and on which line. toml++ stays in the .cpp file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/refusal.hpp"
#include "app/settings.hpp"

namespace recant::app {

/// Sections and their keys by name, [[tables]] in the order of the file. `name` is the file's in
/// messages. A refusal names file and line and quotes nothing that could be a secret.
OrRefusal<std::vector<Given>> parse_toml(std::string_view text, const std::string& name);

}  // namespace recant::app
