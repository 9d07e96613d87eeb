// What is asked of a person at a terminal: passwords (not echoed), and whether they mean it.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "cli/remote.hpp"

namespace recant::cli {

/// One line, asked on the terminal itself (/dev/tty), so that it works whatever the streams are.
/// Echo comes back however it ends, a Ctrl-C included. A sentence when there is no terminal, or
/// when nothing was typed.
Result<SecretString, Mistake> prompt_secret(const std::string& question);

/// A password to set: asked twice, or with --password-stdin the first line of standard input. Never
/// in an argument.
Result<SecretString, Mistake> read_new_password(const std::string& whose,
                                                const Arguments& arguments, const Streams& streams);
Option password_stdin_option();

/// A token for `flag` -: one line of standard input, or asked at the terminal without an echo.
Result<SecretString, Mistake> read_token(const std::string& question, const Streams& streams);

/// Before what cannot be taken back.
struct Consent {
  std::string question;      // "This signs everybody out."
  std::string needs_yes;     // without a terminal: "--all signs everybody out"
  std::string nothing_done;  // "Nothing has been revoked."
};
/// Nothing: go on, since --yes was given or a person at a terminal typed yes. Else the exit code,
/// and what to say has been said.
std::optional<int> refused_consent(const std::string& command, const Consent& consent,
                                   const Arguments& arguments, const Streams& streams);
Option yes_option(const std::string& about);

}  // namespace recant::cli
