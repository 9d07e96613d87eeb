#include "service/key_keeper.hpp"

#include <algorithm>
#include <utility>

#include "base/timestamp.hpp"
#include "service/key_start.hpp"

namespace recant::service {
namespace {

bool signs_with_new(const KeyPlan& plan) {
  return std::ranges::any_of(plan.made, [&](const std::string& id) {
    const KeyEntry* const entry = plan.book.find(id);
    return entry != nullptr && entry->state == KeyState::signing;
  });
}

/// So often what was planned is planned anew, because another server was first.
constexpr int kMostRounds = 10;

Caller caller_named(std::string_view actor) {
  return {.request_id = {}, .address = {}, .user_agent = {}, .actor = std::string(actor)};
}

KeyVault::Refused others_are_faster() {
  return "Other servers change the keys again and again: try it in a moment.";
}

bool holds(const std::vector<OwnKey>& keys, const std::string& kid) {
  return std::ranges::any_of(keys, [&](const OwnKey& key) { return key.named.kid == kid; });
}

}  // namespace

KeyKeeper::KeyKeeper(KeyVault& vault, const KeyOptions& options, const Clock& clock,
                     RandomSource& random, EventSink& events)
    : vault_(vault), options_(options), clock_(clock), random_(random), events_(events) {}

KeyPlan KeyKeeper::standing() const { return {book_, material_}; }

PlanNeeds KeyKeeper::needs() const {
  const seconds learning = vault_.is_shared() ? kKnownWithin : seconds{0};
  return {options_, own_, learning, clock_.wall(), random_};
}

Result<std::vector<std::string>, KeyKeeper::Refused> KeyKeeper::open(std::vector<OwnKey> own) {
  own_ = std::move(own);
  for (int round = 0; round < kMostRounds; ++round) {
    auto content = vault_.load();
    if (!content) return content.error();
    std::vector<std::string> notes = std::move(content->warnings);
    const Done done = open_with(*std::move(content), notes);
    if (!done) return done.error();
    if (*done == Committed::done) return notes;
  }
  return others_are_faster();
}

KeyKeeper::Done KeyKeeper::open_with(KeyVault::Content content, std::vector<std::string>& notes) {
  const KeyBook former = content.book;
  let_others_learn(former);
  const PlanNeeds needs = this->needs();
  KeyPlan plan = plan_start(std::move(content), needs, notes);
  advance(plan, needs.now, unready());

  const bool first = former.keys.empty();
  if (plan.book != former) {
    const auto committed = vault_.commit(plan.book, plan.material);
    if (!committed || *committed == Committed::outrun) return committed;
    // Servers that run already must know what this one is about to sign with.
    if (!first && signs_with_new(plan)) vault_.await_others();
  }
  ring_ = std::make_shared<const KeyRing>(ring_of(plan));
  book_ = std::move(plan.book);
  material_ = std::move(plan.material);
  caught_up_at_ = clock_.steady();
  // The first keys take nobody's place.
  if (!first) record(plan.changes, caller_named("start"));
  return Committed::done;
}

Outcome<KeyRotation> KeyKeeper::rotate(const RotateOrder& order, const Caller& caller,
                                       KeyBoard& board) {
  std::vector<std::string> meant;  // to be retired; the same in each round
  std::vector<std::string> successors;
  for (int round = 0; round < kMostRounds; ++round) {
    if (auto caught = catch_up(board); !caught) {
      return unavailable("Nothing has changed: " + caught.error());
    }
    if (!order.retire.empty() && meant.empty()) {
      auto ids = keys_to_retire(book_, order, own_);
      if (!ids) return ids.error();
      meant = *std::move(ids);
    }
    if (!order.retire.empty() && vault_.is_shared()) {
      const Done ready = publish_successors(order, meant, caller, board, successors);
      if (!ready) return unavailable("Nothing has changed: " + ready.error());
      if (*ready == Committed::outrun) continue;
    }
    Outcome<KeyPlan> plan = order.retire.empty()
                                ? plan_rotation(standing(), order, needs())
                                : plan_retirement(standing(), order, meant, needs());
    if (!plan) return plan.error();
    KeyRotation answer{{}, plan->made, plan->retired};
    answer.made.insert(answer.made.end(), successors.begin(), successors.end());
    const Done done = carry_out(*std::move(plan), caller, board);
    if (!done) return unavailable("Nothing has changed: " + done.error());
    if (*done == Committed::outrun) continue;
    (void)commit_rest();  // else the next tick does, and says what is wrong
    answer.report = ring_->report;
    return answer;
  }
  return unavailable("Nothing has changed: " + others_are_faster());
}

/// All servers know what is to take a retired key's place before any of them retires it.
KeyKeeper::Done KeyKeeper::publish_successors(const RotateOrder& order,
                                              const std::vector<std::string>& meant,
                                              const Caller& caller, KeyBoard& board,
                                              std::vector<std::string>& made) {
  std::optional<KeyPlan> plan = plan_successors(standing(), order, meant, needs());
  if (!plan) return Committed::done;
  const std::vector<std::string> published = plan->made;
  const Done done = carry_out(*std::move(plan), caller, board);
  if (!done || *done == Committed::outrun) return done;
  made.insert(made.end(), published.begin(), published.end());
  vault_.await_others();
  return Committed::done;
}

Result<void, KeyKeeper::Refused> KeyKeeper::tick(KeyBoard& board) {
  const auto caught = catch_up(board);
  const PlanNeeds needs = this->needs();
  if (is_anything_due(book_, unready(), needs)) {  // else no key is copied for nothing
    KeyPlan plan = standing();
    if (caught) plan = plan_schedule(std::move(plan), needs);
    const Done done = carry_out(std::move(plan), caller_named("schedule"), board);
    if (!done) return done.error();
    if (*done == Committed::outrun) return {};  // the next one catches up
  }
  if (!caught) return caught.error();
  return commit_rest();
}

Result<void, KeyKeeper::Refused> KeyKeeper::catch_up(KeyBoard& board) {
  caught_up_ = false;
  auto news = vault_.news();
  if (!news) return news.error();
  if (*news) {
    if (auto taken = take_over(**std::move(news), board); !taken) return taken.error();
  }
  caught_up_ = true;
  caught_up_at_ = clock_.steady();
  return {};
}

bool KeyKeeper::is_behind() const {
  return !caught_up_ && clock_.steady() - caught_up_at_ > kKnownWithin;
}

/// What stands in the vault counts, whatever this server had made of what stood there before.
Result<void, KeyKeeper::Refused> KeyKeeper::take_over(KeyVault::Content content, KeyBoard& board) {
  KeyPlan plan{std::move(content.book), std::move(content.material)};
  let_others_learn(plan.book);
  KeyBook allowed = plan.book;
  allow_for(allowed, options_.lives);
  const bool longer = allowed != plan.book;
  plan.book = std::move(allowed);
  const std::vector<KeyChange> changes = changes_between(book_, plan.book);
  const bool advanced = advance(plan, clock_.wall(), unready());
  if (own_.empty() && plan.book.signing(KeyKind::access) == nullptr) {
    return Refused(
        "Another server on this database signs with keys of the operator's own (keys.files) and "
        "this one does not: give all of them the same keys.files, and restart this one.");
  }
  if (!show(ring_of(plan), board)) return Refused("the server is stopping.");
  book_ = std::move(plan.book);
  material_ = std::move(plan.material);
  uncommitted_ = longer || advanced;
  record(changes, caller_named("another server"));
  record(plan.changes, caller_named("schedule"));
  return {};
}

/// Of what is published now others may not know for kKnownWithin, whatever their clocks say.
void KeyKeeper::let_others_learn(const KeyBook& book) {
  if (!vault_.is_shared()) return;
  const SteadyInstant now = clock_.steady();
  std::erase_if(known_from_, [&](const auto& known) { return book.find(known.first) == nullptr; });
  for (const KeyEntry& entry : book.keys) {
    if (entry.state == KeyState::published) known_from_.emplace(entry.id, now + kKnownWithin);
  }
}

std::vector<std::string> KeyKeeper::unready() const {
  std::vector<std::string> ids;
  for (const auto& [id, from] : known_from_) {
    if (clock_.steady() < from) ids.push_back(id);
  }
  return ids;
}

/// The vault first, then the threads, then how long what they no longer use must be kept: where
/// this is cut off, the next start knows of every key that may have made a token, and keeps it long
/// enough.
KeyKeeper::Done KeyKeeper::carry_out(KeyPlan plan, const Caller& caller, KeyBoard& board) {
  if (plan.book != book_) {
    const auto committed = vault_.commit(plan.book, plan.material);
    if (!committed || *committed == Committed::outrun) return committed;
    let_others_learn(plan.book);
  }
  const UnixMillis now = clock_.wall();
  const bool advanced = advance(plan, now, unready());
  if (plan.book != book_) {
    if (!show(ring_of(plan), board)) return Refused("the server is stopping.");
    note_end(plan.book, now, clock_.wall());
    uncommitted_ = advanced;
    book_ = std::move(plan.book);
    material_ = std::move(plan.material);
    record(plan.changes, caller);
  }
  return Committed::done;
}

Result<void, KeyKeeper::Refused> KeyKeeper::commit_rest() {
  if (!uncommitted_) return {};
  const auto committed = vault_.commit(book_, material_);
  if (!committed) return committed.error();
  if (*committed == Committed::done) uncommitted_ = false;  // else the next tick catches up
  return {};
}

/// A token may be checked by another thread the moment after it was signed, so no thread signs with
/// a key before each knows it.
bool KeyKeeper::show(const KeyRing& next, KeyBoard& board) {
  if (!knows_signers_of(*ring_, next)) {
    ring_ = std::make_shared<const KeyRing>(knowing_both(*ring_, next));
    if (!board.show(ring_)) return false;
  }
  ring_ = std::make_shared<const KeyRing>(next);
  return board.show(ring_);
}

std::vector<std::string> KeyKeeper::use_own(std::vector<OwnKey> own, KeyBoard& board) {
  std::vector<std::string> notes;
  const NamedSigningKey& first = own.front().named;
  if (ring_->verification.find(first.kid) == nullptr) {
    notes.push_back("The key " + first.kid + " in " + own.front().file +
                    " signs at once and was not published before: readers that keep the published "
                    "keys may refuse its tokens for a few minutes.");
  }
  const std::vector<OwnKey> former = std::exchange(own_, std::move(own));
  const bool another = ring_->signing.kid != own_.front().named.kid;
  show(ring_of(standing()), board);
  for (const OwnKey& key : own_) {
    if (!holds(former, key.named.kid)) record_own(key, KeyChange::What::published);
  }
  if (another) record_own(own_.front(), KeyChange::What::signing);
  for (const OwnKey& key : former) {
    if (!holds(own_, key.named.kid)) record_own(key, KeyChange::What::removed);
  }
  return notes;
}

void KeyKeeper::record_own(const OwnKey& key, KeyChange::What what) {
  const std::string detail = "access " + key.named.kid + ' ' + std::string(name_of(what));
  const EventFields fields{.actor = "keys.files", .detail = detail};
  events_.record(Event::key_rotated, {}, fields);
}

KeyRing KeyKeeper::ring_of(const KeyPlan& plan) const {
  return make_key_ring(plan.book, plan.material, own_, options_.rotate_every);
}

void KeyKeeper::record(const std::vector<KeyChange>& changes, const Caller& caller) {
  for (const KeyChange& change : changes) {
    std::string detail(name_of(change.entry.kind));
    detail += ' ';
    detail += change.entry.id;
    detail += ' ';
    detail += name_of(change.what);
    if (change.what == KeyChange::What::published) {
      detail += ", signs from " + to_rfc3339(change.entry.signs_from);
    }
    const EventFields fields{.detail = detail};
    events_.record(Event::key_rotated, caller, fields);
  }
}

}  // namespace recant::service
