// Where this repository is: tests hold its documents against the code.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace recant::testing {

/// As ctest says; by hand, the directory that a test is started in. Not compiled in, so that two
/// clones compile the same.
inline std::filesystem::path repository() {
  const char* const told = std::getenv("RECANT_REPOSITORY");
  return told != nullptr ? std::filesystem::path(told) : std::filesystem::current_path();
}

}  // namespace recant::testing
