#include "service/key_ring.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/jwks.hpp"

namespace recant::service {
namespace {

using NamedKeys = std::vector<jose::NamedKey>;

void add(NamedKeys& keys, const std::string& kid, const crypto::VerificationKey& key) {
  const bool known = std::ranges::any_of(keys, [&](const auto& named) { return named.kid == kid; });
  if (!known) keys.push_back({kid, key});
}

const KeyEntry* entry_in_use(const KeyBook& book, const std::string& id) {
  const KeyEntry* const entry = book.find(id);
  return entry == nullptr || entry->state == KeyState::retired ? nullptr : entry;
}

NamedKeys verification_keys(const KeyBook& book, const KeyMaterial& material,
                            const std::vector<OwnKey>& own) {
  NamedKeys keys;
  for (const OwnKey& key : own) add(keys, key.named.kid, key.named.key.verification_key());
  for (const NamedSigningKey& named : material.access) {
    if (entry_in_use(book, named.kid) != nullptr) {
      add(keys, named.kid, named.key.verification_key());
    }
  }
  return keys;
}

const NamedSigningKey& signer(const KeyBook& book, const KeyMaterial& material,
                              const std::vector<OwnKey>& own) {
  if (!own.empty()) return own.front().named;
  const std::string& kid = book.signing(KeyKind::access)->id;
  return *std::ranges::find_if(material.access,
                               [&](const NamedSigningKey& named) { return named.kid == kid; });
}

RefreshTokens refresh_tokens(const KeyBook& book, const KeyMaterial& material) {
  std::vector<RefreshSecret> secrets;
  for (const RefreshSecret& secret : material.refresh) {
    const KeyEntry* const entry = entry_in_use(book, base64url_encode(secret.id));
    if (entry == nullptr) continue;
    const bool first = entry->state == KeyState::signing;
    secrets.insert(first ? secrets.begin() : secrets.end(), secret);
  }
  std::vector<RefreshKeyId> retired;
  for (const KeyEntry& entry : book.keys) {
    if (entry.kind != KeyKind::refresh || entry.state != KeyState::retired) continue;
    if (const auto id = parse_refresh_key_id(entry.id)) retired.push_back(*id);
  }
  return RefreshTokens(std::move(secrets), std::move(retired));
}

/// Whoever looks for the key of an HMAC'd token is told why there is none; readers pass over
/// members that they do not know (RFC 7517 §5).
std::string published(const jose::KeySet& verification, crypto::Algorithm signing) {
  json::Value jwks = jose::publish_jwks(verification);
  if (crypto::info(signing).family != crypto::KeyFamily::oct) return json::serialize(jwks);
  json::Object told = *jwks.as_object();
  told.set("note", "Tokens are signed with a secret (" + std::string(crypto::to_string(signing)) +
                       "), which is never published: whoever verifies them needs it too.");
  return json::serialize(std::move(told));
}

KeyView view_of(const KeyBook& book, const KeyEntry& entry) {
  KeyView view{entry.kind,         entry.id,         entry.algorithm,
               entry.state,        entry.created_at, entry.signs_from,
               entry.signed_until, entry.removed_at, {}};
  const KeyEntry* const next = book.published(entry.kind);
  if (entry.state == KeyState::signing && next != nullptr) {
    view.signs_until = next->signs_from;
    view.removed_at = removal_time(book, entry, next->signs_from);
  }
  return view;
}

KeyReport report_on(const KeyBook& book, const std::vector<OwnKey>& own, milliseconds every) {
  KeyReport report;
  for (const OwnKey& key : own) {
    const bool signs = &key == &own.front();
    report.keys.push_back({KeyKind::access,
                           key.named.kid,
                           key.named.key.algorithm(),
                           signs ? KeyState::signing : KeyState::verifying,
                           {},
                           {},
                           {},
                           {},
                           key.file});
  }
  for (const KeyEntry& entry : book.keys) report.keys.push_back(view_of(book, entry));
  if (every > milliseconds{0}) {
    report.next_rotation_at =
        next_rotation(book, own.empty() ? KeyKind::access : KeyKind::refresh, every);
  }
  return report;
}

}  // namespace

jose::KeySet own_key_set(const std::vector<OwnKey>& own) {
  return jose::KeySet(verification_keys({}, {}, own));
}

KeyRing make_key_ring(const KeyBook& book, const KeyMaterial& material,
                      const std::vector<OwnKey>& own, milliseconds rotate_every) {
  const NamedSigningKey& signing = signer(book, material, own);
  jose::KeySet verification(verification_keys(book, material, own));
  std::string jwks = published(verification, signing.key.algorithm());
  return {signing, std::move(verification), refresh_tokens(book, material), std::move(jwks),
          report_on(book, own, rotate_every)};
}

KeyRing knowing_both(const KeyRing& now, const KeyRing& next) {
  KeyRing both = now;
  NamedKeys keys = now.verification.keys();
  for (const jose::NamedKey& named : next.verification.keys()) add(keys, named.kid, named.key);
  both.verification = jose::KeySet(std::move(keys));
  both.refresh = now.refresh.with_secrets_of(next.refresh);
  both.jwks = published(both.verification, now.signing.key.algorithm());
  return both;
}

bool knows_signers_of(const KeyRing& ring, const KeyRing& next) {
  return ring.verification.find(next.signing.kid) != nullptr &&
         ring.refresh.knows(next.refresh.current_key_id());
}

}  // namespace recant::service
