#include "app/foreign_issuers.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "app/private_file.hpp"
#include "app/small_file.hpp"
#include "jose/jwks.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;

std::vector<Algorithm> algorithms_of(const Config::Issuer& table) {
  std::vector<Algorithm> algorithms;
  for (const std::string& name : table.algorithms) {
    algorithms.push_back(crypto::parse_algorithm(name).value());
  }
  return algorithms;
}

/// What the keys of all issuers are, and whose each is.
class Owners {
 public:
  /// Ours are named by their thumbprints.
  explicit Owners(const jose::KeySet& own) {
    for (const jose::NamedKey& named : own.keys()) owners_.emplace(named.kid, "this server");
  }

  OrRefusal<void> take(const std::string& thumbprint, const Config::Issuer& table) {
    const std::string owner = "the issuer " + table.name;
    const auto at = owners_.emplace(thumbprint, owner).first;
    if (at->second == owner) return {};
    return Refusal{table.where + ": the key of the issuer " + table.name + " is also a key of " +
                   at->second +
                   ": give each a key of its own, or either could sign in the other's name."};
  }

 private:
  std::map<std::string, std::string> owners_;
};

OrRefusal<jose::KeySet> read_secret(const Config::Issuer& table, Owners& owners) {
  const auto algorithms = algorithms_of(table);
  if (algorithms.size() != 1) {
    return Refusal{table.where +
                   ": with secret_file, algorithms names one algorithm, since a "
                   "key is for one."};
  }
  const auto text = read_private_file(table.secret_file);
  if (!text) return text.error();
  const auto secret = crypto::as_bytes(without_final_newline(text->reveal()));
  auto key = crypto::VerificationKey::from_secret(algorithms.front(), secret);
  if (!key) {
    return Refusal{table.where + ": the secret in " + table.secret_file + " cannot be used for " +
                   table.algorithms.front() + " (" + std::string(to_string(key.error())) +
                   "): let the issuer draw a random one of at least 32 bytes."};
  }
  if (auto taken = owners.take(jose::thumbprint(secret), table); !taken) return taken.error();
  return jose::KeySet::of_any_name(*std::move(key));
}

OrRefusal<jose::KeySet> read_jwks(const Config::Issuer& table, Owners& owners) {
  const auto text = read_small_file(table.jwks_file);
  if (!text) {
    return Refusal{table.where + ": jwks_file " + table.jwks_file + " " + text.error().sentence +
                   "."};
  }
  const auto all = jose::parse_jwks(*text);
  if (!all) {
    return Refusal{table.where + ": jwks_file " + table.jwks_file +
                   " is not a JWK set to rely on: " + all.error().message() + "."};
  }
  const auto algorithms = algorithms_of(table);
  std::vector<jose::NamedKey> allowed;
  for (const jose::NamedKey& named : all->keys()) {
    const auto algorithm = named.key.algorithm();
    if (std::ranges::find(algorithms, algorithm) == algorithms.end()) continue;
    if (crypto::info(algorithm).family == crypto::KeyFamily::oct) continue;
    allowed.push_back(named);
  }
  if (allowed.empty()) {
    return Refusal{table.where + ": jwks_file " + table.jwks_file +
                   " holds no key of an algorithm that the table allows."};
  }
  for (const jose::NamedKey& named : allowed) {
    if (auto taken = owners.take(jose::thumbprint(named.key), table); !taken) return taken.error();
  }
  return jose::KeySet(std::move(allowed));
}

OrRefusal<verify::ForeignIssuer> load(const Config::Issuer& table, Owners& owners) {
  auto keys = table.secret_file.empty() ? read_jwks(table, owners) : read_secret(table, owners);
  if (!keys) return keys.error();
  return verify::ForeignIssuer{
      .name = table.name,
      .issuer = table.iss,
      .audience = table.audience,
      .keys = *std::move(keys),
      .profile = table.profile == "jwt" ? verify::Profile::jwt : verify::Profile::rfc9068,
      .sid_claim = table.sid_claim,
      .longest_life = std::chrono::duration_cast<seconds>(table.max_ttl),
      .shared_ids = table.shared_ids};
}

}  // namespace

OrRefusal<std::vector<verify::ForeignIssuer>> load_foreign_issuers(
    const std::vector<Config::Issuer>& tables, const jose::KeySet& own) {
  Owners owners(own);
  std::vector<verify::ForeignIssuer> issuers;
  for (const Config::Issuer& table : tables) {
    auto issuer = load(table, owners);
    if (!issuer) return issuer.error();
    issuers.push_back(*std::move(issuer));
  }
  return issuers;
}

milliseconds longest_foreign_life(const std::vector<Config::Issuer>& tables) {
  milliseconds longest{0};
  for (const Config::Issuer& table : tables) longest = std::max(longest, table.max_ttl);
  return longest;
}

}  // namespace recant::app
