// What a start prints for a person: where it listens, and three commands to try. Pure.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/load_config.hpp"

namespace recant::app {

/// As a client on this machine would write them.
struct Urls {
  std::string main;
  std::string operators{};  // empty: the same
};

/// `admin_key`: the file; nothing where there is none, because the database had keys already.
std::string greeting(const LoadedConfig& loaded, const Urls& urls,
                     const std::optional<std::filesystem::path>& admin_key);

/// "http://127.0.0.1:8080"; of an address that stands for all, the one that this machine has.
std::string local_url(const std::string& address, unsigned short port, bool secured = false);

}  // namespace recant::app
