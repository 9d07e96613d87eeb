#include "verify/access_token.hpp"

#include <algorithm>
#include <stdexcept>

#include "jose/jws.hpp"
#include "verify/claims.hpp"

namespace recant::verify {
namespace {

using Verified = Result<VerifiedToken, TokenError>;

/// A media type without its `application/` prefix, in lower case (RFC 7515 §4.1.9).
std::string short_media_type(std::string_view typ) {
  std::string lower(typ);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  constexpr std::string_view kPrefix = "application/";
  return lower.starts_with(kPrefix) ? lower.substr(kPrefix.size()) : lower;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

std::string_view name_of(TokenError error) {
  switch (error) {
    case TokenError::not_signed_by_us:
      return "not_signed_by_us";
    case TokenError::wrong_type:
      return "wrong_type";
    case TokenError::bad_claims:
      return "bad_claims";
    case TokenError::wrong_issuer:
      return "wrong_issuer";
    case TokenError::wrong_audience:
      return "wrong_audience";
    case TokenError::expired:
      return "expired";
    case TokenError::not_yet_valid:
      return "not_yet_valid";
    case TokenError::too_long_lived:
      return "too_long_lived";
    case TokenError::sender_bound:
      return "sender_bound";
  }
  return "unknown";
}

/// Takes the claims one by one; the first that is not as it must be is the end of it.
struct ClaimsReader {
  using Outcome = std::optional<TokenError>;

  /// `sub`, `exp` and `aud`, which every token has, and what any token may have.
  static Verified read_common(json::Value claims) {
    const auto subject = read_id(claims.find("sub"));
    auto audience = read_audience(claims.find("aud"));
    const auto expires_at = read_numeric_date(claims.find("exp"), Rounding::down);
    if (!subject || !audience || !expires_at) return TokenError::bad_claims;

    VerifiedToken token{*core::Subject::parse(*subject)};
    token.audience_ = *std::move(audience);
    token.expires_at_ = *expires_at;
    token.claims_ = std::move(claims);
    const bool read = read_date(token, "iat", token.issued_at_) &&
                      read_date(token, "auth_time", token.auth_time_) &&
                      read_text(token, "jti", token.jti_) &&
                      read_text(token, "client_id", token.client_id_);
    if (!read || (token.issued_at_ && token.expires_at_ < *token.issued_at_)) {
      return TokenError::bad_claims;
    }
    return token;
  }

  /// RFC 9068 §2.2.
  static Outcome require_rfc9068(VerifiedToken& token) {
    const json::Value* scope = token.claims_.find("scope");
    if (!token.issued_at_ || token.jti_.empty() || token.client_id_.empty() ||
        (scope != nullptr && scope->as_string() == nullptr)) {
      return TokenError::bad_claims;
    }
    return std::nullopt;
  }

  static void read_scope(VerifiedToken& token) {
    if (const std::string* scope = token.claims_.string("scope")) token.scope_ = *scope;
  }

  static Outcome take_own(VerifiedToken& token) {
    const auto text = read_id(token.claims_.find("sid"));
    const auto sid = text ? Uuid::parse(*text) : std::nullopt;
    if (!sid || !sid->is_version7()) return TokenError::bad_claims;
    token.own_sid_ = sid;
    token.session_ = *text;
    token.begun_ = sid->time();
    return std::nullopt;
  }

  static Outcome take_foreign(VerifiedToken& token, const ForeignIssuer& issuer, seconds leeway) {
    token.issuer_name_ = issuer.name;
    token.shared_ids_ = issuer.shared_ids;
    if (token.issued_at_) token.begun_ = *token.issued_at_ - leeway;
    if (!issuer.sid_claim.empty() && !read_text(token, issuer.sid_claim, token.session_)) {
      return TokenError::bad_claims;
    }
    if (issuer.shared_ids) return std::nullopt;
    token.subject_ = core::Subject::of_issuer(issuer.name, token.subject_);
    for (std::string* id : {&token.jti_, &token.session_}) {
      if (!id->empty()) *id = core::foreign_id(issuer.name, *id);
    }
    return std::nullopt;
  }

 private:
  /// False when the claim is there and not what it must be.
  static bool read_date(const VerifiedToken& token, std::string_view name,
                        std::optional<UnixSeconds>& into) {
    const json::Value* claim = token.claims_.find(name);
    if (claim == nullptr) return true;
    into = read_numeric_date(claim, Rounding::down);
    return into.has_value();
  }
  static bool read_text(const VerifiedToken& token, std::string_view name, std::string& into) {
    const json::Value* claim = token.claims_.find(name);
    if (claim == nullptr) return true;
    auto text = read_id(claim);
    if (!text) return false;
    into = *std::move(text);
    return true;
  }
};

namespace {

void refuse_bad_options(const std::string& issuer, const std::vector<std::string>& audience) {
  if (issuer.empty() || audience.empty()) {
    throw std::invalid_argument("AccessTokenVerifier needs an issuer and an audience");
  }
}

core::ForeignNames names_before_ids(const std::vector<ForeignIssuer>& others) {
  std::vector<std::string> names;
  for (const ForeignIssuer& other : others) {
    if (!other.shared_ids) names.push_back(other.name);
  }
  return core::ForeignNames(std::move(names));
}

bool has_profile(Profile profile, const jose::VerifiedJws& jws) {
  if (jws.has_cty()) return false;
  const auto type = short_media_type(jws.typ());
  if (profile == Profile::rfc9068) return type == "at+jwt";
  return type == "jwt" || jws.header().find("typ") == nullptr;
}

}  // namespace

AccessTokenVerifier::AccessTokenVerifier(AccessTokenOptions options, jose::KeySet keys,
                                         std::vector<ForeignIssuer> others)
    : options_(std::move(options)),
      keys_(std::move(keys)),
      others_(std::move(others)),
      foreign_names_(names_before_ids(others_)) {
  refuse_bad_options(options_.issuer, options_.audience);
  if (options_.leeway < seconds{0} || options_.leeway > seconds{60}) {
    throw std::invalid_argument("AccessTokenVerifier takes a leeway of 0 to 60 seconds");
  }
  for (auto other = others_.begin(); other != others_.end(); ++other) {
    refuse_bad_options(other->issuer, other->audience);
    if (other->name.empty() || other->name.find('/') != std::string::npos) {
      throw std::invalid_argument("a foreign issuer needs a name without a slash");
    }
    const bool known = std::any_of(others_.begin(), other, [&](const ForeignIssuer& earlier) {
      return earlier.name == other->name || earlier.issuer == other->issuer;
    });
    if (known || other->issuer == options_.issuer) {
      throw std::invalid_argument("two issuers have one name or one iss");
    }
  }
}

const ForeignIssuer* AccessTokenVerifier::find_issuer(std::string_view name) const {
  const auto found = std::find_if(others_.begin(), others_.end(),
                                  [&](const ForeignIssuer& other) { return other.name == name; });
  return found == others_.end() ? nullptr : &*found;
}

Verified AccessTokenVerifier::verify(std::string_view token, UnixMillis now) const {
  auto verified = identify(token, now);
  if (verified && now >= expired_at(*verified)) return TokenError::expired;
  return verified;
}

Verified AccessTokenVerifier::identify(std::string_view token, UnixMillis now) const {
  auto verified = read(token);
  if (!verified) return verified;
  if (const auto refused = refuse_times(*verified, now)) return *refused;
  return verified;
}

Verified AccessTokenVerifier::read(std::string_view token) const {
  std::vector<const jose::KeySet*> owners{&keys_};
  for (const ForeignIssuer& other : others_) owners.push_back(&other.keys);
  const auto signed_by = jose::verify_jws(token, owners);
  if (!signed_by) return TokenError::not_signed_by_us;
  // From here on only what holds for the issuer whose key it is.
  const ForeignIssuer* other = signed_by->owner == 0 ? nullptr : &others_[signed_by->owner - 1];
  const Profile profile = other != nullptr ? other->profile : Profile::rfc9068;

  if (!has_profile(profile, signed_by->jws)) return TokenError::wrong_type;
  auto claims = json::parse(signed_by->jws.payload());
  if (!claims || claims->as_object() == nullptr) return TokenError::bad_claims;
  const std::string* issuer = claims->string("iss");
  if (issuer == nullptr) return TokenError::bad_claims;
  if (*issuer != (other != nullptr ? other->issuer : options_.issuer)) {
    return TokenError::wrong_issuer;
  }

  auto verified = ClaimsReader::read_common(*std::move(claims));
  if (!verified) return verified;
  if (profile == Profile::rfc9068) {
    if (const auto refused = ClaimsReader::require_rfc9068(*verified)) return *refused;
  }
  ClaimsReader::read_scope(*verified);
  const bool as_ours = other == nullptr || other->shared_ids;
  if (as_ours && foreign_names_.claim(verified->subject())) return TokenError::bad_claims;
  const auto refused = other != nullptr
                           ? ClaimsReader::take_foreign(*verified, *other, options_.leeway)
                           : ClaimsReader::take_own(*verified);
  if (refused) return *refused;

  const auto& audience = other != nullptr ? other->audience : options_.audience;
  const bool for_us = std::any_of(audience.begin(), audience.end(), [&](const std::string& ours) {
    return contains(verified->audience(), ours);
  });
  if (!for_us) return TokenError::wrong_audience;
  if (verified->claims().find("cnf") != nullptr) return TokenError::sender_bound;
  return verified;
}

/// Everything about time but expiry.
std::optional<TokenError> AccessTokenVerifier::refuse_times(const VerifiedToken& token,
                                                            UnixMillis now) const {
  if (const json::Value* claim = token.claims().find("nbf")) {
    const auto not_before = read_numeric_date(claim, Rounding::up);
    if (!not_before) return TokenError::bad_claims;
    if (now < *not_before - options_.leeway) return TokenError::not_yet_valid;
  }
  const seconds longest = longest_life_of(token);
  const auto issued_at = token.issued_at();
  if (issued_at && *issued_at > now + options_.leeway) return TokenError::not_yet_valid;
  // One that does not say when it was issued was not issued later than now.
  if (issued_at ? token.expires_at() - *issued_at > longest
                : token.expires_at() > now + options_.leeway + longest) {
    return TokenError::too_long_lived;
  }
  return std::nullopt;
}

seconds AccessTokenVerifier::longest_life_of(const VerifiedToken& token) const {
  const ForeignIssuer* other = find_issuer(token.issuer_name());
  return other != nullptr ? other->longest_life : options_.longest_life;
}

}  // namespace recant::verify
