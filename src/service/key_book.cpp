#include "service/key_book.hpp"

#include <algorithm>

namespace recant::service {
namespace {

template <class Enum, std::size_t N>
struct Names {
  std::string_view of[N];
  std::optional<Enum> parse(std::string_view name) const {
    const auto found = std::find(std::begin(of), std::end(of), name);
    if (found == std::end(of)) return std::nullopt;
    return static_cast<Enum>(found - std::begin(of));
  }
};

constexpr Names<KeyKind, 2> kKinds{{"access", "refresh"}};
constexpr Names<KeyState, 4> kStates{{"published", "signing", "verifying", "retired"}};
constexpr std::string_view kChanges[] = {"published", "signing", "retired", "removed"};

const KeyEntry* find_state(const KeyBook& book, KeyKind kind, KeyState state) {
  const auto found = std::ranges::find_if(
      book.keys, [&](const KeyEntry& entry) { return entry.kind == kind && entry.state == state; });
  return found == book.keys.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

/// The change that leads to this state; nothing for a key that only verifies from now on.
std::optional<KeyChange::What> change_to(KeyState state) {
  switch (state) {
    case KeyState::published:
      return KeyChange::What::published;
    case KeyState::signing:
      return KeyChange::What::signing;
    case KeyState::retired:
      return KeyChange::What::retired;
    case KeyState::verifying:
      break;
  }
  return std::nullopt;
}

/// The latest of those whose time has come; the earliest at all when nothing signs.
KeyEntry* due(KeyBook& book, KeyKind kind, UnixMillis now,
              const std::vector<std::string>& unready) {
  KeyEntry* latest = nullptr;
  KeyEntry* earliest = nullptr;
  for (KeyEntry& entry : book.keys) {
    if (entry.kind != kind || entry.state != KeyState::published) continue;
    if (earliest == nullptr || entry.signs_from < earliest->signs_from) earliest = &entry;
    if (entry.signs_from > now || contains(unready, entry.id)) continue;
    if (latest == nullptr || entry.signs_from >= latest->signs_from) latest = &entry;
  }
  return latest == nullptr && book.signing(kind) == nullptr ? earliest : latest;
}

}  // namespace

std::string_view name_of(KeyKind kind) { return kKinds.of[static_cast<int>(kind)]; }
std::string_view name_of(KeyState state) { return kStates.of[static_cast<int>(state)]; }
std::string_view name_of(KeyChange::What what) { return kChanges[static_cast<int>(what)]; }
std::optional<KeyKind> parse_key_kind(std::string_view name) { return kKinds.parse(name); }
std::optional<KeyState> parse_key_state(std::string_view name) { return kStates.parse(name); }

KeyEntry* KeyBook::find(std::string_view id) {
  const auto found =
      std::ranges::find_if(keys, [&](const KeyEntry& entry) { return entry.id == id; });
  return found == keys.end() ? nullptr : &*found;
}
const KeyEntry* KeyBook::find(std::string_view id) const {
  return const_cast<KeyBook*>(this)->find(id);
}

const KeyEntry* KeyBook::signing(KeyKind kind) const {
  return find_state(*this, kind, KeyState::signing);
}
const KeyEntry* KeyBook::published(KeyKind kind) const {
  return find_state(*this, kind, KeyState::published);
}

std::size_t KeyBook::count(KeyKind kind) const {
  return static_cast<std::size_t>(std::ranges::count_if(keys, [&](const KeyEntry& entry) {
    return entry.kind == kind && entry.state != KeyState::retired;
  }));
}

UnixMillis removal_time(const KeyBook& book, const KeyEntry& entry, UnixMillis until) {
  UnixMillis at = until + entry.longest_life + kKeyMargin;
  for (const KeyEntry& other : book.keys) {
    if (other.kind == entry.kind && other.removed_at) at = std::max(at, *other.removed_at);
  }
  return at;
}

void supersede(KeyBook& book, KeyEntry& entry, UnixMillis now) {
  entry.removed_at = removal_time(book, entry, now);
  entry.signed_until = now;
  entry.state = KeyState::verifying;
}

void note_end(KeyBook& book, UnixMillis planned, UnixMillis ended) {
  for (KeyEntry& entry : book.keys) {
    if (entry.state != KeyState::verifying || entry.signed_until != planned) continue;
    entry.signed_until = std::max(planned, ended);
    *entry.removed_at += *entry.signed_until - planned;
  }
}

void retire(KeyBook& book, KeyEntry& entry, UnixMillis now) {
  if (!entry.removed_at) entry.removed_at = removal_time(book, entry, now);
  entry.signed_until = std::min(entry.signed_until.value_or(now), now);
  entry.state = KeyState::retired;
}

std::vector<KeyChange> advance(KeyBook& book, UnixMillis now,
                               const std::vector<std::string>& unready) {
  std::vector<KeyChange> changes;
  for (const KeyKind kind : kKeyKinds) {
    KeyEntry* const next = due(book, kind, now, unready);
    if (next == nullptr) continue;
    for (KeyEntry& entry : book.keys) {
      const bool earlier = entry.state == KeyState::signing ||
                           (entry.state == KeyState::published && entry.signs_from <= now &&
                            !contains(unready, entry.id));
      if (entry.kind == kind && &entry != next && earlier) supersede(book, entry, now);
    }
    next->state = KeyState::signing;
    next->signs_from = std::min(next->signs_from, now);
    changes.push_back({KeyChange::What::signing, *next});
  }
  std::erase_if(book.keys, [&](const KeyEntry& entry) {
    if (!entry.removed_at || *entry.removed_at > now) return false;
    if (entry.state != KeyState::retired) changes.push_back({KeyChange::What::removed, entry});
    return true;
  });
  return changes;
}

std::vector<KeyChange> changes_between(const KeyBook& before, const KeyBook& after) {
  std::vector<KeyChange> changes;
  for (const KeyEntry& entry : after.keys) {
    const KeyEntry* const former = before.find(entry.id);
    const auto what = change_to(entry.state);
    if (what && (former == nullptr || former->state != entry.state))
      changes.push_back({*what, entry});
  }
  for (const KeyEntry& entry : before.keys) {
    if (after.find(entry.id) != nullptr || entry.state == KeyState::retired) continue;
    changes.push_back({KeyChange::What::removed, entry});
  }
  return changes;
}

void allow_for(KeyBook& book, const KeyLives& lives) {
  for (KeyEntry& entry : book.keys) {
    if (entry.state != KeyState::signing && entry.state != KeyState::published) continue;
    entry.longest_life = std::max(entry.longest_life, lives.of(entry.kind));
  }
}

std::optional<UnixMillis> next_rotation(const KeyBook& book, KeyKind kind, milliseconds every) {
  const KeyEntry* const current = book.signing(kind);
  if (current == nullptr || book.published(kind) != nullptr) return std::nullopt;
  return current->signs_from + every;
}

}  // namespace recant::service
