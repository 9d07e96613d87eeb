// Which keys there are and what each is for, without the keys themselves; and the rules of their
// rotation. Pure: no clock, no I/O, plain data.
//
// A key is `published` before it is used, so that whoever verifies tokens knows it before the first
// token that carries it. Then it is `signing`, then `verifying` until the last token that was made
// with it has ended, and then it goes. This holds for the keys of access tokens and for the secrets
// of refresh tokens alike; each kind has its own succession. A key that must not be believed any
// more is `retired`: nothing is made or verified with it from that moment on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "crypto/algorithm.hpp"

namespace recant::service {

enum class KeyKind { access, refresh };
enum class KeyState { published, signing, verifying, retired };

std::string_view name_of(KeyKind kind);
std::string_view name_of(KeyState state);
std::optional<KeyKind> parse_key_kind(std::string_view name);
std::optional<KeyState> parse_key_state(std::string_view name);

constexpr KeyKind kKeyKinds[] = {KeyKind::access, KeyKind::refresh};

/// Leeway and clock disagreement of any verifier, as in Redis.
constexpr std::chrono::minutes kKeyMargin{5};
/// For so long a new key is published before it is used, unless an order says otherwise. Readers
/// may keep the published set for half of it.
constexpr seconds kPublishAhead = std::chrono::minutes{10};
constexpr seconds kJwksMaxAge = kPublishAhead / 2;
/// A set of more than 64 keys is refused by readers, ours among them.
constexpr std::size_t kMostAccessKeys = 32;
constexpr std::size_t kMostRefreshSecrets = 512;

struct KeyEntry {
  KeyKind kind;
  std::string id;                              // kid, or the id of a refresh secret
  std::optional<crypto::Algorithm> algorithm;  // of an access key
  UnixMillis created_at;
  KeyState state;
  UnixMillis signs_from;
  /// The longest life that was ever given, while this key signed, to what keeps it needed: an
  /// access token, or a session.
  seconds longest_life{};
  std::optional<UnixMillis> signed_until;  // of a verifying or retired one
  std::optional<UnixMillis> removed_at;    // likewise; a retired one is remembered until then
  bool operator==(const KeyEntry&) const = default;
};

struct KeyBook {
  std::vector<KeyEntry> keys;

  KeyEntry* find(std::string_view id);
  const KeyEntry* find(std::string_view id) const;
  /// The one of that kind and state; nullptr when there is none.
  const KeyEntry* signing(KeyKind kind) const;
  const KeyEntry* published(KeyKind kind) const;
  /// Those that something is made or verified with.
  std::size_t count(KeyKind kind) const;
  bool operator==(const KeyBook&) const = default;
};

/// How long what is made with a key of that kind may need it.
struct KeyLives {
  seconds access_token;
  seconds session;
  seconds of(KeyKind kind) const { return kind == KeyKind::access ? access_token : session; }
};

/// What happened to a key, for the log.
struct KeyChange {
  enum class What { published, signing, retired, removed } what;
  KeyEntry entry;  // as it now is, or was at last
};
std::string_view name_of(KeyChange::What what);

/// Does whatever is due: lets the published key sign whose time has come (at once, when nothing
/// else of its kind signs), and removes what is not needed any more. Of `unready`, by their ids,
/// none begins to sign while another does.
std::vector<KeyChange> advance(KeyBook& book, UnixMillis now,
                               const std::vector<std::string>& unready = {});

/// What somebody else did to the keys between two books.
std::vector<KeyChange> changes_between(const KeyBook& before, const KeyBook& after);

/// From now on nothing is made with the key, and what was made with it stays good until it ends.
/// No key goes before the one that it succeeded: what that one made is made again with its
/// successor, when a client repeats a refresh.
void supersede(KeyBook& book, KeyEntry& entry, UnixMillis now);
/// Those that were superseded at `planned` made tokens until `ended`, when the last thread let go.
void note_end(KeyBook& book, UnixMillis planned, UnixMillis ended);
/// From now on nothing that was made with the key is good. Forgotten when nothing could be left.
void retire(KeyBook& book, KeyEntry& entry, UnixMillis now);

/// Lives may be given from now on that are as long as `lives`.
void allow_for(KeyBook& book, const KeyLives& lives);

/// When the next key of this kind is to be used by a schedule of one each `every`; nothing while
/// one is published already, or none signs.
std::optional<UnixMillis> next_rotation(const KeyBook& book, KeyKind kind, milliseconds every);

/// When a key that signs until `until` may go, as far as can be told beforehand.
UnixMillis removal_time(const KeyBook& book, const KeyEntry& entry, UnixMillis until);

}  // namespace recant::service
