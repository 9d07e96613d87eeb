#include "redis/session_record.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

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

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<UnixMillis> find_instant(const Reply& record, std::string_view name) {
  const auto text = find_text(record, name);
  const auto millis = text ? parse_number(*text) : std::nullopt;
  if (!millis) return std::nullopt;
  return unix_millis(*millis);
}

std::optional<core::Generation> parse_generation(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || !std::in_range<core::Generation>(*number)) return std::nullopt;
  return static_cast<core::Generation>(*number);
}

constexpr std::size_t kUuidLength = 36;

/// When the live generation began: its jti was made from the clock then.
std::optional<UnixMillis> find_last_seen(const Reply& record) {
  const auto generation = find_text(record, "g");
  if (!generation) return std::nullopt;
  const auto token = find_text(record, "a" + std::string(*generation));
  if (!token) return std::nullopt;
  const auto jti = Uuid::parse(token->substr(0, kUuidLength));
  if (!jti) return std::nullopt;
  return jti->time();
}

/// `<jti> <life in seconds>`, and ` w` if it was whitelisted.
bool take_token(std::string_view text, core::Generation generation, RefreshRecord& into) {
  const auto jti = Uuid::parse(text.substr(0, kUuidLength));
  if (!jti || text.size() < kUuidLength + 2 || text[kUuidLength] != ' ') return false;
  text.remove_prefix(kUuidLength + 1);
  const bool whitelisted = text.ends_with(" w");
  if (whitelisted) text.remove_suffix(2);
  const auto life = parse_number(text);
  // So that no sum overflows.
  constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();
  if (!life || *life < 0 || *life > kLongest) return false;
  const auto issued_at = std::chrono::floor<seconds>(jti->time());
  const auto whitelisting = whitelisted ? core::Whitelisting::stands : core::Whitelisting::never;
  into.family.access[generation] = {issued_at, issued_at + seconds{*life}, false, whitelisting};
  into.jtis[generation] = jti->to_string();
  return true;
}

/// The fields `a<g>` and `p<g>`.
bool take_generations(const Reply& record, RefreshRecord& into) {
  const auto fields = record.elements();
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto name = fields[i].text().value_or("");
    const auto value = fields[i + 1].text().value_or("");
    if (!name.starts_with('a') && !name.starts_with('p')) continue;
    const auto generation = parse_generation(name.substr(1));
    if (!generation) return false;
    if (name.starts_with('a')) {
      if (!take_token(value, *generation, into)) return false;
      continue;
    }
    const auto at = parse_number(value);
    if (!at) return false;
    into.family.superseded[*generation] = unix_millis(*at);
  }
  return true;
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

std::optional<RefreshRecord> parse_refresh_record(const Uuid& sid, const Reply& record) {
  const auto generation = parse_generation(find_text(record, "g").value_or(""));
  const auto absolute_end = find_instant(record, "x");
  const auto end = find_instant(record, "e");
  const auto seen = find_last_seen(record);
  const auto nonce = find_text(record, "n").value_or("");
  const auto key_id = find_text(record, "k");
  const auto refresh_id = find_text(record, "r");
  RefreshRecord read;
  if (find_text(record, "v") != "1" || !generation || !absolute_end || !end || !seen ||
      nonce.size() != read.family.nonce.size() || !key_id || !refresh_id) {
    return std::nullopt;
  }
  std::copy(nonce.begin(), nonce.end(), read.family.nonce.begin());
  read.family.begun = sid.time();
  read.family.absolute_end = *absolute_end;
  read.family.end = *end;
  read.family.last_seen = *seen;
  read.family.generation = *generation;
  read.key_id = *key_id;
  read.refresh_id = *refresh_id;
  read.scope = join_text(record, "s");
  if (!take_generations(record, read) || !read.jtis.contains(*generation)) return std::nullopt;
  return read;
}

}  // namespace recant::redis
