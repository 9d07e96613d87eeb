#include "jose/jwks.hpp"

#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "jose/members.hpp"

namespace recant::jose {
namespace {

using crypto::Algorithm;
using crypto::KeyFamily;

constexpr std::size_t kMaxTextBytes = 256 * 1024;
constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxKidBytes = 128;
constexpr json::Limits kLimits{.string_bytes = 16 * 1024};  // `x5c` is long

// RFC 7518 §6.2.2, §6.3.2 and RFC 8037 §2. `k` is a secret's only member.
constexpr std::array<std::string_view, 7> kPrivateMembers{"d", "p", "q", "dp", "dq", "qi", "oth"};

/// What one entry of "keys" comes to: a key, nothing (passed over), or a fault of the set.
using Entry = Result<std::optional<NamedKey>, JwksError>;

JwksError fault(JwksFault why) { return {why}; }

std::optional<KeyFamily> read_family(std::string_view kty) {
  for (const KeyFamily family : {KeyFamily::ec, KeyFamily::okp, KeyFamily::rsa, KeyFamily::oct}) {
    if (kty == to_string(family)) return family;
  }
  return std::nullopt;
}

/// RFC 7517 §4.2 and §4.3. False: a key for something other than signatures.
Result<bool, JwksError> is_for_verifying(const json::Value& jwk) {
  const json::Value* use = jwk.find("use");
  if (use && !use->as_string()) return fault(JwksFault::malformed_key);
  const bool use_fits = !use || *use->as_string() == "sig";
  const json::Value* operations = jwk.find("key_ops");
  if (!operations) return use_fits;

  if (!operations->as_array()) return fault(JwksFault::malformed_key);
  std::vector<std::string> names;
  for (const json::Value& operation : *operations->as_array()) {
    if (!operation.as_string()) return fault(JwksFault::malformed_key);
    names.push_back(*operation.as_string());
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
    return fault(JwksFault::inconsistent_use);
  }
  const bool verifies = std::find(names.begin(), names.end(), "verify") != names.end();
  const bool only_signatures = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "verify" || name == "sign";
  });
  if (use && use_fits != only_signatures) return fault(JwksFault::inconsistent_use);
  return use_fits && verifies;
}

/// The algorithm that the key is for; nothing when it is one that we do not know.
Result<std::optional<Algorithm>, JwksError> read_algorithm(const json::Value& jwk,
                                                           KeyFamily family) {
  const json::Value* alg = jwk.find("alg");
  const json::Value* crv = jwk.find("crv");
  if ((alg && !alg->as_string()) || (crv && !crv->as_string())) {
    return fault(JwksFault::malformed_key);
  }
  const bool on_curve = family == KeyFamily::ec || family == KeyFamily::okp;
  if (on_curve && !crv) return fault(JwksFault::malformed_key);
  if (alg) {
    // "ES521" is a misspelling of ES512 that is about, in Wycheproof's RFC 7520 vectors too.
    const bool misspelled = *alg->as_string() == "ES521" && family == KeyFamily::ec;
    const auto algorithm =
        misspelled ? Algorithm::es512 : crypto::parse_algorithm(*alg->as_string());
    if (!algorithm) return std::optional<Algorithm>();
    const auto& info = crypto::info(*algorithm);
    if (info.family != family || (on_curve && info.curve != *crv->as_string())) {
      return JwksError{JwksFault::unusable_key, 0, crypto::KeyError::wrong_algorithm};
    }
    return algorithm;
  }
  if (family == KeyFamily::oct) return fault(JwksFault::missing_algorithm);
  if (family == KeyFamily::rsa) return std::optional(Algorithm::rs256);
  for (const Algorithm candidate :
       {Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa}) {
    const auto& info = crypto::info(candidate);
    if (info.family == family && info.curve == *crv->as_string()) return std::optional(candidate);
  }
  return std::optional<Algorithm>();
}

/// Base64urlUInt and the like; nothing when absent, no string, or not canonical.
std::optional<crypto::ByteVector> read_bytes(const json::Value& jwk, std::string_view name) {
  const std::string* text = jwk.string(name);
  return text ? base64url_decode(*text) : std::nullopt;
}

Result<crypto::VerificationKey, JwksError> read_key(const json::Value& jwk, Algorithm algorithm) {
  const auto made = [&]() -> std::optional<Result<crypto::VerificationKey, crypto::KeyError>> {
    using crypto::VerificationKey;
    const auto x = read_bytes(jwk, "x");
    const auto y = read_bytes(jwk, "y");
    const auto n = read_bytes(jwk, "n");
    const auto e = read_bytes(jwk, "e");
    const auto k = read_bytes(jwk, "k");
    switch (crypto::info(algorithm).family) {
      case KeyFamily::ec:
        if (!x || !y) return std::nullopt;
        return VerificationKey::from_public(algorithm, crypto::EcPublic{*x, *y});
      case KeyFamily::okp:
        if (!x) return std::nullopt;
        return VerificationKey::from_public(algorithm, crypto::OkpPublic{*x});
      case KeyFamily::rsa:
        if (!n || !e) return std::nullopt;
        return VerificationKey::from_public(algorithm, crypto::RsaPublic{*n, *e});
      case KeyFamily::oct:
        if (!k) return std::nullopt;
        return VerificationKey::from_secret(algorithm, *k);
    }
    return std::nullopt;
  }();
  if (!made) return fault(JwksFault::malformed_key);
  if (!*made) return JwksError{JwksFault::unusable_key, 0, made->error()};
  return **made;
}

Entry read_entry(const json::Value& jwk) {
  const auto family = read_family(*jwk.string("kty"));
  if (!family) return std::optional<NamedKey>();
  for (const std::string_view name : kPrivateMembers) {
    if (jwk.find(name)) return fault(JwksFault::private_key);
  }
  const json::Value* kid = jwk.find("kid");
  if (kid && (!kid->as_string() || kid->as_string()->size() > kMaxKidBytes)) {
    return fault(JwksFault::malformed_key);
  }
  const auto for_us = is_for_verifying(jwk);
  if (!for_us) return for_us.error();
  if (!*for_us) return std::optional<NamedKey>();
  const auto algorithm = read_algorithm(jwk, *family);
  if (!algorithm) return algorithm.error();
  if (!*algorithm) return std::optional<NamedKey>();
  auto key = read_key(jwk, **algorithm);
  if (!key) return key.error();
  return std::optional(NamedKey{kid ? *kid->as_string() : std::string(), *std::move(key)});
}

bool is_secret(const NamedKey& named) {
  return crypto::info(named.key.algorithm()).family == KeyFamily::oct;
}

/// What can only be said of all keys together, those that are passed over included.
std::optional<JwksError> find_fault(const json::Array& keys) {
  if (keys.size() > kMaxKeys) return fault(JwksFault::too_many_keys);
  bool secrets = false;
  bool others = false;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    const json::Value& jwk = keys[index];
    const std::string* kty = jwk.string("kty");
    if (kty == nullptr) return JwksError{JwksFault::malformed_key, index};
    (*kty == to_string(KeyFamily::oct) ? secrets : others) = true;
    const std::string* kid = jwk.string("kid");
    const auto before = keys.begin() + static_cast<std::ptrdiff_t>(index);
    if (kid && std::any_of(keys.begin(), before, [&](const json::Value& other) {
          const std::string* name = other.string("kid");
          return name && *name == *kid;
        })) {
      return JwksError{JwksFault::duplicate_kid, index};
    }
  }
  if (secrets && others) return fault(JwksFault::secrets_among_public);
  return std::nullopt;
}

std::string_view describe(JwksFault why) {
  switch (why) {
    case JwksFault::not_json:
      return "it is not JSON within the limits";
    case JwksFault::not_a_set:
      return "it is not an object with an array \"keys\"";
    case JwksFault::too_many_keys:
      return "it has more than 64 keys";
    case JwksFault::malformed_key:
      return "a member is missing or malformed";
    case JwksFault::inconsistent_use:
      return "\"use\" and \"key_ops\" contradict each other";
    case JwksFault::private_key:
      return "it has private members";
    case JwksFault::unusable_key:
      return "it cannot be used";
    case JwksFault::missing_algorithm:
      return "a secret needs an \"alg\"";
    case JwksFault::duplicate_kid:
      return "its kid is another key's too";
    case JwksFault::secrets_among_public:
      return "secrets stand beside public keys";
  }
  return "";
}

}  // namespace

std::string JwksError::message() const {
  const bool whole = fault == JwksFault::not_json || fault == JwksFault::not_a_set ||
                     fault == JwksFault::too_many_keys || fault == JwksFault::secrets_among_public;
  const std::string_view what = key_error ? to_string(*key_error) : describe(fault);
  return (whole ? "" : "key " + std::to_string(index + 1) + ": ") + std::string(what);
}

Result<KeySet, JwksError> parse_jwks(std::string_view text) {
  if (text.size() > kMaxTextBytes) return fault(JwksFault::not_json);
  const auto document = json::parse(text, kLimits);
  if (!document) return fault(JwksFault::not_json);
  const json::Value* keys = document->find("keys");
  if (!keys || !keys->as_array()) return fault(JwksFault::not_a_set);
  if (const auto refused = find_fault(*keys->as_array())) return *refused;

  std::vector<NamedKey> named;
  for (std::size_t index = 0; index < keys->as_array()->size(); ++index) {
    auto entry = read_entry((*keys->as_array())[index]);
    if (!entry) {
      JwksError error = entry.error();
      error.index = index;
      return error;
    }
    if (*entry) named.push_back(**std::move(entry));
  }
  return KeySet(std::move(named));
}

json::Value publish_jwks(const KeySet& keys) {
  json::Array published;
  for (const NamedKey& named : keys.keys()) {
    if (is_secret(named)) continue;
    json::Object jwk = required_members(named.key);
    if (!named.kid.empty()) jwk.set("kid", named.kid);
    jwk.set("alg", to_string(named.key.algorithm())).set("use", "sig");
    published.emplace_back(std::move(jwk));
  }
  return json::Object{{"keys", std::move(published)}};
}

}  // namespace recant::jose
