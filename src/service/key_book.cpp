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

/// The latest of those whose time has come; the earliest at all when nothing signs.
KeyEntry* due(KeyBook& book, KeyKind kind, UnixMillis now) {
  KeyEntry* latest = nullptr;
  KeyEntry* earliest = nullptr;
  for (KeyEntry& entry : book.keys) {
    if (entry.kind != kind || entry.state != KeyState::published) continue;
    if (earliest == nullptr || entry.signs_from < earliest->signs_from) earliest = &entry;
    if (entry.signs_from > now) continue;
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

void retire(KeyBook& book, KeyEntry& entry, UnixMillis now) {
  if (!entry.removed_at) entry.removed_at = removal_time(book, entry, now);
  entry.signed_until = std::min(entry.signed_until.value_or(now), now);
  entry.state = KeyState::retired;
}

std::vector<KeyChange> advance(KeyBook& book, UnixMillis now) {
  std::vector<KeyChange> changes;
  for (const KeyKind kind : kKeyKinds) {
    KeyEntry* const next = due(book, kind, now);
    if (next == nullptr) continue;
    for (KeyEntry& entry : book.keys) {
      const bool earlier = entry.state == KeyState::signing ||
                           (entry.state == KeyState::published && entry.signs_from <= now);
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
