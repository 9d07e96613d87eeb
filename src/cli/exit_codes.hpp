// What every command has in common, in words: for the help, the manual and docs/command-line.md.
#pragma once

#include <array>
#include <string_view>

#include "cli/command.hpp"

namespace recant::cli {

struct ExitMeaning {
  ExitCode code;
  std::string_view text;
};
inline constexpr std::array<ExitMeaning, 4> kExitMeanings{{
    {kDone, "Done."},
    {kRefused, "Refused, or not found."},
    {kUsage, "The command line is wrong, or something that it needs is missing."},
    {kUnavailable, "The server cannot be reached, or cannot do it now."},
}};

struct NamedText {
  std::string_view name;
  std::string_view text;
};

inline constexpr std::string_view kAboutProgram =
    "Recant signs people in, gives them short-lived JWTs and rotating refresh tokens, and can "
    "withdraw either at once. recant serve is the server; the other commands are clients of a "
    "running one, except demo, config check, token, completion, man and version, which need none.\n"
    "\n"
    "A command finds its server by --server, RECANT_SERVER, or server.listen of the configuration, "
    "and the admin key by --admin-key-file, RECANT_ADMIN_KEY, or admin.key in the data directory.\n"
    "\n"
    "With --json a command prints JSON, one object a line; a list is a line for each of its "
    "entries. What is wrong is told on standard error, in a sentence, and by the exit status. "
    "Passwords and tokens are read from the terminal or from standard input and never stand in an "
    "argument. Lists are cut to the terminal's width, and not at all in a pipe.";

inline constexpr std::array<NamedText, 5> kVariables{{
    {"RECANT_SERVER", "The URL of the server that commands ask."},
    {"RECANT_ADMIN_KEY", "The admin key that they ask with."},
    {"RECANT_CA", "A file of certificates (PEM) that may vouch for an https server."},
    {"RECANT_SECTION_KEY",
     "A setting of the server, such as RECANT_TOKEN_ISSUER. Like the first "
     "two, it may be given as the name of a file, in RECANT_..._FILE."},
    {"NO_COLOR", "If set, nothing is coloured."},
}};

inline constexpr std::array<NamedText, 2> kFiles{{
    {"recant.toml", "The configuration, in the working directory unless --config names another."},
    {"recant-data/admin.key", "The admin key that the first start made, in server.data."},
}};

}  // namespace recant::cli
