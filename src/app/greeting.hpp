// What a start prints for a person: where it listens, and three commands to try. Pure.
#pragma once

#include <filesystem>
#include <string>

#include "app/load_config.hpp"

namespace recant::app {

/// `url` as a client on this machine would write it.
std::string greeting(const LoadedConfig& loaded, const std::string& url,
                     const std::filesystem::path& admin_key);

/// "http://127.0.0.1:8080"; of an address that stands for all, the one that this machine has.
std::string local_url(const std::string& address, unsigned short port);

/// Quoted where a shell would otherwise read something else.
std::string shell_word(const std::string& text);

}  // namespace recant::app
