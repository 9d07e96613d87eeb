#include "verify/own_token.hpp"

namespace recant::verify {

std::optional<OwnToken> OwnToken::from(const Identity& identity) {
  if (!identity.is_own()) return std::nullopt;
  auto subject = core::Subject::parse(identity.subject());
  const auto sid = Uuid::parse(identity.session());
  if (!subject || !sid) return std::nullopt;
  return OwnToken(*std::move(subject), *sid, identity);
}

}  // namespace recant::verify
