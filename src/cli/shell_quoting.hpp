// Text as sh, bash and zsh are to read it: as one word, and nothing in it expanded (POSIX.1-2017,
// Shell Command Language, 2.2.2). Pure.
#pragma once

#include <string>
#include <string_view>

namespace recant::cli {

/// Whatever it is.
std::string in_single_quotes(std::string_view text);

/// As it is where no shell reads anything in it, else in quotes.
std::string shell_word(std::string_view text);

}  // namespace recant::cli
