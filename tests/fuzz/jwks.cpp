// A set that is taken can be published, and what was published says the same again.
#include "jose/jwks.hpp"

#include "targets.hpp"

namespace recant::fuzz {

bool jwks(std::string_view bytes) {
  const auto set = jose::parse_jwks(bytes);
  if (!set) {
    require(!set.error().message().empty(), "a refusal says nothing");
    return false;
  }
  const auto again = jose::parse_jwks(json::serialize(jose::publish_jwks(*set)));
  require(again.has_value(), "a published set is refused");
  std::size_t at = 0;
  bool secrets = false;
  for (const jose::NamedKey& named : set->keys()) {
    if (!named.kid.empty()) require(set->find(named.kid) == &named.key, "a kid finds another key");
    secrets = crypto::info(named.key.algorithm()).family == crypto::KeyFamily::oct;
    if (secrets) continue;
    require(at < again->keys().size(), "a public key was not published");
    const jose::NamedKey& twin = again->keys()[at++];
    require(twin.kid == named.kid && twin.key.algorithm() == named.key.algorithm() &&
                jose::thumbprint(twin.key) == jose::thumbprint(named.key),
            "a published key is another key");
  }
  require(at == again->keys().size(), "something else than public keys was published");
  return !set->keys().empty();
}

}  // namespace recant::fuzz
