#include "app/key_manifest.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/timestamp.hpp"

namespace recant::app {
namespace {

using service::KeyBook;
using service::KeyEntry;
using service::KeyKind;
using service::KeyState;

constexpr std::int64_t kVersion = 1;
constexpr json::Limits kLimits{.members = 4096};

json::Value time_or_null(const std::optional<UnixMillis>& instant) {
  return instant ? json::Value{to_rfc3339(*instant)} : json::Value{};
}

json::Object to_object(const KeyEntry& entry) {
  return {{"kid", entry.id},
          {"kind", name_of(entry.kind)},
          {"alg", entry.algorithm ? json::Value{to_string(*entry.algorithm)} : json::Value{}},
          {"state", name_of(entry.state)},
          {"created_at", to_rfc3339(entry.created_at)},
          {"signs_from", to_rfc3339(entry.signs_from)},
          {"longest_life", entry.longest_life.count()},
          {"signs_until", time_or_null(entry.signed_until)},
          {"removed_at", time_or_null(entry.removed_at)}};
}

std::optional<UnixMillis> time_of(const json::Value& object, std::string_view name) {
  const std::string* const text = object.string(name);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

/// A time, or a null. False for anything else.
bool read_time(const json::Value& object, std::string_view name, std::optional<UnixMillis>& out) {
  const json::Value* const value = object.find(name);
  if (value != nullptr && value->is_null()) return true;
  out = time_of(object, name);
  return out.has_value();
}

std::optional<KeyEntry> to_entry(const json::Value& object) {
  const auto text = [&](std::string_view name) {
    const std::string* const found = object.string(name);
    return found ? std::string_view(*found) : std::string_view();
  };
  const json::Value* const life = object.find("longest_life");
  const auto kind = service::parse_key_kind(text("kind"));
  const auto state = service::parse_key_state(text("state"));
  const auto algorithm = crypto::parse_algorithm(text("alg"));
  const auto created_at = time_of(object, "created_at");
  const auto signs_from = time_of(object, "signs_from");
  const std::int64_t longest = life ? life->as_int64().value_or(-1) : -1;
  if (text("kid").empty() || !kind || !state || !created_at || !signs_from || longest < 0 ||
      (*kind == KeyKind::access) != algorithm.has_value()) {
    return std::nullopt;
  }
  KeyEntry entry{*kind,       std::string(text("kid")), algorithm, *created_at, *state,
                 *signs_from, seconds{longest},         {},        {}};
  const bool ended = *state == KeyState::verifying || *state == KeyState::retired;
  if (!read_time(object, "signs_until", entry.signed_until) ||
      !read_time(object, "removed_at", entry.removed_at) ||
      ended != entry.signed_until.has_value() || ended != entry.removed_at.has_value()) {
    return std::nullopt;
  }
  return entry;
}

}  // namespace

std::string to_manifest(const KeyBook& book) {
  std::string text =
      "{\n \"v\": 1,\n \"about\": \"Written by recant: the keys in this directory and what each is "
      "for. GET /v1/admin/keys lists them, POST /v1/admin/keys/rotate changes them.\",\n "
      "\"keys\": [";
  bool first = true;
  for (const KeyEntry& entry : book.keys) {
    text += first ? "\n  " : ",\n  ";
    text += json::serialize(to_object(entry));
    first = false;
  }
  return text + "\n ]\n}\n";
}

std::optional<KeyBook> parse_manifest(std::string_view text) {
  const auto document = json::parse(text, kLimits);
  if (!document) return std::nullopt;
  const json::Value* const version = document->find("v");
  const json::Value* const keys = document->find("keys");
  if (!version || version->as_int64() != kVersion || !keys || !keys->as_array()) {
    return std::nullopt;
  }
  KeyBook book;
  for (const json::Value& object : *keys->as_array()) {
    auto entry = to_entry(object);
    if (!entry || book.find(entry->id) != nullptr) return std::nullopt;
    book.keys.push_back(*std::move(entry));
  }
  return book;
}

}  // namespace recant::app
