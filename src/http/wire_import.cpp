#include "http/wire_import.hpp"

#include <algorithm>

#include "http/body_reader.hpp"
#include "http/wire_members.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Any version: other systems made them.
std::optional<Uuid> user_id_of(BodyReader& body) {
  const auto text = body.optional_text("user_id");
  if (!text) return std::nullopt;
  const auto user_id = Uuid::parse(lower_case(*text));
  constexpr auto kNil = Uuid::from_bytes({});  // RFC 9562 §5.9: nobody's
  if (!user_id || *user_id == kNil)
    body.complain("user_id", "must be a UUID, and not the nil UUID.");
  return user_id;
}

ImportEntry read_entry(const json::Value& value) {
  BodyReader body(value, {"username", "password_hash", "user_id", "scope", "claims", "disabled"});
  service::ImportedUser user{body.text("username"), body.text("password_hash"),
                             user_id_of(body),      scope_of(body),
                             claims_of(body),       body.optional_bool("disabled").value_or(false)};
  if (body.fault()) return body.fault()->detail;
  return user;
}

json::Object result_of(const service::ImportOutcome& outcome) {
  using Kind = service::ImportOutcome::Kind;
  if (outcome.kind == Kind::refused) return {{"status", "refused"}, {"detail", outcome.detail}};
  return {{"status", outcome.kind == Kind::imported ? "imported" : "present"},
          {"user_id", outcome.user_id->to_string()}};
}

}  // namespace

Parsed<std::vector<ImportEntry>> parse_import(const Request& request) {
  BodyReader body(request, {"users"});
  const auto* users = body.optional_array("users");
  if (users == nullptr) body.complain("users", "is missing; it must be an array.");
  if (users != nullptr && users->size() > kImportMaxUsers) {
    body.complain("users", "at most " + std::to_string(kImportMaxUsers) + " in one call.");
  }
  if (body.fault()) return *body.fault();
  std::vector<ImportEntry> entries;
  for (const json::Value& user : *users) entries.push_back(read_entry(user));
  return entries;
}

Response import_response(const std::vector<ImportEntry>& entries,
                         const std::vector<service::ImportOutcome>& outcomes) {
  json::Array results;
  auto outcome = outcomes.begin();
  for (const ImportEntry& entry : entries) {
    if (const auto* detail = std::get_if<std::string>(&entry)) {
      results.emplace_back(json::Object{{"status", "refused"}, {"detail", *detail}});
    } else {
      results.emplace_back(result_of(*outcome++));
    }
  }
  return json_response(200, {{"results", std::move(results)}});
}

}  // namespace recant::http
