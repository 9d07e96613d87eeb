#include "service/admin_keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace recant::service {
namespace {

struct NamedScope {
  std::string_view name;
  AdminScope scope;
};
constexpr std::array<NamedScope, 5> kScopes{{{"users", AdminScope::users},
                                             {"sessions", AdminScope::sessions},
                                             {"revoke", AdminScope::revoke},
                                             {"keys", AdminScope::keys},
                                             {"introspect", AdminScope::introspect}}};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::shared_ptr<const AdminKeyList> sorted(AdminKeyList keys) {
  std::ranges::sort(keys, {}, &AdminKey::name);
  return std::make_shared<const AdminKeyList>(std::move(keys));
}

}  // namespace

std::string admin_scope_text(std::uint8_t scopes) {
  std::string text;
  for (const NamedScope& one : kScopes) {
    if ((scopes & static_cast<std::uint8_t>(one.scope)) == 0) continue;
    if (!text.empty()) text += ' ';
    text += one.name;
  }
  return text;
}

std::optional<std::uint8_t> parse_admin_scope(std::string_view words) {
  std::uint8_t scopes = 0;
  for (;;) {
    const auto end = words.find(' ');
    const auto* const found = std::ranges::find(kScopes, words.substr(0, end), &NamedScope::name);
    if (found == kScopes.end()) return std::nullopt;
    const auto bit = static_cast<std::uint8_t>(found->scope);
    if ((scopes & bit) != 0) return std::nullopt;
    scopes |= bit;
    if (end == std::string_view::npos) return scopes;
    words.remove_prefix(end + 1);
  }
}

bool is_admin_key_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && is_alphanumeric(name.front()) &&
         std::ranges::all_of(
             name, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

AdminKeys::AdminKeys(AdminKeyList keys) : list_(sorted(std::move(keys))) {}

void AdminKeys::replace(AdminKeyList keys) {
  auto list = sorted(std::move(keys));
  {
    const std::lock_guard lock(mutex_);
    list_ = std::move(list);
  }
  version_.fetch_add(1, std::memory_order_release);
}

const AdminKeyList& AdminKeys::View::current() {
  // Noted before the list is read: a change in between is seen at the next call at the latest.
  const std::uint64_t version = keys_.version_.load(std::memory_order_acquire);
  if (version != seen_) {
    const std::lock_guard lock(keys_.mutex_);
    list_ = keys_.list_;
    seen_ = version;
  }
  return *list_;
}

}  // namespace recant::service
