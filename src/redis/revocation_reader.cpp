#include "redis/revocation_reader.hpp"

#include <array>
#include <utility>

#include "core/reason.hpp"

namespace recant::redis {
namespace {

using verify::RevocationAnswers;
using verify::RevokedBy;
using verify::Unavailable;

Unavailable unavailable(const RedisError& error) {
  return {std::string(name(error.code)) + ": " + error.detail};
}

Unavailable unexpected() { return {"Redis answered a question in a form that is not expected"}; }

std::string reason_key(const Keys& keys, RevokedBy by, const verify::VerifiedToken& token) {
  switch (by) {
    case RevokedBy::session:
      return keys.reason_for_session(token.sid().to_string());
    case RevokedBy::subject:
      return keys.reason_for_subject(token.subject().text());
    case RevokedBy::everybody:
      return keys.reason_for_all();
    case RevokedBy::token:
      return keys.reason_for_jti(token.jti());
    case RevokedBy::lost_session:
      break;
  }
  return {};
}

}  // namespace

Task<Result<RevocationAnswers, Unavailable>> RedisRevocationReader::ask(
    const verify::VerifiedToken& token) {
  const auto& subject = token.subject().text();
  const auto sid = token.sid().to_string();
  const std::array questions{Command("GET", keys_.blacklisted_jti(token.jti())),
                             Command("GET", keys_.blacklisted_session(sid)),
                             Command("GET", keys_.blacklisted_subject(subject)),
                             Command("GET", keys_.blacklisted_all()),
                             Command("EXISTS", keys_.session(subject, sid)),
                             Command("HELLO")};
  const auto replies = co_await redis_.run_all(questions);
  if (!replies) co_return unavailable(replies.error());
  if (replies->size() != questions.size()) co_return unexpected();

  RevocationAnswers answers;
  const std::array entries{&answers.token, &answers.session, &answers.subject, &answers.everybody};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Reply& reply = (*replies)[i];
    if (reply.is_error()) co_return unavailable(reply.error());
    if (reply.is_null()) continue;
    if (reply.kind() != ReplyKind::blob_string) co_return unexpected();
    *entries[i] = std::string(*reply.text());
  }
  const Reply& exists = (*replies)[entries.size()];
  if (exists.is_error()) co_return unavailable(exists.error());
  if (exists.integer() != 0 && exists.integer() != 1) co_return unexpected();
  answers.session_exists = exists.integer() == 1;
  // A connection outlives its master's demotion, and a replica answers reads from its own past.
  const Reply* role = replies->back().find("role");
  if (role == nullptr || role->text() != "master") {
    co_return Unavailable{"this Redis is no longer a master"};
  }
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
