#include "app/foreign_issuers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "app/private_file.hpp"
#include "app/small_file.hpp"
#include "verify/issuer_keys.hpp"

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

OrRefusal<verify::IssuerKeys> read_secret(const Config::Issuer& table) {
  const auto algorithms = algorithms_of(table);
  if (algorithms.size() != 1) {
    return Refusal{table.where +
                   ": with secret_file, algorithms names one algorithm, since a "
                   "key is for one."};
  }
  const auto text = read_private_file(table.secret_file);
  if (!text) return text.error();
  auto keys = verify::read_issuer_secret(crypto::as_bytes(without_final_newline(text->reveal())),
                                         algorithms);
  if (keys) return *std::move(keys);
  return Refusal{table.where + ": the secret in " + table.secret_file + " " + keys.error() + "."};
}

OrRefusal<verify::IssuerKeys> read_jwks(const Config::Issuer& table) {
  const auto text = read_small_file(table.jwks_file);
  if (!text) {
    return Refusal{table.where + ": jwks_file " + table.jwks_file + " " + text.error().sentence +
                   "."};
  }
  auto keys = verify::read_issuer_jwks(*text, algorithms_of(table));
  if (keys) return *std::move(keys);
  return Refusal{table.where + ": jwks_file " + table.jwks_file + " " + keys.error() + "."};
}

OrRefusal<verify::ForeignIssuer> load(const Config::Issuer& table, verify::KeyOwners& owners) {
  auto keys = table.secret_file.empty() ? read_jwks(table) : read_secret(table);
  if (!keys) return keys.error();
  const std::string owner = "the issuer " + table.name;
  if (const auto other = owners.take(*keys, owner)) {
    return Refusal{table.where + ": the key of " + owner + " is also a key of " + *other +
                   ": give each a key of its own, or either could sign in the other's name."};
  }
  return verify::ForeignIssuer{
      .name = table.name,
      .issuer = table.iss,
      .audience = table.audience,
      .keys = std::move(keys->keys),
      .profile = table.profile == "jwt" ? verify::Profile::jwt : verify::Profile::rfc9068,
      .sid_claim = table.sid_claim,
      .longest_life = std::chrono::duration_cast<seconds>(table.max_ttl),
      .shared_ids = table.shared_ids};
}

}  // namespace

OrRefusal<std::vector<verify::ForeignIssuer>> load_foreign_issuers(
    const std::vector<Config::Issuer>& tables, const jose::KeySet& own) {
  verify::KeyOwners owners;
  // Ours are named by their thumbprints.
  for (const jose::NamedKey& named : own.keys()) owners.take(named.kid, "this server");
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
