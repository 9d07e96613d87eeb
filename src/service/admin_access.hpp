// Who may administer: finding the key that somebody shows, and granting and taking away keys. One a
// thread, on that thread only.
//
// Nobody grants what his own key lacks, and the last key with scope keys stays: otherwise a leaked
// key could make itself a stronger one, and a slip could lock everybody out.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "service/admin_key_store.hpp"
#include "service/admin_keys.hpp"
#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/failure.hpp"

namespace recant::service {

struct AdminKeyDraft {
  std::string name;
  std::uint8_t scopes = 0;
};

/// The one time that the key itself is known.
struct GrantedAdminKey {
  AdminKey key;
  SecretString text;
};

struct AdminKeyPage {
  AdminKeyList keys;  // by name
  std::string next;   // cursor of the next page, or empty
};

class AdminAccess {
 public:
  AdminAccess(const AdminKeys& keys, AdminKeyStore& store, EventSink& events, const Clock& clock,
              RandomSource& random)
      : view_(keys), store_(store), events_(events), clock_(clock), random_(random) {}

  /// Nothing when no key is that one; what is found is good until the next call. That it was used
  /// is noted, once an hour.
  const AdminKey* find(std::string_view presented);

  AdminKeyPage list(std::string_view after, int limit);
  /// invalid_request (name), forbidden, name_taken, unavailable.
  Task<Outcome<GrantedAdminKey>> add(AdminKeyDraft draft, AdminKey asker, Caller caller);
  /// not_found, last_key, forbidden, unavailable.
  Task<Outcome<void>> remove(std::string name, AdminKey asker, Caller caller);

 private:
  void note_used(const AdminKey& key, std::size_t key_count);

  AdminKeys::View view_;
  AdminKeyStore& store_;
  EventSink& events_;
  const Clock& clock_;
  RandomSource& random_;
  /// By hash, what has been noted here and may not stand in the keys yet.
  std::map<std::string, UnixMillis, std::less<>> noted_;
};

/// A new key's text ("ak_…") and its hash as AdminKey::sha256.
SecretString make_admin_key_text(RandomSource& random);
std::string admin_key_hash(std::string_view text);

}  // namespace recant::service
