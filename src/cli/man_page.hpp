// Manual pages in man(7), made from the table of commands. Pure.
#pragma once

#include <span>
#include <string>

#include "cli/command.hpp"

namespace recant::cli {

struct ManPage {
  std::string file;  // "recant-user-add.1"
  std::string text;
};

/// recant(1): all commands, and what they share.
ManPage man_page_of_program(std::span<const Command> commands);
ManPage man_page(const Command& command);

}  // namespace recant::cli
