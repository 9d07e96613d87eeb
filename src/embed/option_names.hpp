// The options by their names, as programs in C and configuration files give them. Pure.
#pragma once

#include <optional>
#include <recant/verifier.hpp>
#include <string>
#include <string_view>

namespace recant::embed {

/// Sets one option; "issuer.…" those of the last of `options.issuers`. On failure one sentence,
/// which quotes nothing of the value.
std::optional<std::string> set_option(VerifierOptions& options, std::string_view name,
                                      std::string_view value);

}  // namespace recant::embed
