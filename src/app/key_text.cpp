#include "app/key_text.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/base64url.hpp"
#include "jose/key_set.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using crypto::SigningKey;
using service::KeyEntry;
using service::KeyKind;
using service::KeyMaterial;
using service::NamedSigningKey;
using service::RefreshSecret;

bool is_hmac(Algorithm algorithm) {
  return crypto::info(algorithm).family == crypto::KeyFamily::oct;
}

std::string_view without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

SecretString text_of(const NamedSigningKey& named) {
  SecretString text = named.key.export_private();
  if (!is_hmac(named.key.algorithm())) return text;
  return SecretString(base64url_encode(text.reveal()) + "\n");
}
SecretString text_of(const RefreshSecret& secret) {
  return SecretString(base64url_encode(secret.secret) + "\n");
}

Result<SigningKey, std::string> import_key(Algorithm algorithm, const SecretString& text) {
  std::optional<SecretString> secret;
  if (is_hmac(algorithm)) {
    auto bytes = base64url_decode_text(without_newline(text.reveal()));
    if (!bytes) return std::string("it is not base64url");
    secret.emplace(*std::move(bytes));
  }
  auto key = SigningKey::import_private(algorithm, secret ? *secret : text);
  if (!key) return std::string(crypto::to_string(key.error()));
  return *std::move(key);
}

Result<void, std::string> read_signing_key(const KeyEntry& entry, const SecretString& text,
                                           KeyMaterial& material) {
  auto key = import_key(*entry.algorithm, text);
  if (!key) return key.error();
  if (jose::thumbprint(*key) != entry.id) {
    return std::string("it holds another key than its name says");
  }
  material.access.push_back({entry.id, *std::move(key)});
  return {};
}

Result<void, std::string> read_refresh_secret(const KeyEntry& entry, const SecretString& text,
                                              KeyMaterial& material) {
  const auto bytes = base64url_decode(without_newline(text.reveal()));
  const auto id = service::parse_refresh_key_id(entry.id);
  RefreshSecret secret{};
  if (!bytes || bytes->size() != secret.secret.size()) {
    return std::string("it does not hold 32 bytes as base64url");
  }
  if (!id) return std::string("its name does not end with an id of 8 bytes");
  secret.id = *id;
  std::ranges::copy(*bytes, secret.secret.begin());
  material.refresh.push_back(secret);
  return {};
}

}  // namespace

SecretString key_text(const KeyEntry& entry, const KeyMaterial& material) {
  for (const NamedSigningKey& named : material.access) {
    if (named.kid == entry.id) return text_of(named);
  }
  for (const RefreshSecret& secret : material.refresh) {
    if (base64url_encode(secret.id) == entry.id) return text_of(secret);
  }
  throw std::logic_error("a key book names a key that nobody has");
}

Result<void, std::string> read_key_text(const KeyEntry& entry, const SecretString& text,
                                        KeyMaterial& material) {
  if (entry.kind == KeyKind::access) return read_signing_key(entry, text, material);
  return read_refresh_secret(entry, text, material);
}

}  // namespace recant::app
