// Scopes (RFC 6749 §3.3): words with single spaces between them; order means nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recant::core {

/// Empty, or words of visible ASCII without `"` and `\`.
bool is_scope(std::string_view text);

/// The first word of `needed` that `held` lacks; nothing when it has them all. Runs of spaces
/// count as one, since `needed` comes from a gateway's configuration.
std::optional<std::string> first_missing_scope(std::string_view held, std::string_view needed);

}  // namespace recant::core
