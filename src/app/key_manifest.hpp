// keys.json: which key files there are and what each is for, for people and for the next start.
// Pure: text in and out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/key_book.hpp"

namespace recant::app {

/// One key a line, with the members of GET /v1/admin/keys.
std::string to_manifest(const service::KeyBook& book);
/// Nothing for anything but what to_manifest() writes, white space apart.
std::optional<service::KeyBook> parse_manifest(std::string_view text);

}  // namespace recant::app
