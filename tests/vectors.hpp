// Finds the test vectors written by others (Wycheproof, JSONTestSuite), which are not part of this
// repository: in $RECANT_VECTORS, or in ../shared/vectors beside the source directory.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "testing/repository.hpp"

namespace recant::testing_vectors {

inline std::optional<std::filesystem::path> find(const std::string& name) {
  const char* chosen = std::getenv("RECANT_VECTORS");
  const std::filesystem::path root =
      chosen ? std::filesystem::path(chosen)
             : testing::repository().parent_path() / "shared" / "vectors";
  const auto path = root / name;
  return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace recant::testing_vectors
