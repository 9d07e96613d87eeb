#include "service/key_start.hpp"

#include <algorithm>
#include <utility>

#include "base/base64url.hpp"
#include "base/timestamp.hpp"

namespace recant::service {
namespace {

bool has_material(const KeyMaterial& material, const KeyEntry& entry) {
  if (entry.kind == KeyKind::access) {
    return std::ranges::any_of(material.access,
                               [&](const NamedSigningKey& named) { return named.kid == entry.id; });
  }
  return std::ranges::any_of(material.refresh, [&](const RefreshSecret& secret) {
    return base64url_encode(secret.id) == entry.id;
  });
}

/// Somebody removed the files of these; what was made with them is refused.
void drop_missing(KeyPlan& plan, std::vector<std::string>& notes) {
  std::erase_if(plan.book.keys, [&](const KeyEntry& entry) {
    if (entry.state == KeyState::retired || has_material(plan.material, entry)) return false;
    if (entry.state != KeyState::published) {
      notes.push_back("The key " + entry.id +
                      " is gone: tokens that were made with it are refused.");
    }
    return true;
  });
}

/// Where no book was kept several keys may say that they sign: the newest does, and of access keys
/// the newest for the algorithm in use, if there is one.
void let_one_sign(KeyBook& book, KeyKind kind, const PlanNeeds& needs) {
  const auto rank = [&](const KeyEntry& entry) {
    return std::pair(entry.algorithm == needs.options.algorithm, entry.signs_from);
  };
  KeyEntry* best = nullptr;
  for (KeyEntry& entry : book.keys) {
    if (entry.kind != kind || entry.state != KeyState::signing) continue;
    if (best != nullptr && rank(*best) >= rank(entry)) {
      supersede(book, entry, needs.now);
      continue;
    }
    if (best != nullptr) supersede(book, *best, needs.now);
    best = &entry;
  }
}

/// What was published for another configuration than this one will never sign.
void drop_unwanted(KeyBook& book, const PlanNeeds& needs) {
  std::erase_if(book.keys, [&](const KeyEntry& entry) {
    return entry.kind == KeyKind::access && entry.state == KeyState::published &&
           (!needs.own.empty() || entry.algorithm != needs.options.algorithm);
  });
}

/// The operator's own sign from now on.
void give_way(KeyBook& book, UnixMillis now) {
  for (KeyEntry& entry : book.keys) {
    if (entry.kind == KeyKind::access && entry.state == KeyState::signing) {
      supersede(book, entry, now);
    }
  }
}

/// A key of the configured algorithm signs, or will.
void settle_algorithm(KeyPlan& plan, const PlanNeeds& needs, std::vector<std::string>& notes) {
  if (plan.book.published(KeyKind::access) != nullptr) return;
  const KeyEntry* const signing = plan.book.signing(KeyKind::access);
  if (signing == nullptr) return make(plan, KeyKind::access, needs.now, needs);
  const crypto::Algorithm algorithm = needs.options.algorithm;
  if (signing->algorithm == algorithm) return;
  const UnixMillis from = needs.now + kPublishAhead;
  notes.push_back("Tokens are signed with " + std::string(to_string(*signing->algorithm)) +
                  " until " + to_rfc3339(from) + " and then with " +
                  std::string(to_string(algorithm)) +
                  ", whose key is published until then; rotating with signs_in 0 changes it now.");
  make(plan, KeyKind::access, from, needs);
}

}  // namespace

KeyPlan plan_start(KeyVault::Content content, const PlanNeeds& needs,
                   std::vector<std::string>& notes) {
  KeyPlan plan{std::move(content.book), std::move(content.material)};
  drop_missing(plan, notes);
  for (const KeyKind kind : kKeyKinds) let_one_sign(plan.book, kind, needs);
  allow_for(plan.book, needs.options.lives);
  drop_unwanted(plan.book, needs);
  if (needs.own.empty()) {
    settle_algorithm(plan, needs, notes);
  } else {
    give_way(plan.book, needs.now);
  }
  const bool refresh = plan.book.signing(KeyKind::refresh) || plan.book.published(KeyKind::refresh);
  if (!refresh) make(plan, KeyKind::refresh, needs.now, needs);
  return plan_schedule(std::move(plan), needs);
}

}  // namespace recant::service
