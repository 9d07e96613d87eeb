#include "redis/revocation_reader.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/reason.hpp"

namespace recant::redis {
namespace {

using verify::RevocationAnswers;
using verify::RevokedBy;
using verify::Unavailable;
using verify::wants_place;

Unavailable unavailable(const RedisError& error) {
  return {std::string(name(error.code)) + ": " + error.detail};
}

Unavailable unexpected() { return {"Redis answered a question in a form that is not expected"}; }

std::string reason_key(const Keys& keys, RevokedBy by, const verify::VerifiedToken& token) {
  switch (by) {
    case RevokedBy::session:
      return keys.reason_for_session(token.session());
    case RevokedBy::subject:
      return keys.reason_for_subject(token.subject().text());
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
    const verify::VerifiedToken& token) {
  const bool asks_place = wants_place(token, policy_.goes_by());
  auto answers = co_await ask_once(token, asks_place);
  if (!answers) co_return answers.error();
  if (!answers->policy) co_return *std::move(answers);
  policy_.saw(*answers->policy);
  if (asks_place || !wants_place(token, *answers->policy)) co_return *std::move(answers);
  // All of it once more, so that all is of one moment.
  co_return co_await ask_once(token, true);
}

Task<Result<RevocationAnswers, Unavailable>> RedisRevocationReader::ask_once(
    const verify::VerifiedToken& token, bool asks_place) {
  // What a foreign token may lack is not asked for: an id it does not have, our session's record.
  std::vector<Command> questions;
  std::vector<std::optional<std::string>*> entries;
  RevocationAnswers answers;
  std::optional<std::string> policy;
  const auto get = [&](const std::string& key, std::optional<std::string>& into) {
    questions.emplace_back("GET", key);
    entries.push_back(&into);
  };
  const auto& subject = token.subject().text();
  if (!token.jti().empty()) get(keys_.blacklisted_jti(token.jti()), answers.token);
  if (!token.session().empty()) get(keys_.blacklisted_session(token.session()), answers.session);
  get(keys_.blacklisted_subject(subject), answers.subject);
  get(keys_.blacklisted_all(), answers.everybody);
  get(keys_.policy(), policy);
  if (asks_place) {
    auto& place = answers.whitelist.emplace();
    if (!token.jti().empty()) get(keys_.whitelisted_jti(subject, token.jti()), place.value);
  }
  if (token.own_sid()) questions.emplace_back("EXISTS", keys_.session(subject, token.session()));
  questions.emplace_back("HELLO");

  const auto replies = co_await redis_.run_all(questions);
  if (!replies) co_return unavailable(replies.error());
  if (replies->size() != questions.size()) co_return unexpected();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Reply& reply = (*replies)[i];
    if (reply.is_error()) co_return unavailable(reply.error());
    if (reply.is_null()) continue;
    if (reply.kind() != ReplyKind::blob_string) co_return unexpected();
    *entries[i] = std::string(*reply.text());
  }
  if (token.own_sid()) {
    const Reply& exists = (*replies)[entries.size()];
    if (exists.is_error()) co_return unavailable(exists.error());
    if (exists.integer() != 0 && exists.integer() != 1) co_return unexpected();
    answers.session_exists = exists.integer() == 1;
  }
  // A connection outlives its master's demotion, and a replica answers reads from its own past.
  const Reply* role = replies->back().find("role");
  if (role == nullptr || role->text() != "master") {
    co_return Unavailable{"this Redis is no longer a master"};
  }
  if (policy) answers.policy = core::Policy::parse(*policy);
  co_return answers;
}

Task<Result<core::Reason, Unavailable>> RedisRevocationReader::read_reason(
    RevokedBy by, const verify::VerifiedToken& token) {
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
