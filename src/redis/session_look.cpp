#include "redis/session_look.hpp"

#include <array>
#include <utility>
#include <vector>

#include "redis/redis_time.hpp"
#include "redis/store_answer.hpp"

namespace recant::redis {
namespace {

using core::Whitelisting;
using service::SessionSight;
using service::Stored;

std::optional<core::Watermark> parse_watermark(const Reply& reply) {
  const auto raw = reply.text();
  if (!raw) return std::nullopt;
  return core::Watermark::parse(*raw);
}

/// A connection outlives its master's demotion, and a replica answers reads from its own past.
bool is_of_master(const Reply& hello) {
  const Reply* role = hello.find("role");
  return role != nullptr && role->text() == "master";
}

}  // namespace

Task<Stored<SessionSight>> SessionLook::see() {
  // A session is not refreshed so often; who does it all the same is asked to come again.
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto sight = co_await see_once();
    if (!sight) co_return sight.error();
    if (*sight) co_return **std::move(sight);
  }
  co_return service::StoreUnavailable{"a session was refreshed again and again while it was read"};
}

Task<Stored<std::optional<SessionSight>>> SessionLook::see_once() {
  SessionSight sight;
  auto record = co_await read_session(sight);
  if (!record) co_return record.error();
  if (!*record) co_return std::optional<SessionSight>{std::move(sight)};
  const auto same = co_await read_tokens(**record, sight);
  if (!same) co_return same.error();
  if (!*same) co_return std::optional<SessionSight>{};
  sight.key_id = (*record)->key_id;
  sight.scope = (*record)->scope;
  sight.family = std::move((*record)->family);
  co_return std::optional<SessionSight>{std::move(sight)};
}

Stored<std::optional<RefreshRecord>> SessionLook::parse(const Reply& reply) const {
  if (reply.elements().empty()) return std::optional<RefreshRecord>{};
  auto record = parse_refresh_record(sid_, reply);
  if (!record) return unexpected("a session record");
  return record;
}

Task<Stored<std::optional<RefreshRecord>>> SessionLook::read_session(SessionSight& into) {
  const auto& subject = subject_.text();
  const auto sid = sid_.to_string();
  const std::array questions{Command("HGETALL", keys_.session(subject, sid)),
                             Command("GET", keys_.blacklisted_subject(subject)),
                             Command("GET", keys_.blacklisted_all()),
                             Command("EXISTS", keys_.blacklisted_session(sid)),
                             Command("TIME"),
                             Command("HELLO")};
  const auto replies = co_await ask(redis_, questions);
  if (!replies) co_return replies.error();
  const auto now = parse_time((*replies)[4]);
  const auto blacklisted = (*replies)[3].integer();
  if (!now || !blacklisted) co_return unexpected("TIME or EXISTS");
  if (!is_of_master((*replies)[5])) {
    co_return service::StoreUnavailable{"this Redis is no longer a master"};
  }
  into.now = *now;
  into.revocation.subject = parse_watermark((*replies)[1]);
  into.revocation.everybody = parse_watermark((*replies)[2]);
  into.revocation.session_blacklisted = *blacklisted != 0;
  co_return parse((*replies)[0]);
}

Task<Stored<bool>> SessionLook::read_tokens(RefreshRecord& record, SessionSight& into) {
  const auto& subject = subject_.text();
  std::vector<Command> questions;
  questions.emplace_back("EXISTS", keys_.refresh_token(subject, record.refresh_id));
  for (const auto& [generation, jti] : record.jtis) {
    questions.emplace_back("EXISTS", keys_.blacklisted_jti(jti));
    questions.emplace_back("EXISTS", keys_.whitelisted_jti(subject, jti));
  }
  questions.emplace_back("HGETALL", keys_.session(subject, sid_.to_string()));
  const auto replies = co_await ask(redis_, questions);
  if (!replies) co_return replies.error();
  for (std::size_t i = 0; i + 1 < replies->size(); ++i) {
    if (!(*replies)[i].integer()) co_return unexpected("EXISTS");
  }
  const auto again = parse(replies->back());
  if (!again) co_return again.error();
  if (!*again || (*again)->family.generation != record.family.generation) co_return false;

  into.revocation.refresh_key_present = (*replies)[0].integer() != 0;
  std::size_t at = 1;
  for (auto& [generation, grant] : record.family.access) {
    grant.revoked = (*replies)[at++].integer() != 0;
    const bool stands = (*replies)[at++].integer() != 0;
    if (grant.whitelisting != Whitelisting::never && !stands) {
      grant.whitelisting = Whitelisting::gone;
    }
  }
  co_return true;
}

}  // namespace recant::redis
