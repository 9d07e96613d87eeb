#include "verify/identity.hpp"

#include "verify/access_token.hpp"

namespace recant::verify {
namespace {

/// An audience has no control character in it (read_audience).
constexpr char kBetweenAudiences = '\n';

}  // namespace

Identity Identity::of(const VerifiedToken& token) {
  Identity identity;
  identity.shape_.expires_at = token.expires_at();
  identity.shape_.own = token.own_sid().has_value();
  identity.add(kSubject, token.subject().text());
  identity.add(kSession, token.session());
  identity.add(kScope, token.scope());
  identity.add(kClientId, token.client_id());
  identity.add(kIssuerName, token.issuer_name());
  for (const std::string& audience : token.audience()) {
    if (&audience != &token.audience().front()) identity.text_.push_back(kBetweenAudiences);
    identity.add(kAudience, audience);
  }
  return identity;
}

void Identity::add(Field which, std::string_view text) {
  // A token has at most 16 KiB, so an end fits.
  text_.insert(text_.end(), text.begin(), text.end());
  shape_.ends[which] = static_cast<std::uint16_t>(text_.size());
}

bool Identity::is_for(std::string_view audience) const {
  std::string_view rest = field(kAudience);
  for (;;) {
    const auto end = rest.find(kBetweenAudiences);
    if (rest.substr(0, end) == audience) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace recant::verify
