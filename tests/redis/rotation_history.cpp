#include "rotation_history.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <set>
#include <utility>

#include "key_forms.hpp"
#include "redis/redis_time.hpp"

namespace recant::redis {
namespace {

namespace asio = boost::asio;
using core::RefreshOutcome;
using service::OpenOutcome;

std::string_view name_of(RefreshOutcome outcome) {
  constexpr std::array<std::string_view, 7> kNames{"rotated", "repeated", "throttled", "malformed",
                                                   "expired", "revoked",  "reused"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

std::string text(std::int64_t number) { return std::to_string(number); }

std::string id_of_token(const Uuid& sid, core::Generation generation) {
  std::string id = sid.to_string().substr(4) + "." + std::to_string(generation);
  id.resize(43, '-');
  return id;
}

/// What an answer tells of an access token.
auto times_of(const core::AccessGrant& grant) {
  return std::pair(grant.issued_at, grant.expires_at);
}

const std::string kKeyId = "0123456789a";

}  // namespace

RotationHistory::RotationHistory(Commander& redis, const Scripts& scripts, std::uint64_t seed,
                                 milliseconds duration, bool& stop)
    : redis_(redis),
      keys_(KeyOptions{"h" + std::to_string(seed) + ":", key_form().hash_tags}),
      store_(redis, keys_, policy_, {}, scripts),
      seed_(seed),
      duration_(duration),
      stop_(stop),
      random_(seed),
      subject_(*core::Subject::parse("user " + std::to_string(seed))) {
  lifetimes_.idle =
      milliseconds{std::array{120, 250, 250, 5000}.at(static_cast<std::size_t>(draw(0, 3)))};
  lifetimes_.absolute = milliseconds{
      std::array{400, 900, 900, 2500, 60'000}.at(static_cast<std::size_t>(draw(0, 4)))};
  lifetimes_.access = seconds{draw(1, 2)};
  lifetimes_.grace =
      milliseconds{std::array{0, 5, 40, 40, 40, 3000}.at(static_cast<std::size_t>(draw(0, 5)))};
}

int RotationHistory::draw(int from, int to) {
  return from + static_cast<int>(random_() % static_cast<std::uint64_t>(to - from + 1));
}

void RotationHistory::check(bool good, const std::string& what) {
  ++compared_;
  if (good || !mismatch_.empty()) return;
  stop_ = true;
  mismatch_ = what + "\nseed " + std::to_string(seed_) + ", idle " + text(lifetimes_.idle.count()) +
              " absolute " + text(lifetimes_.absolute.count()) + " access " +
              text(lifetimes_.access.count()) + " grace " + text(lifetimes_.grace.count()) + "\n";
  for (const auto& line : told_) mismatch_ += "  " + line + "\n";
}

template <class T>
bool RotationHistory::answered(const service::Stored<T>& stored) {
  if (!stored) check(false, "unavailable: " + stored.error().why);
  return stored.has_value();
}

RotationHistory::Session& RotationHistory::any() {
  const bool old = draw(0, 4) == 0;
  return old ? sessions_[static_cast<std::size_t>(draw(0, static_cast<int>(sessions_.size()) - 1))]
             : latest();
}

core::PresentedRefresh RotationHistory::presented(const Session& session,
                                                  core::Generation generation) {
  return {session.opened.sid.time(), session.opened.nonce, generation};
}

std::string RotationHistory::refresh_key(const Session& session,
                                         core::Generation generation) const {
  return keys_.refresh_token(subject_.text(), id_of_token(session.opened.sid, generation));
}

std::string RotationHistory::record_key(const Session& session) const {
  return keys_.session(subject_.text(), session.opened.sid.to_string());
}

Task<Reply> RotationHistory::command(Command command) {
  auto reply = co_await redis_.run(command);
  if (!reply) {
    check(false, "unavailable: " + reply.error().detail);
    co_return Reply::null();
  }
  co_return *std::move(reply);
}

Task<UnixMillis> RotationHistory::time() {
  Command question("TIME");
  const Reply reply = co_await command(std::move(question));
  const auto now = parse_time(reply);
  check(now.has_value(), "TIME");
  latest_time_ = std::max(latest_time_, now.value_or(latest_time_));
  co_return latest_time_;
}

Task<void> RotationHistory::pause() {
  milliseconds length{0};
  switch (draw(0, 7)) {
    case 0:
    case 1:
      length = milliseconds{draw(1, 10)};
      break;
    case 2:
      length = milliseconds{draw(10, 60)};
      break;
    case 3:
      length = lifetimes_.grace < seconds{1} ? lifetimes_.grace : milliseconds{1};
      break;
    case 4:
      length = draw(0, 9) == 0 ? milliseconds{260} : milliseconds{2};
      break;
    default:
      co_return;
  }
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

Task<void> RotationHistory::run() {
  struct Weighted {
    int weight;
    Step step;
  };
  using H = RotationHistory;
  static constexpr std::array kSteps{Weighted{30, &H::refresh_live},
                                     Weighted{30, &H::refresh_any},
                                     Weighted{20, &H::refresh_at_an_edge},
                                     Weighted{3, &H::refresh_with_other_nonce},
                                     Weighted{2, &H::refresh_in_a_storm},
                                     Weighted{2, &H::delete_refresh_key},
                                     Weighted{2, &H::blacklist_a_jti},
                                     Weighted{1, &H::revoke_a_jti},
                                     Weighted{3, &H::take_from_whitelist},
                                     Weighted{1, &H::put_on_whitelist},
                                     Weighted{2, &H::go_back_to_blacklist},
                                     Weighted{6, &H::change_policy},
                                     Weighted{4, &H::set_foreign_watermark},
                                     Weighted{2, &H::revoke_subject},
                                     Weighted{1, &H::revoke_all},
                                     Weighted{2, &H::close},
                                     Weighted{1, &H::blacklist_session},
                                     Weighted{6, &H::keep_copy},
                                     Weighted{5, &H::restore_copy},
                                     Weighted{3, &H::step_clock_back},
                                     Weighted{5, &H::look_at_keys},
                                     Weighted{3, &H::open},
                                     Weighted{2, &H::tidy}};
  static constexpr int kTotal = [] {
    int total = 0;
    for (const auto& step : kSteps) total += step.weight;
    return total;
  }();

  const auto begun = co_await time();
  co_await open();
  auto now = begun;
  while (!over() && now < begun + duration_) {
    now = co_await time();
    if (sessions_.empty() || !latest().model.has_record(latest_time_)) {
      const bool again = sessions_.empty() || draw(0, 2) == 0;
      if (again) co_await open();
      if (sessions_.empty()) continue;
    }
    int drawn = draw(0, kTotal - 1);
    const auto* step = kSteps.begin();
    while (drawn >= step->weight) drawn -= (step++)->weight;
    co_await (this->*(step->step))();
    co_await pause();
  }
}

Task<void> RotationHistory::open() {
  // A foreign "everything" would end the history: nobody can sign in.
  if (draw(0, 2) == 0) {
    Command forget("DEL", keys_.blacklisted_subject(subject_.text()), keys_.blacklisted_all());
    co_await command(std::move(forget));
    raw_subject_.reset();
    raw_everybody_.reset();
    watermarks_ = {};
  }
  auto gate = co_await store_.read_gate(subject_);
  if (!answered(gate)) co_return;
  check(gate->subject_watermark == raw_subject_ && gate->everybody_watermark == raw_everybody_,
        "the gate saw other watermarks than stand");
  if (draw(0, 5) == 0) co_await set_foreign_watermark();

  UnixMillis begun = gate->earliest_begin;
  switch (draw(0, 9)) {
    case 0:
      begun = gate->store_time + milliseconds{draw(1, 2000)};
      break;
    case 1:
      begun = gate->store_time - milliseconds{draw(4990, 5010)};
      break;
    case 2:
      if (watermarks_.subject && watermarks_.subject->instant()) {
        begun = *watermarks_.subject->instant() + milliseconds{draw(0, 2)};
      }
      break;
    default:
      break;
  }
  std::array<std::uint8_t, 10> entropy{};
  for (auto& byte : entropy) byte = static_cast<std::uint8_t>(random_());
  core::SessionNonce nonce{};
  for (auto& byte : nonce) byte = static_cast<std::uint8_t>(random_());
  const Uuid sid = Uuid::version7(begun, entropy);
  service::NewSession session{subject_, sid,
                              *gate,    nonce,
                              kKeyId,   id_of_token(sid, 0),
                              entropy,  {"read write", R"({"tenant":"t1"})"},
                              {},       lifetimes_};
  const auto outcome = co_await store_.open(session);
  if (!answered(outcome)) co_return;
  told_.push_back("open, sid's time " + text(count(begun)) + ", now " + text(count(outcome->now)));

  const UnixMillis now = outcome->now;
  const auto kind = [&] {
    if (gate->subject_watermark != raw_subject_ || gate->everybody_watermark != raw_everybody_) {
      return OpenOutcome::Kind::gate_changed;
    }
    UnixMillis latest_begin = now;
    for (const auto& watermark : {watermarks_.subject, watermarks_.everybody}) {
      if (!watermark) continue;
      if (watermark->covers(sid.time())) return OpenOutcome::Kind::clock_disagrees;
      latest_begin = std::max(latest_begin, *watermark->instant() + milliseconds{1});
    }
    const bool in_time = sid.time() <= latest_begin && sid.time() >= now - seconds{5};
    return in_time ? OpenOutcome::Kind::opened : OpenOutcome::Kind::clock_disagrees;
  }();
  check(outcome->kind == kind, "open was answered " + text(static_cast<int>(outcome->kind)) +
                                   ", expected " + text(static_cast<int>(kind)));
  if (outcome->kind != OpenOutcome::Kind::opened || !mismatch_.empty()) co_return;
  if (sid.time() > now) ahead_ = std::max(ahead_, sid.time());
  const auto& live = *outcome->live;
  ModelSession model(sid.time(), now, nonce, lifetimes_, strategy(), live.jti);
  issued();
  check(times_of(live.access) == times_of(model.first_access()), "open's access token");
  check(live.session_end == model.end(), "open's session end");
  check(Uuid::parse(live.jti)->time() == now, "open's jti is not of this moment");
  jtis_.push_back(live.jti);
  sessions_.push_back({std::move(session), std::move(model), 0, true, {}});
}

Task<void> RotationHistory::refresh(Session& session, core::PresentedRefresh presented,
                                    core::SessionLifetimes lifetimes) {
  std::array<std::uint8_t, 10> entropy{};
  for (auto& byte : entropy) byte = static_cast<std::uint8_t>(random_());
  service::Rotation rotation{subject_,
                             session.opened.sid,
                             presented,
                             id_of_token(session.opened.sid, presented.generation),
                             kKeyId,
                             id_of_token(session.opened.sid, presented.generation + 1),
                             entropy,
                             "agent " + std::string(static_cast<std::size_t>(draw(0, 200)), 'x'),
                             "192.0.2." + std::to_string(draw(0, 9)),
                             lifetimes};
  const auto answer = co_await store_.rotate(std::move(rotation));
  if (!answered(answer)) co_return;
  const auto expected =
      session.model.refresh(presented, watermarks_, strategy(), answer->now, lifetimes);
  if (answer->outcome == RefreshOutcome::rotated) issued();
  told_.push_back(session.opened.sid.to_string() + " refresh " + text(presented.generation) +
                  ", now " + text(count(answer->now)) + " grace " + text(lifetimes.grace.count()) +
                  ": " + std::string(name_of(answer->outcome)) +
                  (answer->live ? " " + text(answer->live->generation) : ""));
  compare(session, *answer, expected);
}

void RotationHistory::compare(Session& session, const service::RotationOutcome& answer,
                              const Prediction& expected) {
  check(answer.now >= latest_time_, "the clock of the answers went back");
  latest_time_ = std::max(latest_time_, answer.now);
  ++seen_[static_cast<std::size_t>(answer.outcome)];
  if (answer.outcome == RefreshOutcome::rotated) session.in_index = true;
  if (answer.outcome == RefreshOutcome::revoked || answer.outcome == RefreshOutcome::reused) {
    session.in_index = false;
  }
  check(answer.outcome == expected.outcome, "expected " + std::string(name_of(expected.outcome)));
  check(answer.retry_after == expected.retry_after, "retry_after");
  check(answer.live.has_value() == expected.live, "a generation, or none");
  if (!answer.live || !mismatch_.empty()) return;
  const auto& live = *answer.live;
  check(live.generation == expected.generation, "expected generation " + text(expected.generation));
  check(live.key_id == kKeyId, "key id");
  check(times_of(live.access) == times_of(expected.access), "iat or exp");
  check(live.session_end == expected.end,
        "session end " + text(count(live.session_end)) + ", expected " + text(count(expected.end)));
  check(live.grant.scope == session.opened.grant.scope, "scope");
  check(live.grant.claims_json == session.opened.grant.claims_json, "claims");
  if (expected.jti.empty()) {
    const auto jti = Uuid::parse(live.jti);
    check(jti && jti->is_version7() && jti->time() == answer.now, "the jti is not of this moment");
    check(std::find(jtis_.begin(), jtis_.end(), live.jti) == jtis_.end(), "the jti is not new");
    session.model.name_live_jti(live.jti);
    jtis_.push_back(live.jti);
  } else {
    check(live.jti == expected.jti, "one generation has two access tokens");
  }
  session.highest = std::max(session.highest, live.generation);
}

Task<void> RotationHistory::refresh_live() {
  auto& session = latest();
  const auto generation = session.model.live_generation().value_or(session.highest);
  co_await refresh(session, presented(session, generation), lifetimes_);
}

Task<void> RotationHistory::refresh_any() {
  auto& session = any();
  const auto highest = static_cast<int>(session.highest);
  // The last few are those that a second tab holds.
  const int lowest = draw(0, 3) == 0 ? 0 : std::max(0, highest - 3);
  const auto generation = static_cast<core::Generation>(draw(lowest, highest));
  auto lifetimes = lifetimes_;
  if (draw(0, 7) == 0) lifetimes.grace = seconds{10};  // what is forgotten stays forgotten
  co_await refresh(session, presented(session, generation), lifetimes);
}

Task<void> RotationHistory::refresh_with_other_nonce() {
  auto& session = latest();
  auto nonce = session.opened.nonce;
  nonce[static_cast<std::size_t>(draw(0, 15))] ^= 1;
  const auto generation = static_cast<core::Generation>(draw(0, static_cast<int>(session.highest)));
  auto token = presented(session, generation);
  token.nonce = nonce;
  co_await refresh(session, token, lifetimes_);
}

/// With lifetimes (which a server's configuration may change at any time) that put this very
/// moment at an edge, give or take milliseconds.
Task<void> RotationHistory::refresh_at_an_edge() {
  auto& session = any();
  auto lifetimes = lifetimes_;
  const auto now = co_await time();
  const milliseconds off{draw(-1, 3)};
  const auto highest = static_cast<int>(session.highest);
  auto generation = static_cast<core::Generation>(draw(std::max(0, highest - 2), highest));
  auto on_the_edge = generation;
  if (highest >= 32 && draw(0, 1) == 0) {
    generation = session.model.live_generation().value_or(0);
    on_the_edge = generation - std::min(generation, core::Generation{32});
  }
  if (const auto at = session.model.superseded_at(on_the_edge)) {
    lifetimes.grace = std::max(milliseconds{0}, now - *at + off);
  }
  if (!session.model.has_record(now)) {
    lifetimes.absolute = now - session.opened.sid.time() + off;
  } else if (session.model.end() - now < milliseconds{30}) {
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             session.model.end() - now - milliseconds{1});
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await refresh(session, presented(session, generation), lifetimes);
}

/// More than a session may have at once, with copies taken on the way.
Task<void> RotationHistory::refresh_in_a_storm() {
  const int times = draw(20, 45);
  if (draw(0, 1) == 0) co_await keep_copy();
  auto& session = latest();
  auto lifetimes = lifetimes_;
  if (draw(0, 1) == 0) {  // only the remembered generations count
    lifetimes.access = seconds{0};
    lifetimes.grace = seconds{3};
  }
  for (int i = 0; i < times && !over(); ++i) {
    const auto generation = session.model.live_generation().value_or(session.highest);
    co_await refresh(session, presented(session, generation), lifetimes);
    if (draw(0, 15) == 0) co_await refresh_any();
  }
  for (int i = 0; i < 3 && session.highest >= 32 && !over(); ++i) co_await refresh_at_an_edge();
}

Task<void> RotationHistory::delete_refresh_key() {
  auto& session = latest();
  Command forget("DEL");
  for (core::Generation g = 0; g <= session.highest; ++g) forget.add(refresh_key(session, g));
  told_.emplace_back("foreign DEL of the refresh tokens");
  co_await command(std::move(forget));
  session.model.delete_refresh_key();
}

Task<void> RotationHistory::blacklist_a_jti() {
  const auto jti = draw_jti();
  if (jti.empty()) co_return;
  told_.push_back("foreign blacklist:jti " + jti);
  Command set("SET", keys_.blacklisted_jti(jti), "whatever");
  co_await command(std::move(set));
  for (auto& session : sessions_) session.model.blacklist_jti(jti);
}

Task<void> RotationHistory::revoke_a_jti() {
  const auto jti = draw_jti();
  if (jti.empty()) co_return;
  told_.push_back("revoke_token " + jti);
  const auto exp = std::chrono::floor<seconds>(latest_time_) + seconds{60};
  const auto done = co_await store_.revoke_token(jti, exp, core::Reason::admin, subject_);
  if (!answered(done)) co_return;
  for (auto& session : sessions_) {
    session.model.blacklist_jti(jti);
    session.model.set_whitelisted(jti, false);
  }
  // At once: a place that was left would end with its token, and a busy machine looks later.
  Command exist("EXISTS", keys_.whitelisted_jti(subject_.text(), jti));
  const Reply place = co_await command(std::move(exist));
  check(place.integer() == 0, "revoked and still whitelisted: " + jti);
}

Task<void> RotationHistory::take_from_whitelist() {
  const auto jti = draw_jti();
  if (jti.empty()) co_return;
  told_.push_back("foreign DEL of whitelist:… " + jti);
  Command forget("DEL", keys_.whitelisted_jti(subject_.text(), jti));
  co_await command(std::move(forget));
  for (auto& session : sessions_) session.model.set_whitelisted(jti, false);
}

/// Of what is taken from the whitelist the next refresh learns, but not where none is asked.
Task<void> RotationHistory::go_back_to_blacklist() {
  co_await take_from_whitelist();
  policy_.saw({core::Strategy::blacklist});
  published_ = core::Strategy::blacklist;
  Command set("SET", keys_.policy(), core::Policy{*published_}.text());
  co_await command(std::move(set));
  told_.emplace_back("blacklist, own and published");
  co_await refresh_live();
}

Task<void> RotationHistory::put_on_whitelist() {
  const auto jti = draw_jti();
  if (jti.empty()) co_return;
  told_.push_back("foreign SET of whitelist:… " + jti);
  Command set("SET", keys_.whitelisted_jti(subject_.text(), jti), "");
  co_await command(std::move(set));
  for (auto& session : sessions_) session.model.set_whitelisted(jti, true);
}

/// Another server, or this one started again, goes by another strategy; or the policy is lost.
Task<void> RotationHistory::change_policy() {
  const auto drawn = [&] {
    return draw(0, 1) == 0 ? core::Strategy::blacklist : core::Strategy::whitelist;
  };
  if (draw(0, 1) == 0) policy_.saw({drawn()});
  const bool forget = draw(0, 3) == 0;
  published_.reset();
  if (!forget) published_ = drawn();
  Command set = forget ? Command("DEL", keys_.policy())
                       : Command("SET", keys_.policy(), core::Policy{*published_}.text());
  co_await command(std::move(set));
  told_.push_back("own strategy " + std::string(name_of(policy_.goes_by().strategy)) +
                  ", published " + (forget ? "none" : std::string(name_of(*published_))));
}

core::Strategy RotationHistory::strategy() const {
  const auto own = policy_.goes_by().strategy;
  return core::stricter(own, published_.value_or(own));
}

void RotationHistory::issued() {
  if (!published_) published_ = policy_.goes_by().strategy;
}

std::string RotationHistory::draw_jti() {
  if (jtis_.empty()) return {};
  const int newest = static_cast<int>(jtis_.size()) - 1;
  return jtis_[static_cast<std::size_t>(draw(std::max(0, newest - 3), newest))];
}

Task<void> RotationHistory::set_foreign_watermark() {
  const bool everybody = draw(0, 3) == 0;
  const auto key = everybody ? keys_.blacklisted_all() : keys_.blacklisted_subject(subject_.text());
  auto& raw = everybody ? raw_everybody_ : raw_subject_;
  auto& watermark = everybody ? watermarks_.everybody : watermarks_.subject;
  const auto begun = sessions_.empty() ? count(latest_time_) : count(latest().opened.sid.time());
  const std::array<std::string, 14> values{
      text(begun - 1), text(begun - 1),      text(begun), text(begun),     text(begun + 1), "1",
      "yes",           "1000000000000",      "",          "1000000000001", "999999999999",  "-5",
      "1e15",          "0" + text(begun - 1)};
  const bool forget = draw(0, 3) == 0;
  const auto value = values[static_cast<std::size_t>(draw(0, 13))];
  told_.push_back((everybody ? "foreign blacklist:all " : "foreign blacklist:user ") +
                  (forget ? "(none)" : value));
  Command set = forget ? Command("DEL", key) : Command("SET", key, value);
  co_await command(std::move(set));
  raw.reset();
  watermark.reset();
  if (forget) co_return;
  raw = value;
  watermark = core::Watermark::parse(value);
}

Task<void> RotationHistory::revoke_subject() {
  const auto before = co_await time();
  const auto revoked = co_await store_.revoke_subject(subject_, core::Reason::admin);
  if (!answered(revoked)) co_return;
  const auto after = co_await time();
  told_.push_back("revoke_subject: " + text(count(revoked->watermark)));
  if (watermarks_.subject && !watermarks_.subject->instant()) {
    check(revoked->watermark == UnixMillis::max(), "everything stays everything");
    co_return;
  }
  UnixMillis least = std::max(before + seconds{1}, ahead_);
  UnixMillis most = std::max(after + seconds{1}, ahead_);
  if (watermarks_.subject) {
    const auto next = *watermarks_.subject->instant() + milliseconds{1};
    least = std::max(least, next);
    most = std::max(most, next);
  }
  check(revoked->watermark >= least && revoked->watermark <= most, "the watermark");
  watermarks_.subject = core::Watermark::at(revoked->watermark);
  raw_subject_ = text(count(revoked->watermark));
  if (draw(0, 1) == 0) co_await tidy();
}

Task<void> RotationHistory::tidy() {
  const auto before = co_await time();
  std::string first;
  const auto tidied = co_await store_.tidy(subject_, core::Reason::admin, std::move(first));
  if (!answered(tidied)) co_return;
  told_.emplace_back("tidy");
  co_await time();
  check(tidied->finished(), "a few sessions are one batch");
  for (auto& session : sessions_) {
    if (!is_covered(session) || !session.in_index || !session.model.has_record(before)) continue;
    if (session.model.has_record(latest_time_)) {
      session.model.close();
      session.in_index = false;
    } else {
      session.lose_record();
    }
  }
}

Task<void> RotationHistory::revoke_all() {
  const auto revoked = co_await store_.revoke_all(core::Reason::admin);
  if (!answered(revoked)) co_return;
  told_.push_back("revoke_all: " + text(count(*revoked)));
  if (watermarks_.everybody && !watermarks_.everybody->instant()) {
    check(*revoked == UnixMillis::max(), "everything stays everything");
    co_return;
  }
  check(*revoked >= ahead_, "a session that began ahead of the clock lives on");
  watermarks_.everybody = core::Watermark::at(*revoked);
  raw_everybody_ = text(count(*revoked));
}

bool RotationHistory::is_covered(const Session& session) const {
  const auto begun = session.opened.sid.time();
  return (watermarks_.subject && watermarks_.subject->covers(begun)) ||
         (watermarks_.everybody && watermarks_.everybody->covers(begun));
}

Task<void> RotationHistory::close() {
  auto& session = any();
  const bool existing_only = draw(0, 1) == 0;
  const auto before = co_await time();
  service::Stored<bool> closed = false;
  if (existing_only) {
    closed = co_await store_.close_existing(subject_, session.opened.sid, core::Reason::logout);
  } else {
    const auto until = before + seconds{1};
    closed = co_await store_.close(subject_, session.opened.sid, core::Reason::logout, until);
  }
  if (!answered(closed)) co_return;
  const auto after = co_await time();
  told_.push_back(session.opened.sid.to_string() + " close: " + text(*closed ? 1 : 0));
  const bool dead = session.model.is_blacklisted() || is_covered(session);
  if (dead || !session.model.has_record(before)) check(!*closed, "no session was alive");
  if (!dead && session.model.has_record(after)) check(*closed, "a session was alive");
  if (session.model.has_record(after)) {
    session.model.close();
    session.in_index = false;
    co_return;
  }
  if (session.model.has_record(before)) session.lose_record();
  if (!existing_only) {
    session.model.close_without_record();
    session.in_index = false;
  }
}

Task<void> RotationHistory::blacklist_session() {
  auto& session = latest();
  const auto sid = session.opened.sid.to_string();
  told_.push_back(sid + " blacklist_session");
  const auto done = co_await store_.blacklist_session(sid, core::Reason::admin);
  if (answered(done)) session.model.blacklist();
}

Task<void> RotationHistory::keep_copy() {
  auto& session = latest();
  Command dump("DUMP", record_key(session));
  const Reply bytes = co_await command(std::move(dump));
  Command ttl("PEXPIRETIME", record_key(session));
  const Reply expires = co_await command(std::move(ttl));
  if (!bytes.text() || expires.integer().value_or(-2) < 0) co_return;
  told_.emplace_back("a copy is kept");
  session.copy = {std::string(*bytes.text()), *expires.integer(), session.model.live_generation(),
                  session.model.copy()};
}

Task<void> RotationHistory::restore_copy() {
  auto& session = any();
  if (!session.copy || !session.copy->live) co_return;
  // The refresh token's key comes back as a rule, when all of Redis does.
  const bool with_refresh_key = draw(0, 4) != 0;
  told_.push_back(session.opened.sid.to_string() + " is restored to generation " +
                  text(*session.copy->live) + (with_refresh_key ? "" : ", its key is not"));
  Command restore("RESTORE", record_key(session), session.copy->expires, session.copy->dump,
                  "REPLACE", "ABSTTL");
  co_await command(std::move(restore));
  session.model.rewind(session.copy->model, with_refresh_key);
  if (with_refresh_key) co_await restore_refresh_key(session);
  if (draw(0, 1) == 0) co_return;
  // Who holds the newest token comes back first, and then a second tab.
  co_await refresh(session, presented(session, session.highest), lifetimes_);
  co_await refresh_any();
}

Task<void> RotationHistory::restore_refresh_key(const Session& session) {
  Command set("SET", refresh_key(session, *session.copy->live), subject_.text(), "PXAT",
              session.copy->expires);
  co_await command(std::move(set));
}

Task<void> RotationHistory::step_clock_back() {
  auto& session = latest();
  const auto at = latest_time_ + milliseconds{draw(200, 2000)};
  const auto live = session.model.live_generation();
  if (!live || !session.model.has_record(latest_time_ + seconds{1})) co_return;
  if (!session.model.supersede_in_future(at)) co_return;
  core::Generation newest = *live;
  while (session.model.superseded_at(newest) != at) --newest;
  told_.push_back("generation " + text(newest) + " counts as superseded at " + text(count(at)));
  Command set("HSET", record_key(session), "p" + std::to_string(newest), count(at));
  co_await command(std::move(set));
  if (draw(0, 1) == 0) co_await refresh(session, presented(session, newest), lifetimes_);
}

/// What stands is what the model says: an entry for what was ended, and no refresh token but the
/// live one.
Task<void> RotationHistory::look_at_keys() {
  auto& session = any();
  if (session.model.is_blacklisted()) {
    Command entry("EXISTS", keys_.blacklisted_session(session.opened.sid.to_string()));
    const Reply reply = co_await command(std::move(entry));
    check(reply.integer() == 1, "an ended session is not blacklisted");
  }
  co_await look_at_whitelist(session);
  if (session.copy) co_return;  // a copy brings back keys that the original had left
  Command exist("EXISTS", record_key(session));
  const Reply record = co_await command(std::move(exist));
  std::vector<Command> questions;
  for (core::Generation g = 0; g <= session.highest; ++g) {
    questions.emplace_back("EXISTS", refresh_key(session, g));
  }
  const auto replies = co_await redis_.run_all(questions);
  const auto now = co_await time();
  if (!replies) {
    check(false, "unavailable: " + replies.error().detail);
    co_return;
  }
  const bool dead = !session.model.has_record(now);
  for (core::Generation g = 0; g <= session.highest; ++g) {
    const bool stands = (*replies)[g].integer() == 1;
    if (session.model.refresh_key(now) == g) check(stands, "the live refresh token's key is gone");
    if (session.model.live_generation() != g) check(!stands, "a dead refresh token's key stands");
  }
  if (!dead) check(record.integer() == 1, "the record is gone");
}

Task<void> RotationHistory::look_at_whitelist(const Session& session) {
  Command question("GET", keys_.policy());
  const Reply policy = co_await command(std::move(question));
  const auto stands = policy.text() ? core::Policy::parse(*policy.text()) : std::nullopt;
  check(
      stands.has_value() == published_.has_value() && (!stands || stands->strategy == *published_),
      "the policy");
  for (const auto& [jti, alive] : session.model.whitelist()) {
    Command exist("EXISTS", keys_.whitelisted_jti(subject_.text(), jti));
    const Reply place = co_await command(std::move(exist));
    check(place.integer() == (alive ? 1 : 0),
          (alive ? "not on the whitelist: " : "whitelisted: ") + jti);
  }
}

}  // namespace recant::redis
