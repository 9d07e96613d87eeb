#include "redis/session_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "redis/redis_time.hpp"
#include "redis/session_record.hpp"
#include "redis/store_answer.hpp"

namespace recant::redis {
namespace {

constexpr int kMostAPage = 100;
constexpr std::size_t kStretch = 256;  // index entries that one round trip brings
constexpr int kStretchesACall = 8;     // past dead sessions

/// Milliseconds that a double holds exactly, and so any that are ours.
bool is_instant(double score) { return std::abs(score) < 9e15; }

/// Nothing for null. GET answers an error, not text, when the key holds another type.
std::optional<core::Watermark> parse_watermark(const Reply& reply) {
  const auto raw = reply.text();
  if (!raw) return std::nullopt;
  return core::Watermark::parse(*raw);
}

}  // namespace

/// The latest end first.
bool SessionList::comes_before(const Place& left, const Place& right) {
  return left.end != right.end ? left.end > right.end : left.sid > right.sid;
}

std::string SessionList::cursor_of(const Place& place) {
  return std::to_string(place.end) + "." + place.sid.to_string();
}

std::optional<SessionList::Place> SessionList::parse_cursor(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto sid = Uuid::parse(text.substr(dot + 1));
  std::int64_t end = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + dot, end);
  if (!sid || error != std::errc{} || stop != text.data() + dot) return std::nullopt;
  return Place{end, *sid};
}

bool SessionList::Liveness::may_live(const Place& place) const {
  const auto begun = place.sid.time();
  return !(subject && subject->covers(begun)) && !(everybody && everybody->covers(begun));
}

Task<service::Stored<service::SessionPage>> SessionList::page(core::Subject subject,
                                                              std::string after, int limit) {
  const auto wanted = static_cast<std::size_t>(std::clamp(limit, 1, kMostAPage));
  const auto liveness = co_await read_liveness(subject);
  if (!liveness) co_return liveness.error();

  service::SessionPage page;
  auto looked_at = parse_cursor(after);
  for (int i = 0; i < kStretchesACall; ++i) {
    const auto stretch = co_await read_stretch(subject, looked_at, liveness->now);
    if (!stretch) co_return stretch.error();
    std::vector<Place> candidates = stretch->places;
    std::erase_if(candidates, [&](const Place& place) { return !liveness->may_live(place); });
    const std::size_t taken = std::min(candidates.size(), wanted - page.sessions.size());
    const auto records = co_await read_records(
        subject, std::span<const Place>(candidates).first(taken), liveness->now, page.sessions);
    if (!records) co_return records.error();

    if (taken == candidates.size() && stretch->last) co_return page;
    looked_at = taken < candidates.size() ? candidates[taken - 1] : stretch->places.back();
    if (page.sessions.size() == wanted) break;
  }
  page.next = cursor_of(*looked_at);
  co_return page;
}

Task<service::Stored<SessionList::Liveness>> SessionList::read_liveness(
    const core::Subject& subject) {
  const std::array questions{Command("GET", keys_.blacklisted_subject(subject.text())),
                             Command("GET", keys_.blacklisted_all()), Command("TIME")};
  const auto replies = co_await ask(redis_, questions);
  if (!replies) co_return replies.error();
  const auto now = parse_time((*replies)[2]);
  if (!now) co_return unexpected("TIME");
  co_return Liveness{*now, parse_watermark((*replies)[0]), parse_watermark((*replies)[1])};
}

Task<service::Stored<SessionList::Stretch>> SessionList::read_stretch(const core::Subject& subject,
                                                                      std::optional<Place> after,
                                                                      UnixMillis now) {
  const std::string from = after ? std::to_string(after->end) : "+inf";
  const std::string to = "(" + std::to_string(count(now));
  // More than a stretch only if that many sessions end in the same millisecond.
  for (std::size_t size = kStretch;; size *= 2) {
    const std::array question{Command("ZREVRANGEBYSCORE", keys_.sessions(subject.text()), from, to,
                                      "WITHSCORES", "LIMIT", 0, size)};
    const auto replies = co_await ask(redis_, question);
    if (!replies) co_return replies.error();
    if (replies->front().kind() != ReplyKind::array) co_return unexpected("ZREVRANGEBYSCORE");
    const auto pairs = replies->front().elements();
    Stretch stretch{{}, pairs.size() < size};
    for (const Reply& pair : pairs) {
      const auto parts = pair.elements();
      const auto sid = parts.size() == 2 ? parts[0].text() : std::nullopt;
      const auto end = parts.size() == 2 ? parts[1].real() : std::nullopt;
      if (!sid || !end) co_return unexpected("ZREVRANGEBYSCORE");
      const auto id = Uuid::parse(*sid);
      if (!id || !is_instant(*end)) continue;  // a foreign hand's
      const Place place{std::llround(*end), *id};
      if (!after || comes_before(*after, place)) stretch.places.push_back(place);
    }
    if (stretch.last || !stretch.places.empty()) co_return stretch;
  }
}

Task<service::Stored<void>> SessionList::read_records(
    const core::Subject& subject, std::span<const Place> places, UnixMillis now,
    std::vector<service::SessionEntry>& sessions) {
  if (places.empty()) co_return service::Stored<void>{};
  std::vector<Command> questions;
  questions.reserve(2 * places.size());
  for (const Place& place : places) {
    const auto sid = place.sid.to_string();
    questions.emplace_back("HGETALL", keys_.session(subject.text(), sid));
    questions.emplace_back("EXISTS", keys_.blacklisted_session(sid));
  }
  const auto replies = co_await ask(redis_, questions);
  if (!replies) co_return replies.error();
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto entry = parse_session_record(places[i].sid, (*replies)[2 * i]);
    const bool blacklisted = (*replies)[2 * i + 1].integer() != 0;
    if (entry && !blacklisted && entry->expires_at > now) sessions.push_back(*std::move(entry));
  }
  co_return service::Stored<void>{};
}

}  // namespace recant::redis
