#include "service/key_keeper.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/base64url.hpp"
#include "base/timestamp.hpp"
#include "jose/key_set.hpp"

namespace recant::service {
namespace {

constexpr std::size_t most(KeyKind kind) {
  return kind == KeyKind::access ? kMostAccessKeys : kMostRefreshSecrets;
}

bool has_material(const KeyMaterial& material, const KeyEntry& entry) {
  if (entry.kind == KeyKind::access) {
    return std::ranges::any_of(material.access,
                               [&](const NamedSigningKey& named) { return named.kid == entry.id; });
  }
  return std::ranges::any_of(material.refresh, [&](const RefreshSecret& secret) {
    return base64url_encode(secret.id) == entry.id;
  });
}

/// Keys that the book names no more, or as retired, are forgotten here too.
void forget_others(KeyMaterial& material, const KeyBook& book) {
  const auto gone = [&](const std::string& id) {
    const KeyEntry* const entry = book.find(id);
    return entry == nullptr || entry->state == KeyState::retired;
  };
  std::erase_if(material.access, [&](const NamedSigningKey& named) { return gone(named.kid); });
  std::erase_if(material.refresh,
                [&](const RefreshSecret& secret) { return gone(base64url_encode(secret.id)); });
}

/// Somebody removed the files of these; what was made with them is refused.
void drop_missing(KeyBook& book, const KeyMaterial& material, std::vector<std::string>& notes) {
  std::erase_if(book.keys, [&](const KeyEntry& entry) {
    if (entry.state == KeyState::retired || has_material(material, entry)) return false;
    if (entry.state != KeyState::published) {
      notes.push_back("The key " + entry.id +
                      " is gone: tokens that were made with it are refused.");
    }
    return true;
  });
}

/// Where no book was kept several keys may say that they sign: the newest does, and of access keys
/// the newest for the algorithm in use, if there is one.
void let_one_sign(KeyBook& book, KeyKind kind, crypto::Algorithm algorithm, UnixMillis now) {
  const auto rank = [&](const KeyEntry& entry) {
    return std::pair(entry.algorithm == algorithm, entry.signs_from);
  };
  KeyEntry* best = nullptr;
  for (KeyEntry& entry : book.keys) {
    if (entry.kind != kind || entry.state != KeyState::signing) continue;
    if (best != nullptr && rank(*best) >= rank(entry)) {
      supersede(book, entry, now);
      continue;
    }
    if (best != nullptr) supersede(book, *best, now);
    best = &entry;
  }
}

/// The keys that were superseded at `planned` made tokens until every thread had the new ring.
void note_end(KeyBook& book, UnixMillis planned, UnixMillis ended) {
  for (KeyEntry& entry : book.keys) {
    if (entry.state != KeyState::verifying || entry.signed_until != planned) continue;
    entry.signed_until = std::max(planned, ended);
    *entry.removed_at += *entry.signed_until - planned;
  }
}

bool signs_with_new(const KeyBook& book, const std::vector<std::string>& made) {
  return std::ranges::any_of(made, [&](const std::string& id) {
    const KeyEntry* const entry = book.find(id);
    return entry != nullptr && entry->state == KeyState::signing;
  });
}

/// So often what was planned is planned anew, because another server was first.
constexpr int kMostRounds = 10;

KeyVault::Refused others_are_faster() {
  return "Other servers change the keys again and again: try it in a moment.";
}

bool holds(const std::vector<OwnKey>& keys, const std::string& kid) {
  return std::ranges::any_of(keys, [&](const OwnKey& key) { return key.named.kid == kid; });
}

Failure own_keys_rotate_otherwise() {
  return {FailureCode::invalid_request,
          "The signing keys here are the operator's own (keys.files), so Recant makes and retires "
          "none. Add the new key's file to the end of keys.files and send SIGHUP: it is published. "
          "Ten minutes later put it first and send SIGHUP again: it signs. Take the old file out "
          "when its tokens have expired, or at once if it has leaked. {\"only\":\"refresh\"} "
          "rotates the refresh secrets, which are Recant's."};
}

}  // namespace

KeyKeeper::KeyKeeper(KeyVault& vault, const KeyOptions& options, const Clock& clock,
                     RandomSource& random, EventSink& events)
    : vault_(vault), options_(options), clock_(clock), random_(random), events_(events) {}

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
  Plan plan{content.book, std::move(content.material), {}, {}, {}};
  const UnixMillis now = clock_.wall();

  let_others_learn(plan.book);
  drop_missing(plan.book, plan.material, notes);
  for (const KeyKind kind : kKeyKinds) let_one_sign(plan.book, kind, options_.algorithm, now);
  allow_for(plan.book, options_.lives);
  settle_access(plan, notes);
  const bool refresh = plan.book.signing(KeyKind::refresh) || plan.book.published(KeyKind::refresh);
  if (!refresh) make(plan, KeyKind::refresh, now, now);
  plan_schedule(plan);
  const auto advanced = advance(plan.book, now, unready());
  plan.changes.insert(plan.changes.end(), advanced.begin(), advanced.end());
  forget_others(plan.material, plan.book);

  const bool first = content.book.keys.empty();
  if (plan.book != content.book) {
    const auto committed = vault_.commit(plan.book, plan.material);
    if (!committed || *committed == Committed::outrun) return committed;
    // Servers that run already must know what this one is about to sign with.
    if (!first && signs_with_new(plan.book, plan.made)) vault_.await_others();
  }
  ring_ = std::make_shared<const KeyRing>(ring_of(plan));
  book_ = std::move(plan.book);
  material_ = std::move(plan.material);
  caught_up_at_ = clock_.steady();
  // The first keys take nobody's place.
  const Caller start{.request_id = {}, .address = {}, .user_agent = {}, .actor = "start"};
  if (!first) record(plan.changes, start);
  return Committed::done;
}

/// At a start: with keys of the operator's own none of ours signs; else one of the configured
/// algorithm does, or will.
void KeyKeeper::settle_access(Plan& plan, std::vector<std::string>& notes) {
  const UnixMillis now = clock_.wall();
  std::erase_if(plan.book.keys, [&](const KeyEntry& entry) {
    return entry.kind == KeyKind::access && entry.state == KeyState::published &&
           (!own_.empty() || entry.algorithm != options_.algorithm);
  });
  for (KeyEntry& entry : plan.book.keys) {
    if (own_.empty() || entry.kind != KeyKind::access) continue;
    if (entry.state == KeyState::signing) supersede(plan.book, entry, now);
  }
  if (!own_.empty() || plan.book.published(KeyKind::access) != nullptr) return;
  const KeyEntry* const signing = plan.book.signing(KeyKind::access);
  if (signing == nullptr) return make(plan, KeyKind::access, now, now);
  if (signing->algorithm == options_.algorithm) return;
  const UnixMillis from = now + kPublishAhead;
  notes.push_back("Tokens are signed with " + std::string(to_string(*signing->algorithm)) +
                  " until " + to_rfc3339(from) + " and then with " +
                  std::string(to_string(options_.algorithm)) +
                  ", whose key is published until then; rotating with signs_in 0 changes it now.");
  make(plan, KeyKind::access, now, from);
}

void KeyKeeper::make(Plan& plan, KeyKind kind, UnixMillis now, UnixMillis signs_from) {
  KeyEntry entry{
      kind, {}, std::nullopt, now, KeyState::published, signs_from, options_.lives.of(kind),
      {},   {}};
  if (kind == KeyKind::access) {
    auto key = crypto::SigningKey::generate(options_.algorithm, random_);
    if (!key) throw std::runtime_error("a signing key cannot be made");
    entry.id = jose::thumbprint(*key);
    entry.algorithm = options_.algorithm;
    plan.material.access.push_back({entry.id, *std::move(key)});
  } else {
    RefreshSecret secret{};
    random_.fill(secret.id);
    random_.fill(secret.secret);
    entry.id = base64url_encode(secret.id);
    plan.material.refresh.push_back(secret);
  }
  plan.made.push_back(entry.id);
  plan.changes.push_back({KeyChange::What::published, entry});
  plan.book.keys.push_back(std::move(entry));
}

void KeyKeeper::retire(Plan& plan, KeyEntry& entry, UnixMillis now) {
  service::retire(plan.book, entry, now);
  plan.retired.push_back(entry.id);
  plan.changes.push_back({KeyChange::What::retired, entry});
}

std::optional<Failure> KeyKeeper::plan_rotation(Plan& plan, const RotateOrder& order) {
  const UnixMillis now = clock_.wall();
  const seconds least = vault_.is_shared() ? kKnownWithin : seconds{0};
  const UnixMillis from = now + std::max(order.signs_in.value_or(kPublishAhead), least);
  for (const KeyKind kind : order.kinds) {
    if (kind == KeyKind::access && !own_.empty()) return own_keys_rotate_otherwise();
    // A rotation that is under way is the one that was asked for.
    if (const KeyEntry* const published = plan.book.published(kind)) {
      if (order.signs_in) plan.book.find(published->id)->signs_from = from;
      continue;
    }
    if (plan.book.count(kind) >= most(kind)) {
      UnixMillis first = UnixMillis::max();
      for (const KeyEntry& entry : plan.book.keys) {
        if (entry.kind == kind && entry.removed_at) first = std::min(first, *entry.removed_at);
      }
      return Failure{FailureCode::throttled,
                     "There are as many keys as readers take; the oldest go when their last token "
                     "has ended.",
                     {},
                     std::chrono::ceil<seconds>(first - now)};
    }
    make(plan, kind, now, from);
  }
  return std::nullopt;
}

/// The keys that an order to retire means: of those that there are when it comes, and so never one
/// that is to take their place.
Outcome<std::vector<std::string>> KeyKeeper::meant_by(const RotateOrder& order) const {
  const bool all = order.retire == "all";
  const auto is_asked_for = [&](KeyKind kind, const std::string& id) {
    return (all || id == order.retire) && std::ranges::find(order.kinds, kind) != order.kinds.end();
  };
  for (const OwnKey& own : own_) {
    if (is_asked_for(KeyKind::access, own.named.kid)) return own_keys_rotate_otherwise();
  }
  std::vector<std::string> ids;
  for (const KeyEntry& entry : book_.keys) {
    if (entry.state != KeyState::retired && is_asked_for(entry.kind, entry.id)) {
      ids.push_back(entry.id);
    }
  }
  if (!ids.empty()) return ids;
  return Failure{FailureCode::not_found, "There is no such key, or it is retired already."};
}

/// Of these what another server has retired meanwhile is as it should be.
void KeyKeeper::plan_retirement(Plan& plan, const RotateOrder& order,
                                const std::vector<std::string>& ids) {
  const UnixMillis now = clock_.wall();
  for (const std::string& id : ids) {
    KeyEntry* const entry = plan.book.find(id);
    if (entry != nullptr && entry->state != KeyState::retired) retire(plan, *entry, now);
  }
  for (const KeyKind kind : order.kinds) {
    if (plan.book.signing(kind) != nullptr || (kind == KeyKind::access && !own_.empty())) continue;
    if (plan.book.published(kind) == nullptr) make(plan, kind, now, now);
  }
}

/// When the next key of this kind is to sign, if it is time to publish it.
std::optional<UnixMillis> KeyKeeper::scheduled(const KeyBook& book, KeyKind kind,
                                               UnixMillis now) const {
  const bool off = options_.rotate_every == milliseconds{0};
  if (off || (kind == KeyKind::access && !own_.empty())) return std::nullopt;
  const auto at = next_rotation(book, kind, options_.rotate_every);
  if (!at || now < *at - kPublishAhead || book.count(kind) >= most(kind)) return std::nullopt;
  return std::max(*at, now + kPublishAhead);
}

void KeyKeeper::plan_schedule(Plan& plan) {
  const UnixMillis now = clock_.wall();
  for (const KeyKind kind : kKeyKinds) {
    if (const auto from = scheduled(plan.book, kind, now)) make(plan, kind, now, *from);
  }
}

bool KeyKeeper::is_anything_due() const {
  const UnixMillis now = clock_.wall();
  for (const KeyKind kind : kKeyKinds) {
    if (scheduled(book_, kind, now)) return true;
  }
  KeyBook advanced = book_;
  advance(advanced, now, unready());
  return advanced != book_;
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
      auto ids = meant_by(order);
      if (!ids) return ids.error();
      meant = *std::move(ids);
    }
    if (!order.retire.empty() && vault_.is_shared()) {
      const Done ready = publish_successors(order, meant, caller, board, successors);
      if (!ready) return unavailable("Nothing has changed: " + ready.error());
      if (*ready == Committed::outrun) continue;
    }
    Plan plan = this->plan();
    if (!order.retire.empty()) {
      plan_retirement(plan, order, meant);
    } else if (const auto refused = plan_rotation(plan, order)) {
      return *refused;
    }
    KeyRotation answer{{}, plan.made, plan.retired};
    answer.made.insert(answer.made.end(), successors.begin(), successors.end());
    const Done done = carry_out(std::move(plan), caller, board);
    if (!done) return unavailable("Nothing has changed: " + done.error());
    if (*done == Committed::outrun) continue;
    (void)commit_rest();  // else the next tick does, and says what is wrong
    answer.report = ring_->report;
    return answer;
  }
  return unavailable("Nothing has changed: " + others_are_faster());
}

/// What takes a retired key's place signs from that moment on, so it has to be known to all servers
/// before: it is published, and waited for.
KeyKeeper::Done KeyKeeper::publish_successors(const RotateOrder& order,
                                              const std::vector<std::string>& meant,
                                              const Caller& caller, KeyBoard& board,
                                              std::vector<std::string>& made) {
  Plan trial = plan();
  plan_retirement(trial, order, meant);
  const bool leaves_all = std::ranges::none_of(trial.retired, [&](const std::string& id) {
    return book_.find(id)->state == KeyState::signing;
  });
  if (leaves_all) return Committed::done;
  Plan ahead = plan();
  ahead.material = std::move(trial.material);
  for (const std::string& id : trial.made) {
    KeyEntry entry = *trial.book.find(id);
    entry.signs_from = clock_.wall() + kPublishAhead;
    ahead.changes.push_back({KeyChange::What::published, entry});
    ahead.book.keys.push_back(std::move(entry));
  }
  const Done done = carry_out(std::move(ahead), caller, board);
  if (!done || *done == Committed::outrun) return done;
  made.insert(made.end(), trial.made.begin(), trial.made.end());
  vault_.await_others();
  return Committed::done;
}

Result<void, KeyKeeper::Refused> KeyKeeper::tick(KeyBoard& board) {
  const auto caught = catch_up(board);
  if (is_anything_due()) {  // else no key is copied for nothing
    Plan plan = this->plan();
    if (caught) plan_schedule(plan);
    const Caller schedule{.request_id = {}, .address = {}, .user_agent = {}, .actor = "schedule"};
    const Done done = carry_out(std::move(plan), schedule, board);
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
  Plan plan{std::move(content.book), std::move(content.material), {}, {}, {}};
  let_others_learn(plan.book);
  KeyBook allowed = plan.book;
  allow_for(allowed, options_.lives);
  const bool longer = allowed != plan.book;
  plan.book = std::move(allowed);
  plan.changes = changes_between(book_, plan.book);
  const auto advanced = advance(plan.book, clock_.wall(), unready());
  forget_others(plan.material, plan.book);
  if (own_.empty() && plan.book.signing(KeyKind::access) == nullptr) {
    return Refused(
        "Another server on this database signs with keys of the operator's own (keys.files) and "
        "this one does not: give all of them the same keys.files, and restart this one.");
  }
  if (!show(ring_of(plan), board)) return Refused("the server is stopping.");
  book_ = std::move(plan.book);
  material_ = std::move(plan.material);
  uncommitted_ = longer || !advanced.empty();
  const Caller other{.request_id = {}, .address = {}, .user_agent = {}, .actor = "another server"};
  record(plan.changes, other);
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
KeyKeeper::Done KeyKeeper::carry_out(Plan plan, const Caller& caller, KeyBoard& board) {
  if (plan.book != book_) {
    const auto committed = vault_.commit(plan.book, plan.material);
    if (!committed || *committed == Committed::outrun) return committed;
    let_others_learn(plan.book);
  }
  const UnixMillis now = clock_.wall();
  const auto advanced = advance(plan.book, now, unready());
  plan.changes.insert(plan.changes.end(), advanced.begin(), advanced.end());
  if (plan.book != book_) {
    forget_others(plan.material, plan.book);
    if (!show(ring_of(plan), board)) return Refused("the server is stopping.");
    note_end(plan.book, now, clock_.wall());
    uncommitted_ = !advanced.empty();
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
  show(ring_of({book_, material_, {}, {}, {}}), board);
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

KeyRing KeyKeeper::ring_of(const Plan& plan) const {
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
