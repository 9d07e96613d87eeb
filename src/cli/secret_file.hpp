// A new file for a secret, its owner's alone (0600), made before the secret is: so that none is
// ever made that cannot be kept.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/remote.hpp"

namespace recant::cli {

/// Goes again with the object unless keep() was called.
class SecretFile {
 public:
  /// Refused when the file is there already.
  static Result<SecretFile, Mistake> create(const std::string& path);
  SecretFile(SecretFile&& other) noexcept;
  SecretFile& operator=(SecretFile&&) = delete;
  ~SecretFile();

  /// Writes the line and leaves it there, on disk; what is wrong otherwise.
  Result<void, Mistake> keep(std::string_view secret);

 private:
  SecretFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
};

}  // namespace recant::cli
