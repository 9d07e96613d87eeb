// The body and the answer of POST /v1/admin/import (docs/http-api.md).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "http/response.hpp"
#include "http/wire_requests.hpp"
#include "service/user_import.hpp"

namespace recant::http {

/// One of a batch: good, or what is wrong with it.
using ImportEntry = std::variant<service::ImportedUser, std::string>;

constexpr std::size_t kImportMaxUsers = 200;

Parsed<std::vector<ImportEntry>> parse_import(const Request& request);

/// `outcomes` are those of the good entries, in their order.
Response import_response(const std::vector<ImportEntry>& entries,
                         const std::vector<service::ImportOutcome>& outcomes);

}  // namespace recant::http
