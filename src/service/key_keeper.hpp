// Keeps the keys: carries out what is planned for them (service/key_plan, at a start
// service/key_start), by schedule and by command, and takes over what other servers did.
//
// What is decided is in the vault before anything comes of it, and no key makes a token before
// every thread knows it; where servers share the vault, no key that one of them made makes one
// before every server does (ADR 16). Used by one thread at a time, never by one that serves
// requests: it makes RSA keys and waits for disks and for other threads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "service/events.hpp"
#include "service/key_plan.hpp"
#include "service/key_vault.hpp"
#include "service/keys.hpp"

namespace recant::service {

/// The port to the threads that work with the keys.
class KeyBoard {
 public:
  virtual ~KeyBoard() = default;
  /// Returns when each of them works with this ring: true; or false when they are ending.
  virtual bool show(SharedKeyRing ring) = 0;
};

class KeyKeeper {
 public:
  using Refused = KeyVault::Refused;

  KeyKeeper(KeyVault& vault, const KeyOptions& options, const Clock& clock, RandomSource& random,
            EventSink& events);

  /// Before anything else: takes what the vault holds and makes what is missing. With keys of the
  /// operator's own none is made for access tokens. Answers what the operator should know.
  Result<std::vector<std::string>, Refused> open(std::vector<OwnKey> own);
  const SharedKeyRing& ring() const { return ring_; }

  Outcome<KeyRotation> rotate(const RotateOrder& order, const Caller& caller, KeyBoard& board);
  /// Whatever is due, and what other servers changed; to be called each second, and twice as often
  /// where servers share the vault.
  Result<void, Refused> tick(KeyBoard& board);
  /// Has what other servers did to the keys been unknown here for longer than kKnownWithin? As the
  /// last tick() or rotate() found it.
  bool is_behind() const;
  /// Other keys of the operator's own in the place of those so far; both lists hold at least one.
  std::vector<std::string> use_own(std::vector<OwnKey> own, KeyBoard& board);

 private:
  using Committed = KeyVault::Committed;
  using Done = Result<Committed, Refused>;  // outrun: nothing has changed, others were first

  KeyPlan standing() const;
  PlanNeeds needs() const;
  Done open_with(KeyVault::Content content, std::vector<std::string>& notes);
  Result<void, Refused> catch_up(KeyBoard& board);
  Result<void, Refused> take_over(KeyVault::Content content, KeyBoard& board);
  Done publish_successors(const RotateOrder& order, const std::vector<std::string>& meant,
                          const Caller& caller, KeyBoard& board, std::vector<std::string>& made);
  Done carry_out(KeyPlan plan, const Caller& caller, KeyBoard& board);
  Result<void, Refused> commit_rest();
  bool show(const KeyRing& next, KeyBoard& board);
  KeyRing ring_of(const KeyPlan& plan) const;
  void let_others_learn(const KeyBook& book);
  std::vector<std::string> unready() const;
  void record_own(const OwnKey& key, KeyChange::What what);
  void record(const std::vector<KeyChange>& changes, const Caller& caller);

  KeyVault& vault_;
  const KeyOptions options_;
  const Clock& clock_;
  RandomSource& random_;
  EventSink& events_;
  KeyBook book_;  // as the threads work with it
  KeyMaterial material_;
  std::vector<OwnKey> own_;
  std::map<std::string, SteadyInstant> known_from_;  // until when others may not know a key
  bool caught_up_ = true;                            // with the vault, when it was last asked
  SteadyInstant caught_up_at_;
  bool uncommitted_ = false;  // what only tells how long keys are kept is not in the vault yet
  SharedKeyRing ring_;
};

}  // namespace recant::service
