// Who listens on a TCP port of this machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace recant::app {

/// The process, as far as /proc lets this user see it.
std::optional<pid_t> port_owner(std::uint16_t port, const std::filesystem::path& proc = "/proc");

}  // namespace recant::app
