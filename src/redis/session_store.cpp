#include "redis/session_store.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/watermark.hpp"
#include "redis/foreign_refresh.hpp"
#include "redis/redis_time.hpp"
#include "redis/reply_fields.hpp"
#include "redis/session_list.hpp"
#include "redis/session_look.hpp"
#include "redis/session_tidying.hpp"
#include "redis/store_answer.hpp"
#include "redis/user_agent_text.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using service::LiveGeneration;
using service::OpenOutcome;
using service::RotationOutcome;

std::string text_of(std::int64_t number) { return std::to_string(number); }
std::string text_of(UnixMillis instant) { return std::to_string(count(instant)); }
std::string text_of(milliseconds duration) { return std::to_string(duration.count()); }

std::string bytes_of(const core::SessionNonce& nonce) { return {nonce.begin(), nonce.end()}; }

/// What a version 7 UUID has behind its 48 bits of time; scripts put theirs before it.
std::string uuid_tail(const service::JtiEntropy& entropy) {
  constexpr std::size_t kTimeLength = 14;
  return Uuid::version7(unix_millis(0), entropy).to_string().substr(kTimeLength);
}

/// How a script compares what the gate saw with what stands.
std::string gate_text(const std::optional<std::string>& watermark) {
  return watermark ? "=" + *watermark : std::string();
}

/// The first millisecond that `watermark` does not cover, or UnixMillis::max() where no session is
/// to begin: it covers everything, or lies further ahead than a clock that is wrong explains.
UnixMillis first_beyond(const core::Watermark& watermark, UnixMillis now) {
  constexpr std::chrono::hours kFurthestAhead{24};
  const auto instant = watermark.instant();
  if (!instant || *instant > now + kFurthestAhead) return UnixMillis::max();
  return *instant + milliseconds{1};
}

/// Why no session was opened.
std::optional<OpenOutcome::Kind> parse_refusal(std::string_view text) {
  if (text == "gate_changed") return OpenOutcome::Kind::gate_changed;
  if (text == "clock_disagrees") return OpenOutcome::Kind::clock_disagrees;
  if (text == "not_adoptable") return OpenOutcome::Kind::not_adoptable;
  if (text == "evicted") return OpenOutcome::Kind::evicted;
  if (text == "session_limit") return OpenOutcome::Kind::session_limit;
  return std::nullopt;
}

std::optional<RefreshOutcome> parse_outcome(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, RefreshOutcome>, 7> kOutcomes{{
      {"rotated", RefreshOutcome::rotated},
      {"repeated", RefreshOutcome::repeated},
      {"throttled", RefreshOutcome::throttled},
      {"malformed", RefreshOutcome::malformed},
      {"expired", RefreshOutcome::expired},
      {"revoked", RefreshOutcome::revoked},
      {"reused", RefreshOutcome::reused},
  }};
  const auto* const found = std::find_if(kOutcomes.begin(), kOutcomes.end(),
                                         [&](const auto& entry) { return entry.first == text; });
  if (found == kOutcomes.end()) return std::nullopt;
  return found->second;
}

}  // namespace

RedisSessionStore::RedisSessionStore(Commander& redis, Keys keys, const PolicyInForce& policy,
                                     SessionStoreOptions options, const Scripts& scripts)
    : redis_(redis),
      keys_(std::move(keys)),
      policy_(policy),
      options_(options),
      scripts_(scripts) {}

Task<service::Stored<std::vector<Reply>>> RedisSessionStore::call(const Script& script,
                                                                  const Texts& keys,
                                                                  const Texts& arguments) {
  const auto reply = co_await eval(redis_, script, keys, arguments);
  if (!reply) co_return unavailable(reply.error());
  if (reply->kind() != ReplyKind::array) co_return unexpected("a script");
  const auto elements = reply->elements();
  co_return std::vector<Reply>(elements.begin(), elements.end());
}

Task<service::Stored<service::LoginGate>> RedisSessionStore::read_gate(core::Subject subject) {
  const std::array questions{Command("GET", keys_.blacklisted_subject(subject.text())),
                             Command("GET", keys_.blacklisted_all()), Command("TIME")};
  const auto replies = co_await ask(redis_, questions);
  if (!replies) co_return replies.error();
  const auto now = parse_time((*replies)[2]);
  if (!now) co_return unexpected("TIME");

  service::LoginGate gate{{}, {}, *now, *now};
  const std::array watermarks{&gate.subject_watermark, &gate.everybody_watermark};
  for (std::size_t i = 0; i < watermarks.size(); ++i) {
    const Reply& reply = (*replies)[i];
    if (reply.is_null()) continue;
    const auto raw = reply.text();
    if (!raw) co_return unexpected("GET");
    *watermarks[i] = std::string(*raw);
    gate.earliest_begin =
        std::max(gate.earliest_begin, first_beyond(core::Watermark::parse(*raw), *now));
  }
  co_return gate;
}

Task<service::Stored<OpenOutcome>> RedisSessionStore::open(service::NewSession session) {
  const auto& subject = session.subject.text();
  const auto sid = session.sid.to_string();
  Texts keys{keys_.session(subject, sid),
             keys_.sessions(subject),
             keys_.refresh_token(subject, session.refresh_id),
             keys_.blacklisted_subject(subject),
             keys_.blacklisted_all(),
             keys_.blacklisted_session(sid),
             keys_.horizon(),
             keys_.policy(),
             keys_.ahead()};
  const bool deny = session.limit.on_limit == service::SessionLimit::OnLimit::deny;
  Texts arguments{keys_.session(subject, {}),
                  keys_.blacklisted_session({}),
                  keys_.reason_for_session({}),
                  keys_.refresh_token(subject, {}),
                  keys_.blacklisted_jti({}),
                  keys_.reason_for_jti({}),
                  keys_.whitelisted_jti(subject, {}),
                  sid,
                  subject,
                  policy_.puts_back().text(),
                  gate_text(session.gate.subject_watermark),
                  gate_text(session.gate.everybody_watermark),
                  bytes_of(session.nonce),
                  session.key_id,
                  session.refresh_id,
                  uuid_tail(session.jti_entropy),
                  session.grant.scope,
                  session.grant.claims_json,
                  session.device.name,
                  pack_user_agent(session.device.user_agent),
                  session.device.address,
                  text_of(session.lifetimes.idle),
                  text_of(session.lifetimes.absolute),
                  text_of(session.lifetimes.access.count()),
                  text_of(session.limit.most),
                  deny ? "1" : "0"};
  const bool adopts = !session.adopts.empty();
  if (adopts) {
    keys.push_back(keys_.foreign_refresh_token(session.adopts));
    keys.push_back(keys_.adopted(service::RefreshTokens::id_of(session.adopts)));
    arguments.push_back(text_of_adopted(session.sid, session.nonce, session.subject));
  }
  const auto reply = co_await call(scripts_.open_session, keys, arguments);
  if (!reply) co_return reply.error();

  ReplyFields fields(*reply);
  const auto now = fields.instant();
  const auto kind = fields.text();
  if (kind == "opened") {
    LiveGeneration live{
        adopts ? 1u : 0u, session.key_id, fields.text(), {}, session.grant, {}, now};
    live.access.issued_at = fields.second();
    live.access.expires_at = fields.second();
    live.session_end = fields.instant();
    auto evicted = fields.texts();
    if (!fields.complete()) co_return unexpected("open_session");
    co_return OpenOutcome{OpenOutcome::Kind::opened, std::move(live), now, std::move(evicted)};
  }
  const auto refused = parse_refusal(kind);
  auto evicted = kind == "evicted" ? fields.texts() : Texts{};
  if (!fields.complete() || !refused) co_return unexpected("open_session");
  co_return OpenOutcome{*refused, {}, now, std::move(evicted)};
}

Task<service::Stored<RotationOutcome>> RedisSessionStore::rotate(service::Rotation rotation) {
  const auto& subject = rotation.subject.text();
  const auto sid = rotation.sid.to_string();
  const Texts keys{keys_.session(subject, sid),
                   keys_.sessions(subject),
                   keys_.refresh_token(subject, rotation.presented_id),
                   keys_.refresh_token(subject, rotation.next_id),
                   keys_.blacklisted_subject(subject),
                   keys_.blacklisted_all(),
                   keys_.blacklisted_session(sid),
                   keys_.reason_for_session(sid),
                   keys_.reason_for_subject(subject),
                   keys_.reason_for_all(),
                   keys_.horizon(),
                   keys_.policy()};
  const Texts arguments{keys_.refresh_token(subject, {}),
                        keys_.blacklisted_jti({}),
                        keys_.reason_for_jti({}),
                        keys_.whitelisted_jti(subject, {}),
                        sid,
                        subject,
                        policy_.puts_back().text(),
                        text_of(std::int64_t{rotation.presented.generation}),
                        bytes_of(rotation.presented.nonce),
                        rotation.next_key_id,
                        rotation.next_id,
                        uuid_tail(rotation.jti_entropy),
                        pack_user_agent(rotation.user_agent),
                        rotation.address,
                        text_of(rotation.lifetimes.idle),
                        text_of(rotation.lifetimes.absolute),
                        text_of(rotation.lifetimes.access.count()),
                        text_of(rotation.lifetimes.grace)};
  const auto reply = co_await call(scripts_.rotate_refresh, keys, arguments);
  if (!reply) co_return reply.error();

  ReplyFields fields(*reply);
  const auto now = fields.instant();
  const auto outcome = parse_outcome(fields.text());
  if (!outcome) co_return unexpected("rotate_refresh");
  RotationOutcome result{*outcome, {}, {}, now};
  if (*outcome == RefreshOutcome::throttled) {
    result.retry_after = seconds{fields.integer()};
  } else if (*outcome == RefreshOutcome::rotated || *outcome == RefreshOutcome::repeated) {
    LiveGeneration live{};
    live.generation = fields.generation();
    live.key_id = fields.text();
    live.jti = fields.text();
    live.access.issued_at = fields.second();
    live.access.expires_at = fields.second();
    live.session_end = fields.instant();
    live.grant.scope = fields.text();
    live.grant.claims_json = fields.text();
    live.now = now;
    result.live = std::move(live);
  }
  if (!fields.complete()) co_return unexpected("rotate_refresh");
  co_return result;
}

Task<service::Stored<service::SessionSight>> RedisSessionStore::look(core::Subject subject,
                                                                     Uuid sid) {
  SessionLook session(redis_, keys_, std::move(subject), sid);
  co_return co_await session.see();
}

Task<service::Stored<service::SessionPage>> RedisSessionStore::list(core::Subject subject,
                                                                    std::string after, int limit) {
  SessionList sessions(redis_, keys_);
  co_return co_await sessions.page(std::move(subject), std::move(after), limit);
}

Task<service::Stored<bool>> RedisSessionStore::close(core::Subject subject, Uuid sid,
                                                     core::Reason reason,
                                                     UnixMillis at_least_until) {
  co_return co_await close_session(subject, sid, reason, at_least_until, false);
}

Task<service::Stored<bool>> RedisSessionStore::close_existing(core::Subject subject, Uuid sid,
                                                              core::Reason reason) {
  co_return co_await close_session(subject, sid, reason, unix_millis(0), true);
}

Task<service::Stored<bool>> RedisSessionStore::close_session(const core::Subject& subject,
                                                             const Uuid& sid,
                                                             const core::Reason& reason,
                                                             UnixMillis at_least_until,
                                                             bool existing_only) {
  const auto id = sid.to_string();
  const Texts keys{keys_.session(subject.text(), id),
                   keys_.sessions(subject.text()),
                   keys_.blacklisted_session(id),
                   keys_.reason_for_session(id),
                   keys_.blacklisted_subject(subject.text()),
                   keys_.blacklisted_all()};
  const Texts arguments{keys_.refresh_token(subject.text(), {}),
                        keys_.blacklisted_jti({}),
                        keys_.reason_for_jti({}),
                        keys_.whitelisted_jti(subject.text(), {}),
                        id,
                        reason.text(),
                        text_of(at_least_until),
                        existing_only ? "1" : "0"};
  const auto reply = co_await call(scripts_.close_session, keys, arguments);
  if (!reply) co_return reply.error();
  ReplyFields fields(*reply);
  const bool alive = fields.integer() == 1;
  if (!fields.complete()) co_return unexpected("close_session");
  co_return alive;
}

Task<service::Stored<void>> RedisSessionStore::blacklist_session(std::string session,
                                                                 core::Reason reason) {
  const Texts keys{keys_.blacklisted_session(session), keys_.reason_for_session(session),
                   keys_.horizon()};
  const Texts arguments{reason.text(), text_of(options_.longest_life),
                        text_of(options_.longest_foreign_life)};
  const auto reply = co_await call(scripts_.blacklist_session, keys, arguments);
  if (!reply) co_return reply.error();
  co_return service::Stored<void>{};
}

Task<service::Stored<service::SubjectRevoked>> RedisSessionStore::revoke_subject(
    core::Subject subject, core::Reason reason) {
  const Texts keys{keys_.blacklisted_subject(subject.text()), keys_.sessions(subject.text()),
                   keys_.reason_for_subject(subject.text()), keys_.horizon(), keys_.ahead()};
  const Texts arguments{reason.text(), text_of(options_.longest_life),
                        text_of(options_.longest_foreign_life), subject.text()};
  const auto reply = co_await call(scripts_.revoke_subject, keys, arguments);
  if (!reply) co_return reply.error();
  ReplyFields fields(*reply);
  service::SubjectRevoked revoked{};
  revoked.watermark = fields.watermark();
  revoked.sessions = fields.integer();
  if (!fields.complete()) co_return unexpected("revoke_subject");
  co_return revoked;
}

Task<service::Stored<service::Tidied>> RedisSessionStore::tidy(core::Subject subject,
                                                               core::Reason reason,
                                                               std::string after) {
  SessionTidying tidying(
      redis_, keys_, scripts_,
      {options_.foreign_writers, std::max(options_.longest_life, options_.longest_foreign_life)});
  co_return co_await tidying.batch(std::move(subject), std::move(reason), std::move(after));
}

Task<service::Stored<UnixMillis>> RedisSessionStore::revoke_all(core::Reason reason) {
  const Texts keys{keys_.blacklisted_all(), keys_.reason_for_all(), keys_.horizon(), keys_.ahead()};
  const Texts arguments{reason.text(), text_of(options_.longest_life),
                        text_of(options_.longest_foreign_life)};
  const auto reply = co_await call(scripts_.revoke_all, keys, arguments);
  if (!reply) co_return reply.error();
  ReplyFields fields(*reply);
  const auto watermark = fields.watermark();
  if (!fields.complete()) co_return unexpected("revoke_all");
  co_return watermark;
}

Task<service::Stored<service::TokenRevoked>> RedisSessionStore::revoke_token(
    std::string jti, UnixSeconds expires_at, core::Reason reason,
    std::optional<core::Subject> subject) {
  Texts keys{keys_.blacklisted_jti(jti), keys_.reason_for_jti(jti)};
  if (subject) keys.push_back(keys_.whitelisted_jti(subject->text(), jti));
  const Texts arguments{text_of(count(expires_at)), reason.text()};
  const auto reply = co_await call(scripts_.revoke_token, keys, arguments);
  if (!reply) co_return reply.error();
  const bool whitelisting = policy_.goes_by().strategy == core::Strategy::whitelist;
  co_return service::TokenRevoked{subject.has_value() || !whitelisting};
}

Task<service::Stored<void>> RedisSessionStore::probe() {
  const Texts none;
  const auto reply = co_await call(scripts_.probe, none, none);
  if (!reply) co_return reply.error();
  co_return service::Stored<void>{};
}

}  // namespace recant::redis
