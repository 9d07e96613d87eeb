#include "verify/issuer_keys.hpp"

#include <algorithm>
#include <utility>

#include "jose/jwks.hpp"

namespace recant::verify {

Result<IssuerKeys, std::string> read_issuer_jwks(std::string_view text,
                                                 std::span<const crypto::Algorithm> allowed) {
  const auto all = jose::parse_jwks(text);
  if (!all) return "is not a JWK set to rely on: " + all.error().message();
  IssuerKeys read;
  std::vector<jose::NamedKey> taken;
  for (const jose::NamedKey& named : all->keys()) {
    const auto algorithm = named.key.algorithm();
    if (std::ranges::find(allowed, algorithm) == allowed.end()) continue;
    if (crypto::info(algorithm).family == crypto::KeyFamily::oct) continue;
    taken.push_back(named);
    read.thumbprints.push_back(jose::thumbprint(named.key));
  }
  if (taken.empty()) return std::string("holds no key of an algorithm that is allowed");
  read.keys = jose::KeySet(std::move(taken));
  return read;
}

Result<IssuerKeys, std::string> read_issuer_secret(crypto::Bytes secret,
                                                   std::span<const crypto::Algorithm> allowed) {
  if (allowed.size() != 1) {
    return std::string("is a secret, which is for one algorithm: name that one in algorithms");
  }
  auto key = crypto::VerificationKey::from_secret(allowed.front(), secret);
  if (!key) {
    return "cannot be used for " + std::string(to_string(allowed.front())) + " (" +
           std::string(to_string(key.error())) +
           "): let the issuer draw a random one of at least 32 bytes";
  }
  return IssuerKeys{jose::KeySet::of_any_name(*std::move(key)), {jose::thumbprint(secret)}};
}

std::optional<std::string> KeyOwners::take(const std::string& thumbprint,
                                           const std::string& owner) {
  const std::string& has = owners_.emplace(thumbprint, owner).first->second;
  return has == owner ? std::nullopt : std::optional(has);
}

std::optional<std::string> KeyOwners::take(const IssuerKeys& keys, const std::string& owner) {
  for (const std::string& thumbprint : keys.thumbprints) {
    if (auto other = take(thumbprint, owner)) return other;
  }
  return std::nullopt;
}

}  // namespace recant::verify
