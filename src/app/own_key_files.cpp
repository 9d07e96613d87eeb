#include "app/own_key_files.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "app/private_file.hpp"
#include "jose/key_set.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using crypto::KeyError;
using crypto::KeyFamily;
using crypto::SigningKey;

constexpr std::string_view kBegin = "-----BEGIN ";

Refusal refuse(const std::string& file, const std::string& why) {
  return {"The file " + file + " of keys.files is not usable: " + why};
}

/// What a PEM is that is not the one PKCS#8 key that it should be, and what to do about it.
std::optional<std::string> why_not_pkcs8(std::string_view text, const std::string& file) {
  const auto holds = [&](std::string_view label) {
    return text.find(std::string(kBegin) + std::string(label)) != std::string_view::npos;
  };
  if (text.find("ENCRYPTED") != std::string_view::npos) {
    return "it is encrypted, and nobody is there to type a passphrase. Decrypt it: openssl pkey "
           "-in " +
           file + " -out decrypted.pem";
  }
  if (holds("PRIVATE KEY-----")) return std::nullopt;
  if (holds("RSA PRIVATE KEY") || holds("EC PRIVATE KEY")) {
    return "it is in the older form of RSA and EC keys. Convert it to PKCS#8: openssl pkey -in " +
           file + " -out pkcs8.pem";
  }
  if (holds("PUBLIC KEY") || holds("RSA PUBLIC KEY")) {
    return "it is a public key, and signing takes the private one.";
  }
  if (holds("CERTIFICATE")) return "it is a certificate, and signing takes its private key.";
  if (holds("OPENSSH PRIVATE KEY")) {
    return "it is a key of OpenSSH. Make one with: openssl genpkey";
  }
  return "it is not PEM (-----BEGIN PRIVATE KEY-----).";
}

bool is_rsa(Algorithm algorithm) { return crypto::info(algorithm).family == KeyFamily::rsa; }
bool is_secret(Algorithm algorithm) { return crypto::info(algorithm).family == KeyFamily::oct; }

/// "an EC key on the curve P-256", as `algorithm` takes it.
std::string needed(Algorithm algorithm) {
  const auto& info = crypto::info(algorithm);
  const std::string name(info.name);
  switch (info.family) {
    case KeyFamily::ec:
      return name + " takes an EC key on the curve " + std::string(info.curve);
    case KeyFamily::okp:
      return name + " takes an Ed25519 key";
    case KeyFamily::rsa:
      return name + " takes an RSA key of 2048 to 8192 bits";
    case KeyFamily::oct:
      break;
  }
  return name + " takes a secret of at least " + std::to_string(bytes(info.hash)) + " random bytes";
}

Result<SigningKey, std::string> read_secret(SecretString text, Algorithm algorithm) {
  const std::string_view bytes = without_final_newline(text.reveal());
  if (bytes.find(kBegin) != std::string_view::npos) {
    return "it is a PEM file, and " + needed(algorithm) + ".";
  }
  auto key = SigningKey::import_private(algorithm, SecretString(std::string(bytes)));
  if (key) return *std::move(key);
  return std::string(to_string(key.error())) + "; " + needed(algorithm) +
         ". Make one with: openssl rand -base64 64";
}

/// As `algorithm`, or as whatever else such a key is for.
Result<SigningKey, std::string> read_pem(const SecretString& text, Algorithm algorithm, bool first,
                                         const std::string& file) {
  if (const auto why = why_not_pkcs8(text.reveal(), file)) return *why;
  KeyError error = KeyError::wrong_algorithm;
  for (const Algorithm candidate :
       {algorithm, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa}) {
    if (is_secret(candidate)) continue;  // a PEM is none, though its bytes could be (J13)
    auto key = SigningKey::import_private(candidate, text);
    if (key && (!first || candidate == algorithm)) return *std::move(key);
    if (key) {
      return "it is a key for " + std::string(to_string(candidate)) +
             ", and token.algorithm = " + needed(algorithm) + ".";
    }
    if (key.error() == KeyError::wrong_algorithm) continue;
    error = key.error();
    break;
  }
  if (error != KeyError::wrong_algorithm) {
    return std::string(to_string(error)) + "; " + needed(algorithm) + ".";
  }
  if (!is_rsa(algorithm) && SigningKey::import_private(Algorithm::rs256, text)) {
    return first ? "it is an RSA key, and token.algorithm = " + needed(algorithm) + "."
                 : std::string(
                       "it is an RSA key, and nothing tells which of the RSA algorithms it "
                       "is for while token.algorithm is none of them.");
  }
  return "it is a key of another kind; token.algorithm = " + needed(algorithm) + ".";
}

}  // namespace

OrRefusal<std::vector<service::OwnKey>> read_own_keys(const std::vector<std::string>& files,
                                                      Algorithm algorithm) {
  std::vector<service::OwnKey> keys;
  for (const std::string& file : files) {
    auto text = read_private_file(file, Readers::group_too);
    if (!text) return text.error();
    const bool pem = text->reveal().find(kBegin) != std::string_view::npos;
    const bool secret = is_secret(algorithm) && (keys.empty() || !pem);
    auto key = secret ? read_secret(*std::move(text), algorithm)
                      : read_pem(*text, algorithm, keys.empty(), file);
    if (!key) return refuse(file, key.error());
    std::string kid = jose::thumbprint(*key);
    for (const service::OwnKey& other : keys) {
      if (other.named.kid == kid)
        return refuse(file, "it holds the same key as " + other.file + ".");
    }
    keys.push_back({{std::move(kid), *std::move(key)}, file});
  }
  return keys;
}

}  // namespace recant::app
