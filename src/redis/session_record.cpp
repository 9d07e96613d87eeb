#include "redis/session_record.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "redis/user_agent_text.hpp"

namespace recant::redis {
namespace {

std::optional<std::string_view> find_text(const Reply& record, std::string_view name) {
  const Reply* field = record.find(name);
  return field != nullptr ? field->text() : std::nullopt;
}

/// Text that the record keeps in pieces: `u`, `u1`, `u2` …
std::string join_text(const Reply& record, const std::string& name) {
  std::string text;
  auto piece = find_text(record, name);
  for (int at = 1; piece; ++at) {
    text += *piece;
    piece = find_text(record, name + std::to_string(at));
  }
  return text;
}

std::optional<UnixMillis> find_instant(const Reply& record, std::string_view name) {
  const auto text = find_text(record, name);
  if (!text) return std::nullopt;
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), millis);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return unix_millis(millis);
}

/// When the live generation began: its jti was made from the clock then.
std::optional<UnixMillis> find_last_seen(const Reply& record) {
  constexpr std::size_t kUuidLength = 36;
  const auto generation = find_text(record, "g");
  if (!generation) return std::nullopt;
  const auto token = find_text(record, "a" + std::string(*generation));
  if (!token) return std::nullopt;
  const auto jti = Uuid::parse(token->substr(0, kUuidLength));
  if (!jti) return std::nullopt;
  return jti->time();
}

}  // namespace

std::optional<service::SessionEntry> parse_session_record(const Uuid& sid, const Reply& record) {
  const auto end = find_instant(record, "e");
  const auto seen = find_last_seen(record);
  if (find_text(record, "v") != "1" || !end || !seen) return std::nullopt;
  service::Device device{join_text(record, "d"), unpack_user_agent(join_text(record, "u")),
                         join_text(record, "i")};
  return service::SessionEntry{sid, sid.time(), *seen, *end, std::move(device)};
}

}  // namespace recant::redis
