#include "service/admin_access.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace recant::service {
namespace {

constexpr std::chrono::hours kBetweenNotes{1};

Failure from(AdminKeyError error) {
  switch (error) {
    case AdminKeyError::taken:
      return {FailureCode::name_taken, "There is an admin key of this name. Choose another."};
    case AdminKeyError::not_found:
      return {FailureCode::not_found, "There is no admin key of this name."};
    case AdminKeyError::last:
      return {
          FailureCode::last_key,
          "This is the last admin key with scope keys; without one nobody could manage keys any "
          "more. Add another first."};
    case AdminKeyError::not_allowed:
      return {FailureCode::forbidden,
              "The admin key that asks is gone, or lacks a scope that it would grant."};
    case AdminKeyError::unavailable:
      break;
  }
  return unavailable();
}

}  // namespace

SecretString make_admin_key_text(RandomSource& random) {
  return SecretString("ak_" + base64url_encode(random.bytes<32>()));
}

std::string admin_key_hash(std::string_view text) { return base64url_encode(crypto::sha256(text)); }

const AdminKey* AdminAccess::find(std::string_view presented) {
  // What is compared is a hash of what was presented, so the time of the comparison tells nothing
  // about a key.
  const std::string hash = admin_key_hash(presented);
  const AdminKeyList& keys = view_.current();
  const auto found = std::ranges::find(keys, hash, &AdminKey::sha256);
  if (found == keys.end()) return nullptr;
  note_used(*found, keys.size());
  return &*found;
}

void AdminAccess::note_used(const AdminKey& key, std::size_t key_count) {
  const UnixMillis now = clock_.wall();
  const auto noted = noted_.find(key.sha256);
  const UnixMillis last = std::max(key.last_used_at.value_or(UnixMillis{}),
                                   noted == noted_.end() ? UnixMillis{} : noted->second);
  if (now - last < kBetweenNotes) return;
  constexpr std::size_t kFormerKeys = 64;
  if (noted_.size() > key_count + kFormerKeys) noted_.clear();
  noted_.insert_or_assign(key.sha256, now);
  store_.note_used(key.name, now);
}

AdminKeyPage AdminAccess::list(std::string_view after, int limit) {
  AdminKeyPage page;
  const AdminKeyList& keys = view_.current();
  auto at = after.empty() ? keys.begin()
                          : std::ranges::upper_bound(keys, after, {}, [](const AdminKey& key) {
                              return std::string_view(key.name);
                            });
  for (; at != keys.end() && page.keys.size() < static_cast<std::size_t>(limit); ++at) {
    page.keys.push_back(*at);
  }
  if (at != keys.end()) page.next = page.keys.back().name;
  return page;
}

Task<Outcome<GrantedAdminKey>> AdminAccess::add(AdminKeyDraft draft, AdminKey asker,
                                                Caller caller) {
  if (!is_admin_key_name(draft.name)) {
    co_return Failure{FailureCode::invalid_request,
                      "name: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or a digit."};
  }
  const std::uint8_t beyond = draft.scopes & static_cast<std::uint8_t>(~asker.scopes);
  if (beyond != 0) {
    co_return Failure{FailureCode::forbidden,
                      "Nobody grants what his own key lacks: " + admin_scope_text(beyond) + "."};
  }
  auto text = make_admin_key_text(random_);
  AdminKey key{draft.name, admin_key_hash(text.reveal()), draft.scopes, clock_.wall()};
  const auto added = co_await store_.add(key, asker.sha256);
  if (!added) co_return from(added.error());
  const std::string detail = key.name + ": " + admin_scope_text(key.scopes);
  const EventFields fields{.detail = detail};
  events_.record(Event::admin_key_added, caller, fields);
  co_return GrantedAdminKey{std::move(key), std::move(text)};
}

Task<Outcome<void>> AdminAccess::remove(std::string name, AdminKey asker, Caller caller) {
  const auto removed = co_await store_.remove(name, asker.sha256);
  if (!removed) co_return from(removed.error());
  const EventFields fields{.detail = name};
  events_.record(Event::admin_key_removed, caller, fields);
  co_return Outcome<void>{};
}

}  // namespace recant::service
