// Files that hold secrets: for their owner alone, and whole or not there at all.
#pragma once

#include <filesystem>
#include <string_view>

#include "app/refusal.hpp"
#include "base/secret.hpp"
#include "core/plain_utf8.hpp"

namespace recant::app {

/// Writes a new file (0600): under another name first, synced, then renamed, so that no crash
/// leaves half of it. Replaces a file of that name. One process at a time.
OrRefusal<void> write_private_file(const std::filesystem::path& file, std::string_view text);

/// Who else may read: with `group_too` the file's group, as where secrets are mounted for a service
/// that is not their owner.
enum class Readers { owner, group_too };

/// Reads it whole. Refused when anybody else has any right to it.
OrRefusal<SecretString> read_private_file(const std::filesystem::path& file,
                                          Readers readers = Readers::owner);

/// Refused when anybody but its owner has any right to it; where no file is, all is well.
OrRefusal<void> check_private_file(const std::filesystem::path& file);

using core::without_final_newline;

/// What write_private_file() leaves behind when it is interrupted; to be removed at the next start.
bool is_unfinished(const std::filesystem::path& file);

}  // namespace recant::app
