#include "verify/verifier.hpp"

#include <utility>

namespace recant::verify {

Verifier::Verifier(std::size_t cache_entries, std::shared_ptr<const AccessTokenVerifier> tokens,
                   const NeverBackClock& clock, RandomSource& random)
    : clock_(clock),
      stamps_(random),
      cache_(cache_entries, stamps_, random),
      tokens_(std::move(tokens)) {}

std::optional<Identity> Verifier::check_cached(std::string_view token) const {
  const auto found = find_standing(token);
  return found ? cache_.identity(*found) : std::nullopt;
}

bool Verifier::check_cached(std::string_view token, Listener& listener) const {
  const auto found = find_standing(token);
  return found && cache_.tell(*found, listener);
}

std::optional<VerdictCache::Found> Verifier::find_standing(std::string_view token) const {
  const auto sought = cache_.seek(token);
  // In this order: whoever is held up after the lease was looked at finds newer stamps, not older.
  const SteadyInstant now = clock_.steady();
  if (!lease_.covers(now)) return std::nullopt;
  auto found = cache_.find(sought);
  if (found && (now >= found->noted.place_ends_at || wall_at(now) >= found->expired_at ||
                !stands(found->places, found->noted))) {
    found.reset();
  }
  return found;
}

std::optional<Identity> Verifier::recall(std::string_view token, milliseconds allowed) const {
  const SteadyInstant now = clock_.steady();
  const auto found = cache_.find(token);
  if (!found || now >= found->noted.place_ends_at || clock_.wall() >= found->expired_at ||
      now - found->noted.asked_at > allowed || !is_unchanged(found->places, found->noted)) {
    return std::nullopt;
  }
  return cache_.identity(*found);
}

/// So that a check reads one clock, and none that others write to: by what the wall clock said as
/// the lease was granted, and never behind it. What is in its last millisecond is judged anew, by
/// the wall clock itself.
UnixMillis Verifier::wall_at(SteadyInstant now) const {
  const SteadyInstant::duration ahead{wall_ahead_.load(std::memory_order_relaxed)};
  return UnixMillis{std::chrono::floor<milliseconds>(now.time_since_epoch() + ahead)};
}

void Verifier::grant_lease(SteadyInstant since, milliseconds length) {
  const SteadyInstant before = clock_.steady();
  const SteadyInstant::duration wall = clock_.wall().time_since_epoch() + milliseconds{1};
  wall_ahead_.store((wall - before.time_since_epoch()).count(), std::memory_order_relaxed);
  lease_.grant(since, length);  // and whoever sees this sees that
}

bool Verifier::stands(const Places& places, const Noted& noted) const {
  return noted.unheard == stamps_.unheard() && is_unchanged(places, noted);
}

/// As far as it was told.
bool Verifier::is_unchanged(const Places& places, const Noted& noted) const {
  if (noted.keys != keys_.load(std::memory_order_acquire)) return false;
  if (noted.everything != stamps_.everything()) return false;
  for (std::size_t i = 0; i < places.count; ++i) {
    if (noted.stamps[i] != stamps_.at(places.all[i])) return false;
  }
  return true;
}

Result<Question, TokenError> Verifier::begin(std::string token) const {
  const bool under_lease = has_lease();
  // Before the keys are taken: at worst newer keys are taken for older ones.
  const std::uint64_t keys = keys_.load(std::memory_order_acquire);
  auto known = verified_before(token, keys);
  if (!known) known = verify_now(token);
  if (!*known) return known->error();
  Question question(std::move(token), std::move((*known)->identity), (*known)->expired_at);
  question.keys_ = keys;
  question.under_lease_ = under_lease;
  return question;
}

/// Nothing: its signature is due. All that may change of a token that was good is its expiry: `nbf`
/// and `iat` have come, and the clock does not go back.
std::optional<Verifier::Known> Verifier::verified_before(std::string_view token,
                                                         std::uint64_t keys) const {
  const auto found = cache_.find(token);
  if (!found || found->noted.keys != keys) return std::nullopt;
  auto identity = cache_.identity(*found);
  if (!identity) return std::nullopt;
  if (clock_.wall() >= found->expired_at) return TokenError::expired;
  return Good{*std::move(identity), found->expired_at};
}

Verifier::Known Verifier::verify_now(std::string_view token) const {
  const auto tokens = this->tokens();
  const auto verified = tokens->verify(token, clock_.wall());
  if (!verified) return verified.error();
  return Good{Identity::of(*verified), tokens->expired_at(*verified)};
}

void Verifier::use(std::shared_ptr<const AccessTokenVerifier> tokens) {
  const std::lock_guard lock(mutex_);
  tokens_.swap(tokens);
  keys_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const AccessTokenVerifier> Verifier::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

Places Verifier::places_of(std::span<const std::string> keys) const {
  Places places;
  for (const std::string& key : keys) places.all.at(places.count++) = stamps_.place_of(key);
  return places;
}

Noted Verifier::note(const Question& question, const Places& places) const {
  Noted noted;
  noted.keys = question.keys_;
  noted.everything = stamps_.everything();
  noted.unheard = stamps_.unheard();
  for (std::size_t i = 0; i < places.count; ++i) noted.stamps[i] = stamps_.at(places.all[i]);
  noted.asked_at = clock_.steady();
  return noted;
}

void Verifier::found_good(const Question& question, const Places& places, const Noted& noted) {
  if (!stands(places, noted)) return;
  cache_.put({question.token(), question.identity(), places, question.expired_at_, noted});
}

}  // namespace recant::verify
