#include "redis/foreign_refresh.hpp"

#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "redis/store_answer.hpp"

namespace recant::redis {
namespace {

using service::ForeignRefresh;
using service::RefreshTokenFields;

std::optional<std::string_view> take_word(std::string_view& text) {
  const auto end = text.find(' ');
  if (end == std::string_view::npos) return std::nullopt;
  const auto word = text.substr(0, end);
  text.remove_prefix(end + 1);
  return word;
}

/// Nothing when it is not what text_of_adopted() makes.
std::optional<RefreshTokenFields> parse_adopted(std::string_view text) {
  const auto sid_text = take_word(text);
  const auto nonce_text = sid_text ? take_word(text) : std::nullopt;
  if (!nonce_text) return std::nullopt;
  const auto sid = Uuid::parse(*sid_text);
  const auto bytes = base64url_decode(*nonce_text);
  auto subject = core::Subject::parse(text);
  core::SessionNonce nonce{};
  if (!sid || !bytes || bytes->size() != nonce.size() || !subject) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), nonce.begin());
  return RefreshTokenFields{*sid, 0, nonce, *std::move(subject)};
}

}  // namespace

std::string text_of_adopted(const Uuid& sid, const core::SessionNonce& nonce,
                            const core::Subject& subject) {
  return sid.to_string() + " " + base64url_encode(nonce) + " " + subject.text();
}

Task<service::Stored<ForeignRefresh>> RedisForeignRefresh::find(std::string token) {
  const auto key = keys_.foreign_refresh_token(token);
  const std::array questions{Command("GET", key), Command("PTTL", key),
                             Command("GET", keys_.adopted(service::RefreshTokens::id_of(token)))};
  const auto replies = co_await redis_.run_all(questions);
  if (!replies) co_return unavailable(replies.error());
  if (replies->size() != questions.size()) co_return unexpected("a foreign refresh token");
  const Reply& subject = (*replies)[0];
  const Reply& left = (*replies)[1];
  const Reply& became = (*replies)[2];

  ForeignRefresh found;
  if (subject.is_error() && subject.error().code != RedisErrc::wrongtype) {
    co_return unavailable(subject.error());
  }
  if (!subject.is_error() && !subject.is_null()) {
    if (!subject.text() || !left.integer()) co_return unexpected("a foreign refresh token");
    found.subject = std::string(*subject.text());
    if (*left.integer() >= 0) found.left = milliseconds{*left.integer()};
  }
  if (became.is_error()) co_return unavailable(became.error());
  if (!became.is_null()) {
    if (!became.text()) co_return unexpected("what a foreign refresh token became");
    found.became = parse_adopted(*became.text());
    if (!found.became) co_return unexpected("what a foreign refresh token became");
  }
  co_return found;
}

Task<service::Stored<bool>> RedisForeignRefresh::remove(std::string token) {
  const Command question("DEL", keys_.foreign_refresh_token(token));
  const auto reply = co_await redis_.run(question);
  if (!reply) co_return unavailable(reply.error());
  if (!reply->integer()) co_return unexpected("DEL");
  co_return *reply->integer() == 1;
}

}  // namespace recant::redis
