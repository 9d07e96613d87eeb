// What is to become of the keys: decided here, before anything of it is done. A plan holds the keys
// as they will be; until service/key_keeper carries it out nothing has happened, so it may be
// dropped and made anew where another server was first.
//
// By the rules of service/key_book, on plain data: no vault, no thread, no clock. Making a key
// takes its time, an RSA key most of a second.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "service/key_ring.hpp"
#include "service/key_vault.hpp"
#include "service/keys.hpp"

namespace recant::service {

struct KeyOptions {
  crypto::Algorithm algorithm;
  KeyLives lives;
  milliseconds rotate_every{};  // 0: only when told to
};

struct KeyPlan {
  KeyBook book;
  KeyMaterial material;
  std::vector<KeyChange> changes{};    // from what stood before, for the log
  std::vector<std::string> made{};     // ids of keys that are new
  std::vector<std::string> retired{};  // of keys that are not to be believed any more
};

/// What decisions rest on beside the keys. For one turn: it holds the time.
struct PlanNeeds {
  const KeyOptions& options;
  /// The operator's own. While there are any, no access key is made and none of ours signs.
  const std::vector<OwnKey>& own;
  /// For so long other servers on the vault may not know a key that is made; 0 where there are
  /// none.
  seconds learning;
  UnixMillis now;
  RandomSource& random;
};

// Each of these takes the keys as they stand and answers as they should be.

/// A key of each kind that is asked for, published until it signs. Where one is published already
/// that is the rotation: its time is changed if the order says one. Refuses with invalid_request
/// (access keys are the operator's own) and throttled (as many as readers take).
Outcome<KeyPlan> plan_rotation(KeyPlan plan, const RotateOrder& order, const PlanNeeds& needs);
/// Retires these, of the kinds in the order, and makes what takes the place of one that signs where
/// nothing is published. What another server has retired meanwhile is as it should be.
KeyPlan plan_retirement(KeyPlan plan, const RotateOrder& order, const std::vector<std::string>& ids,
                        const PlanNeeds& needs);
/// What has to go before that retirement where servers share the vault: what is made to take a
/// key's place signs from that moment on, so it is published now, and nothing is retired yet.
/// Nothing when none of the keys that go signs.
std::optional<KeyPlan> plan_successors(KeyPlan plan, const RotateOrder& order,
                                       const std::vector<std::string>& ids, const PlanNeeds& needs);
/// Publishes what the schedule wants to sign before long.
KeyPlan plan_schedule(KeyPlan plan, const PlanNeeds& needs);

/// The keys that an order to retire means: of those that there are when it comes, and so never one
/// that is to take their place. Refuses with invalid_request (it is the operator's own) and
/// not_found.
Outcome<std::vector<std::string>> keys_to_retire(const KeyBook& book, const RotateOrder& order,
                                                 const std::vector<OwnKey>& own);
/// Would plan_schedule() or advance() change anything?
bool is_anything_due(const KeyBook& book, const std::vector<std::string>& unready,
                     const PlanNeeds& needs);

// What plans are made of:

/// A key that is published until `signs_from`. Throws when it cannot be made.
void make(KeyPlan& plan, KeyKind kind, UnixMillis signs_from, const PlanNeeds& needs);
/// As advance() of the book; and keys that are not good for anything any more are forgotten. Has
/// any begun to sign, or gone?
bool advance(KeyPlan& plan, UnixMillis now, const std::vector<std::string>& unready);

}  // namespace recant::service
