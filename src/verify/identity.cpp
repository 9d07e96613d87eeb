#include "verify/identity.hpp"

#include <algorithm>

#include "verify/access_token.hpp"

namespace recant::verify {
namespace {

/// An audience has no control character in it (read_audience).
constexpr char kBetweenAudiences = '\n';

}  // namespace

Identity Identity::of(const VerifiedToken& token) {
  Shape shape{.expires_at = token.expires_at(),
              .begun = token.begun(),
              .issued_at = token.issued_at(),
              .ends = {},
              .own = token.own_sid().has_value(),
              .shared_ids = token.has_shared_ids()};
  std::string text;
  const auto add = [&](Field which, std::string_view field) {
    text += field;
    // A token has at most 16 KiB, so an end fits.
    shape.ends[which] = static_cast<std::uint16_t>(text.size());
    text += '\0';
  };
  const auto add_audience = [&] {
    std::string all;
    for (const std::string& audience : token.audience()) {
      if (!all.empty()) all += kBetweenAudiences;
      all += audience;
    }
    add(kAudience, all);
  };
  add(kSubject, token.subject().text());
  add(kSession, token.session());
  add(kScope, token.scope());
  add(kClientId, token.client_id());
  add(kIssuerName, token.issuer_name());
  add_audience();
  add(kJti, token.jti());
  return {shape, text.size(), [&](std::span<char> into) { std::ranges::copy(text, into.begin()); }};
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
