// What a text in the configuration must look like. Each check says what is wrong in words that
// follow the name of the key ("must be …"), or nothing if the text is good; it quotes nothing of
// the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant::app {

using TextCheck = std::optional<std::string> (*)(const std::string& text);

/// What a check below lets pass, in a few words: "an IP address and a port".
std::string_view passed_by(TextCheck check);

std::optional<std::string> check_listen(const std::string& text);
std::optional<std::string> check_listen_or_empty(const std::string& text);
std::optional<std::string> check_path(const std::string& text);
std::optional<std::string> check_path_or_empty(const std::string& text);
std::optional<std::string> check_proxy(const std::string& text);
std::optional<std::string> check_identity_header(const std::string& text);
std::optional<std::string> check_origin(const std::string& text);
std::optional<std::string> check_plain_id(const std::string& text);
std::optional<std::string> check_algorithm(const std::string& text);
std::optional<std::string> check_issuer_name(const std::string& text);
std::optional<std::string> check_key_prefix(const std::string& text);
std::optional<std::string> check_on_unavailable(const std::string& text);
std::optional<std::string> check_redis_url(const std::string& text);
std::optional<std::string> check_database_url(const std::string& text);

/// `verify.on_unavailable` as core::Policy has it: 0 for `deny`, and how long for
/// `allow_cached_for:<1s to 24h>`. Nothing for another text.
std::optional<milliseconds> parse_on_unavailable(const std::string& text);
/// The other way round.
std::string on_unavailable_text(milliseconds allow_cached_for);

/// `server.listen`, taken apart.
struct ListenAddress {
  std::string address;  // an IP address, without brackets
  std::uint16_t port = 0;
};
std::optional<ListenAddress> parse_listen(const std::string& text);

/// The path in a `sqlite:PATH`; nothing for another form.
std::optional<std::string> sqlite_path(const std::string& url);

}  // namespace recant::app
