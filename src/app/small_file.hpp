// Reading a file that a person or this program wrote, whole.
#pragma once

#include <filesystem>
#include <string>

#include "app/refusal.hpp"

namespace recant::app {

/// The bytes. A refusal holds words that follow the file's name: "cannot be read (Permission
/// denied)". Files beyond 1 MiB are none of ours.
OrRefusal<std::string> read_small_file(const std::filesystem::path& file);

}  // namespace recant::app
