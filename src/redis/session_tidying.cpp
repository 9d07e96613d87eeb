#include "redis/session_tidying.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "redis/reply_fields.hpp"
#include "redis/script.hpp"
#include "redis/store_answer.hpp"

namespace recant::redis {
namespace {

/// What `next` says while there are sessions, and while the database is walked through: then the
/// cursor of SCAN stands behind it.
constexpr std::string_view kSessions = "sessions";
constexpr std::string_view kCursor = "cursor ";
/// SCAN's own word for both the beginning and the end.
constexpr std::string_view kNoCursor = "0";

/// Keys that SCAN looks at a call: few, since everybody waits meanwhile, some 0.3 ms.
constexpr int kLookedAt = 256;
/// Of a script call, which touches three keys for each and 67 besides: no more than 256.
constexpr std::size_t kPlaces = 60;

}  // namespace

Task<service::Stored<service::Tidied>> SessionTidying::batch(core::Subject subject,
                                                             core::Reason reason,
                                                             std::string after) {
  std::int64_t closed = 0;
  std::string cursor(kNoCursor);
  if (after.starts_with(kCursor)) {
    cursor = after.substr(kCursor.size());
  } else {
    const auto some = co_await close_some(subject, reason);
    if (!some) co_return some.error();
    closed = some->sessions;
    if (!some->finished) co_return service::Tidied{closed, std::string(kSessions)};
    if (!options_.foreign_writers) co_return service::Tidied{closed, {}};
  }
  const auto walked = co_await walk_on(subject, reason, std::move(cursor));
  if (!walked) co_return walked.error();
  if (walked->cursor == kNoCursor) co_return service::Tidied{closed, {}};
  co_return service::Tidied{closed, std::string(kCursor) + walked->cursor};
}

Task<service::Stored<SessionTidying::Closed>> SessionTidying::close_some(
    const core::Subject& subject, const core::Reason& reason) {
  const auto& name = subject.text();
  const Texts keys{keys_.sessions(name), keys_.blacklisted_subject(name), keys_.blacklisted_all()};
  std::string after_end;
  std::string after_sid;
  // Once as a rule; more often only past sessions that are none of this watermark's business.
  for (;;) {
    const Texts arguments{keys_.session(name, {}),
                          keys_.blacklisted_session({}),
                          keys_.reason_for_session({}),
                          keys_.refresh_token(name, {}),
                          keys_.blacklisted_jti({}),
                          keys_.reason_for_jti({}),
                          keys_.whitelisted_jti(name, {}),
                          reason.text(),
                          after_end,
                          after_sid};
    const auto reply = co_await eval(redis_, scripts_.tidy_sessions, keys, arguments);
    if (!reply) co_return unavailable(reply.error());
    ReplyFields fields(reply->elements());
    const Closed closed{fields.integer(), fields.integer() == 1};
    after_end = fields.text();
    after_sid = fields.text();
    if (!fields.complete()) co_return unexpected("tidy_sessions");
    if (closed.finished || closed.sessions > 0) co_return closed;
  }
}

Task<service::Stored<SessionTidying::Walked>> SessionTidying::walk_on(const core::Subject& subject,
                                                                      const core::Reason& reason,
                                                                      std::string cursor) {
  const Command scan("SCAN", cursor, "MATCH", keys_.whitelist_pattern(subject.text()), "COUNT",
                     kLookedAt);
  const auto page = co_await redis_.run(scan);
  if (!page) co_return unavailable(page.error());
  const auto parts = page->elements();
  const auto next = parts.size() == 2 ? parts[0].text() : std::nullopt;
  if (!next || parts[1].kind() != ReplyKind::array) co_return unexpected("SCAN");
  Walked walked{std::string(*next)};

  Texts places;
  for (const Reply& element : parts[1].elements()) {
    const auto place = element.text();
    if (!place) co_return unexpected("SCAN");
    places.emplace_back(*place);
  }
  for (std::size_t at = 0; at < places.size(); at += kPlaces) {
    const auto some = std::span(places).subspan(at, std::min(kPlaces, places.size() - at));
    const auto taken = co_await take_back(subject, reason, some);
    if (!taken) co_return taken.error();
  }
  co_return walked;
}

Task<service::Stored<void>> SessionTidying::take_back(const core::Subject& subject,
                                                      const core::Reason& reason,
                                                      std::span<const std::string> places) {
  const auto& name = subject.text();
  Texts keys{keys_.sessions(name), keys_.blacklisted_subject(name), keys_.blacklisted_all()};
  keys.insert(keys.end(), places.begin(), places.end());
  const Texts arguments{keys_.session(name, {}),
                        keys_.whitelisted_jti(name, {}),
                        keys_.blacklisted_jti({}),
                        keys_.reason_for_jti({}),
                        reason.text(),
                        std::to_string(options_.unknown_life.count())};
  const auto reply = co_await eval(redis_, scripts_.tidy_whitelist, keys, arguments);
  if (!reply) co_return unavailable(reply.error());
  ReplyFields fields(reply->elements());
  fields.integer();
  if (!fields.complete()) co_return unexpected("tidy_whitelist");
  co_return service::Stored<void>{};
}

}  // namespace recant::redis
