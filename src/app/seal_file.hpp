// keys.seal_file: what the key set in a shared database is sealed with.
//
// A line holds the base64 of 32 bytes or more that were drawn (openssl rand -base64 32). The first
// line seals; what a further one has sealed is still opened, while the seal is changed.
#pragma once

#include <filesystem>
#include <vector>

#include "app/refusal.hpp"
#include "crypto/sealer.hpp"

namespace recant::app {

/// How to make one, as the end of a sentence.
inline constexpr const char* kHowToSeal =
    "(umask 077; openssl rand -base64 32 > FILE), and give all servers on this database the same";

/// At least one. A refusal names the file and says what to do.
OrRefusal<std::vector<crypto::Sealer>> read_seal_file(const std::filesystem::path& file);

}  // namespace recant::app
