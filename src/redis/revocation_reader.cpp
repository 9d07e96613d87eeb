#include "redis/revocation_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/reason.hpp"
#include "redis/handshake.hpp"
#include "redis/redis_time.hpp"

namespace recant::redis {
namespace {

using verify::RevocationAnswers;
using verify::RevokedBy;
using verify::Unavailable;
using verify::wants_place;

/// PEXPIRETIME of a key without an end, and of one that is not there.
constexpr std::int64_t kNoEnd = -1;
constexpr std::int64_t kGone = -2;

Unavailable unavailable(const RedisError& error) {
  using Kind = Unavailable::Kind;
  const Kind kind = error.code == RedisErrc::busy ? Kind::overloaded
                    : is_error_reply(error.code)  ? Kind::answered_ill
                                                  : Kind::unreached;
  return {std::string(name(error.code)) + ": " + error.detail, kind};
}

Unavailable unexpected() {
  return {"Redis answered a question in a form that is not expected",
          Unavailable::Kind::answered_ill};
}

std::string reason_key(const Keys& keys, RevokedBy by, const verify::Identity& token) {
  switch (by) {
    case RevokedBy::session:
      return keys.reason_for_session(token.session());
    case RevokedBy::subject:
      return keys.reason_for_subject(token.subject());
    case RevokedBy::everybody:
      return keys.reason_for_all();
    case RevokedBy::token:
    case RevokedBy::not_whitelisted:
      return keys.reason_for_jti(token.jti());
    case RevokedBy::lost_session:
      break;
  }
  return {};
}

}  // namespace

Task<Result<RevocationAnswers, Unavailable>> RedisRevocationReader::ask(
    const verify::Identity& token) {
  const bool asks_place = wants_place(token, policy_.goes_by());
  auto answers = co_await ask_once(token, asks_place);
  if (!answers) co_return answers.error();
  if (!answers->policy) co_return *std::move(answers);
  policy_.saw(*answers->policy);
  if (asks_place || !wants_place(token, *answers->policy)) co_return *std::move(answers);
  // All of it once more, so that all is of one moment.
  co_return co_await ask_once(token, true);
}

std::vector<std::string> RedisRevocationReader::watched_keys(const verify::Identity& token) const {
  const auto subject = token.subject();
  std::vector<std::string> keys{keys_.blacklisted_subject(subject)};
  if (!token.session().empty()) keys.push_back(keys_.blacklisted_session(token.session()));
  if (token.jti().empty()) return keys;
  keys.push_back(keys_.blacklisted_jti(token.jti()));
  // Whatever the policy is by now: it may be another one when the answer is looked at.
  if (verify::has_place(token)) keys.push_back(keys_.whitelisted_jti(subject, token.jti()));
  return keys;
}

Task<Result<RevocationAnswers, Unavailable>> RedisRevocationReader::ask_once(
    const verify::Identity& token, bool asks_place) {
  // What a foreign token may lack is not asked for: an id it does not have, our session's record.
  std::vector<Command> questions;
  std::vector<std::optional<std::string>*> entries;
  RevocationAnswers answers;
  answers.asked_under = keys_.spelling();
  std::optional<std::string> policy;
  const auto get = [&](const std::string& key, std::optional<std::string>& into) {
    questions.emplace_back("GET", key);
    entries.push_back(&into);
  };
  const auto subject = token.subject();
  if (!token.jti().empty()) get(keys_.blacklisted_jti(token.jti()), answers.token);
  if (!token.session().empty()) get(keys_.blacklisted_session(token.session()), answers.session);
  get(keys_.blacklisted_subject(subject), answers.subject);
  get(keys_.blacklisted_all(), answers.everybody);
  // Behind the watermark: one that has just been given another name is missed only where the policy
  // says so already.
  get(keys_.policy(), policy);
  std::string place;
  if (asks_place) {
    auto& whitelisted = answers.whitelist.emplace();
    if (!token.jti().empty()) {
      place = keys_.whitelisted_jti(subject, token.jti());
      get(place, whitelisted.value);
    }
  }
  if (token.is_own()) questions.emplace_back("EXISTS", keys_.session(subject, token.session()));
  if (!place.empty()) questions.emplace_back("PEXPIRETIME", place);
  questions.emplace_back("TIME");
  questions.emplace_back("HELLO");

  const auto replies = co_await redis_.run_all(questions);
  if (!replies) co_return unavailable(replies.error());
  if (replies->size() != questions.size()) co_return unexpected();
  for (const Reply& reply : *replies) {
    if (reply.is_error()) co_return unavailable(reply.error());
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Reply& reply = (*replies)[i];
    if (reply.is_null()) continue;
    if (reply.kind() != ReplyKind::blob_string) co_return unexpected();
    *entries[i] = std::string(*reply.text());
  }
  auto next = replies->begin() + static_cast<std::ptrdiff_t>(entries.size());
  if (token.is_own()) {
    const auto exists = (next++)->integer();
    if (exists != 0 && exists != 1) co_return unexpected();
    answers.session_exists = exists == 1;
  }
  const auto place_ends = place.empty() ? std::optional(kNoEnd) : (next++)->integer();
  const auto time = parse_time(*next++);
  if (!place_ends || !time) co_return unexpected();
  answers.asked_at = *time;
  if (*place_ends == kGone) {
    // Between the two questions.
    answers.whitelist->ends_in = milliseconds{0};
  } else if (*place_ends >= 0) {
    // By a time that was taken later, and up to a millisecond after what it was cut off to: it is
    // at most too short.
    const auto ends_in = unix_millis(*place_ends) - (*time + milliseconds{1});
    answers.whitelist->ends_in = std::max(ends_in, milliseconds{0});
  }
  // A connection outlives its master's demotion, and a replica answers reads from its own past.
  if (!is_master(*next)) {
    co_return Unavailable{"this Redis is no longer a master", Unavailable::Kind::answered_ill};
  }
  if (policy) answers.policy = core::Policy::parse(*policy);
  co_return answers;
}

Task<Result<core::Reason, Unavailable>> RedisRevocationReader::read_reason(
    RevokedBy by, const verify::Identity& token) {
  const auto key = reason_key(keys_, by, token);
  if (key.empty()) co_return core::Reason::foreign;
  const Command question("GET", key);
  const auto reply = co_await redis_.run(question);
  if (!reply) co_return unavailable(reply.error());
  if (!reply->is_null() && reply->kind() != ReplyKind::blob_string) co_return unexpected();
  const auto reason = core::Reason::parse(reply->text().value_or(""));
  co_return reason.value_or(core::Reason::foreign);
}

}  // namespace recant::redis
