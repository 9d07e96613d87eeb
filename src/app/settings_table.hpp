// The settings as the tables of docs/configuration.md. Pure.
#pragma once

#include <string>

namespace recant::app {

/// Markdown: a heading and a table for each section, the [[issuer]] tables last.
std::string settings_table();

}  // namespace recant::app
