#include "service/adoption.hpp"

#include <algorithm>

namespace recant::service {
namespace {

using core::RefreshOutcome;

constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 2048;
constexpr std::size_t kOwnIdLength = 43;

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// Nothing that a key would spell otherwise than the recipe did.
bool may_stand_in_one(char c) {
  return is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

/// The recipe keeps the subject as it stands. What looks like JSON is a record of another kind, and
/// no name of anybody.
std::optional<core::Subject> subject_in(const std::string& raw) {
  constexpr std::string_view kBeginningsOfJson = "{[\"";
  if (raw.empty() || kBeginningsOfJson.find(raw.front()) != std::string_view::npos) {
    return std::nullopt;
  }
  return core::Subject::parse(raw);
}

}  // namespace

bool is_adoptable(std::string_view text) {
  if (text.size() < kShortest || text.size() > kLongest || has_refresh_token_form(text)) {
    return false;
  }
  if (text.size() == kOwnIdLength && std::all_of(text.begin(), text.end(), is_base64url)) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), may_stand_in_one);
}

/// A watermark stands for `longest_life_`: a token that may have been issued before that, as it
/// never ends or ends later, could come back after a revocation is forgotten.
bool Adoption::may_be_taken(const ForeignRefresh& found) const {
  return found.subject && found.left && *found.left <= longest_life_;
}

Task<Outcome<Adoption::Adopted>> Adoption::adopt(std::string token, Caller caller) {
  // Again when somebody else takes it or raises a watermark meanwhile; then the next look tells.
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto found = co_await store_.find(token);
    if (!found) co_return unavailable();
    if (found->became) co_return Adopted{*found->became};
    const auto subject = may_be_taken(*found) ? subject_in(*found->subject) : std::nullopt;
    if (!subject) co_return Adopted{RefreshOutcome::malformed};

    auto gate = co_await opener_.read_gate(*subject);
    if (!gate && gate.error().code == FailureCode::unavailable) co_return gate.error();
    if (!gate || gate->subject_watermark || gate->everybody_watermark) {
      co_return Adopted{RefreshOutcome::revoked};
    }
    const auto grant = co_await grant_of(*subject);
    if (!grant) co_return grant.error();
    if (!*grant) co_return Adopted{RefreshOutcome::revoked};
    Device device{{}, caller.user_agent, caller.address};
    auto tokens = co_await opener_.adopt(token, *subject, *std::move(gate), **grant,
                                         std::move(device), caller);
    if (!tokens) co_return tokens.error();
    if (*tokens) co_return Adopted{**std::move(tokens)};
  }
  co_return unavailable("Something about the session changed again and again. Try again.");
}

Task<Outcome<std::optional<Grant>>> Adoption::grant_of(const core::Subject& subject) {
  const auto user_id = Uuid::parse(subject.text());
  if (!user_id) co_return std::optional<Grant>{Grant{}};
  const auto account = co_await accounts_.find(*user_id);
  if (!account && account.error() != AccountError::not_found) co_return unavailable();
  if (!account) co_return std::optional<Grant>{Grant{}};
  if (account->disabled) co_return std::optional<Grant>{};
  co_return std::optional<Grant>{Grant{account->scope, account->claims_json}};
}

Task<Outcome<std::optional<RefreshTokenFields>>> Adoption::give_up(std::string token) {
  // The second look is for one that somebody adopted between the first and its removal.
  for (int look = 0; look < 2; ++look) {
    const auto found = co_await store_.find(token);
    if (!found) co_return unavailable();
    if (found->became) co_return found->became;
    if (!found->subject) break;
    const auto removed = co_await store_.remove(token);
    if (!removed) co_return unavailable();
    if (*removed) co_return std::optional<RefreshTokenFields>{};
  }
  co_return Failure{FailureCode::invalid_grant, "This is not a refresh token that is known here.",
                    "malformed"};
}

}  // namespace recant::service
