#include "service/key_plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/base64url.hpp"
#include "jose/key_set.hpp"

namespace recant::service {
namespace {

bool is_full(const KeyBook& book, KeyKind kind) {
  return book.count(kind) >= (kind == KeyKind::access ? kMostAccessKeys : kMostRefreshSecrets);
}

bool is_operators(KeyKind kind, const PlanNeeds& needs) {
  return kind == KeyKind::access && !needs.own.empty();
}

Failure own_keys_rotate_otherwise() {
  return {FailureCode::invalid_request,
          "The signing keys here are the operator's own (keys.files), so Recant makes and retires "
          "none. Add the new key's file to the end of keys.files and send SIGHUP: it is published. "
          "Ten minutes later put it first and send SIGHUP again: it signs. Take the old file out "
          "when its tokens have expired, or at once if it has leaked. {\"only\":\"refresh\"} "
          "rotates the refresh secrets, which are Recant's."};
}

Failure as_many_as_readers_take(const KeyBook& book, KeyKind kind, UnixMillis now) {
  UnixMillis first = UnixMillis::max();
  for (const KeyEntry& entry : book.keys) {
    // A retired one takes no room, so it makes none.
    if (entry.kind != kind || entry.state == KeyState::retired || !entry.removed_at) continue;
    first = std::min(first, *entry.removed_at);
  }
  return {FailureCode::throttled,
          "There are as many keys as readers take; the oldest go when their last token has ended.",
          {},
          std::chrono::ceil<seconds>(first - now)};
}

void retire(KeyPlan& plan, KeyEntry& entry, UnixMillis now) {
  retire(plan.book, entry, now);
  plan.retired.push_back(entry.id);
  plan.changes.push_back({KeyChange::What::retired, entry});
}

/// Keys that the book names no more, or as retired.
void forget_others(KeyMaterial& material, const KeyBook& book) {
  const auto gone = [&](const std::string& id) {
    const KeyEntry* const entry = book.find(id);
    return entry == nullptr || entry->state == KeyState::retired;
  };
  std::erase_if(material.access, [&](const NamedSigningKey& named) { return gone(named.kid); });
  std::erase_if(material.refresh,
                [&](const RefreshSecret& secret) { return gone(base64url_encode(secret.id)); });
}

/// When the next key of this kind is to sign, if it is time to publish it.
std::optional<UnixMillis> scheduled(const KeyBook& book, KeyKind kind, const PlanNeeds& needs) {
  const milliseconds every = needs.options.rotate_every;
  if (every == milliseconds{0} || is_operators(kind, needs)) return std::nullopt;
  const auto at = next_rotation(book, kind, every);
  if (!at || needs.now < *at - kPublishAhead || is_full(book, kind)) return std::nullopt;
  return std::max(*at, needs.now + kPublishAhead);
}

}  // namespace

Outcome<KeyPlan> plan_rotation(KeyPlan plan, const RotateOrder& order, const PlanNeeds& needs) {
  const UnixMillis from =
      needs.now + std::max(order.signs_in.value_or(kPublishAhead), needs.learning);
  for (const KeyKind kind : order.kinds) {
    if (is_operators(kind, needs)) return own_keys_rotate_otherwise();
    // A rotation that is under way is the one that was asked for.
    if (const KeyEntry* const published = plan.book.published(kind)) {
      if (order.signs_in) plan.book.find(published->id)->signs_from = from;
      continue;
    }
    if (is_full(plan.book, kind)) return as_many_as_readers_take(plan.book, kind, needs.now);
    make(plan, kind, from, needs);
  }
  return plan;
}

KeyPlan plan_retirement(KeyPlan plan, const RotateOrder& order, const std::vector<std::string>& ids,
                        const PlanNeeds& needs) {
  for (const std::string& id : ids) {
    KeyEntry* const entry = plan.book.find(id);
    if (entry != nullptr && entry->state != KeyState::retired) retire(plan, *entry, needs.now);
  }
  for (const KeyKind kind : order.kinds) {
    if (plan.book.signing(kind) != nullptr || is_operators(kind, needs)) continue;
    if (plan.book.published(kind) == nullptr) make(plan, kind, needs.now, needs);
  }
  return plan;
}

std::optional<KeyPlan> plan_successors(KeyPlan plan, const RotateOrder& order,
                                       const std::vector<std::string>& ids,
                                       const PlanNeeds& needs) {
  KeyPlan after = plan_retirement(plan, order, ids, needs);
  const bool one_signs = std::ranges::any_of(after.retired, [&](const std::string& id) {
    return plan.book.find(id)->state == KeyState::signing;
  });
  if (!one_signs) return std::nullopt;
  plan.material = std::move(after.material);
  for (const std::string& id : after.made) {
    KeyEntry entry = *after.book.find(id);
    entry.signs_from = needs.now + kPublishAhead;  // the retirement lets it sign before that
    plan.changes.push_back({KeyChange::What::published, entry});
    plan.book.keys.push_back(std::move(entry));
  }
  plan.made = std::move(after.made);
  return plan;
}

KeyPlan plan_schedule(KeyPlan plan, const PlanNeeds& needs) {
  for (const KeyKind kind : kKeyKinds) {
    if (const auto from = scheduled(plan.book, kind, needs)) make(plan, kind, *from, needs);
  }
  return plan;
}

Outcome<std::vector<std::string>> keys_to_retire(const KeyBook& book, const RotateOrder& order,
                                                 const std::vector<OwnKey>& own) {
  const bool all = order.retire == "all";
  const auto is_asked_for = [&](KeyKind kind, const std::string& id) {
    return (all || id == order.retire) && std::ranges::find(order.kinds, kind) != order.kinds.end();
  };
  for (const OwnKey& key : own) {
    if (is_asked_for(KeyKind::access, key.named.kid)) return own_keys_rotate_otherwise();
  }
  std::vector<std::string> ids;
  for (const KeyEntry& entry : book.keys) {
    if (entry.state != KeyState::retired && is_asked_for(entry.kind, entry.id)) {
      ids.push_back(entry.id);
    }
  }
  if (!ids.empty()) return ids;
  return Failure{FailureCode::not_found, "There is no such key, or it is retired already."};
}

bool is_anything_due(const KeyBook& book, const std::vector<std::string>& unready,
                     const PlanNeeds& needs) {
  for (const KeyKind kind : kKeyKinds) {
    if (scheduled(book, kind, needs)) return true;
  }
  KeyBook advanced = book;
  advance(advanced, needs.now, unready);
  return advanced != book;
}

void make(KeyPlan& plan, KeyKind kind, UnixMillis signs_from, const PlanNeeds& needs) {
  const KeyOptions& options = needs.options;
  KeyEntry entry{
      kind, {}, std::nullopt, needs.now, KeyState::published, signs_from, options.lives.of(kind),
      {},   {}};
  if (kind == KeyKind::access) {
    auto key = crypto::SigningKey::generate(options.algorithm, needs.random);
    if (!key) throw std::runtime_error("a signing key cannot be made");
    entry.id = jose::thumbprint(*key);
    entry.algorithm = options.algorithm;
    plan.material.access.push_back({entry.id, *std::move(key)});
  } else {
    RefreshSecret secret{};
    needs.random.fill(secret.id);
    needs.random.fill(secret.secret);
    entry.id = base64url_encode(secret.id);
    plan.material.refresh.push_back(secret);
  }
  plan.made.push_back(entry.id);
  plan.changes.push_back({KeyChange::What::published, entry});
  plan.book.keys.push_back(std::move(entry));
}

bool advance(KeyPlan& plan, UnixMillis now, const std::vector<std::string>& unready) {
  const auto advanced = advance(plan.book, now, unready);
  plan.changes.insert(plan.changes.end(), advanced.begin(), advanced.end());
  forget_others(plan.material, plan.book);
  return !advanced.empty();
}

}  // namespace recant::service
