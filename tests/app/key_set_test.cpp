// Servers that share their keys in one database: two keepers, each with clocks, connections and
// threads' rings of its own, on a set that both may change.
#include "app/key_set.hpp"

#include <gmock/gmock.h>
#include <soci/soci.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "app/key_set_text.hpp"
#include "app/key_thread.hpp"
#include "app/readiness.hpp"
#include "crypto/random.hpp"
#include "database/fixture.hpp"
#include "service/key_keeper.hpp"
#include "testing/manual_clock.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using database::Kind;
using database::name_of_engine;
using database::SealedKeySet;
using database::SqlKeySet;
using service::KeyState;
using service::RotateOrder;
using service::SharedKeyRing;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr service::KeyOptions kOptions{Algorithm::es256, {minutes{15}, hours{24 * 90}}, {}};
constexpr milliseconds kTick{500};

struct KeptEvents final : service::EventSink {
  std::vector<std::string> lines;
  void record(service::Event event, const service::Caller& caller,
              const service::EventFields& fields) override {
    lines.push_back(std::string(service::name_of(event)) + " " + caller.actor + " " +
                    std::string(fields.detail));
  }
  void administered(const service::Caller&, const service::AdminAct&) override {}
};

struct Board final : service::KeyBoard {
  bool show(SharedKeyRing ring) override {
    shown = std::move(ring);
    return true;
  }
  SharedKeyRing shown;
};

crypto::Sealer sealer(std::uint8_t first) {
  std::array<std::uint8_t, 32> secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(first + i);
  return crypto::Sealer(secret);
}

/// One of several servers.
class Server {
 public:
  using Wait = std::function<void(milliseconds)>;

  Server(
      std::unique_ptr<database::Database> database, service::KeyOptions options = kOptions,
      std::vector<crypto::Sealer> sealers = {sealer(1)}, Wait wait = [](milliseconds) {})
      : database_(std::move(database)),
        set_(*database_, std::move(sealers), "/etc/recant/seal", random_, std::move(wait)),
        keeper_(set_, options, clock, random_, events) {}

  std::string open() {
    const auto notes = keeper_.open({});
    return notes ? "" : notes.error();
  }
  std::string tick() {
    const auto done = keeper_.tick(board_);
    return done ? "" : done.error();
  }
  service::Outcome<service::KeyRotation> rotate(const RotateOrder& order = {}) {
    return keeper_.rotate(order, {.request_id = {}, .address = {}, .user_agent = {}, .actor = "me"},
                          board_);
  }

  const service::KeyRing& ring() const { return *keeper_.ring(); }
  bool is_behind() const { return keeper_.is_behind(); }
  std::string kid() const { return ring().signing.kid; }
  std::string refresh_id() const { return ring().refresh.current_key_id(); }
  bool verifies(const std::string& id) const { return ring().verification.find(id) != nullptr; }
  /// Are tokens that `other` makes now good here?
  bool knows_what_signs_at(const Server& other) const {
    return verifies(other.kid()) && ring().refresh.knows(other.refresh_id());
  }

  testing::ManualClock clock;
  KeptEvents events;

 private:
  std::unique_ptr<database::Database> database_;
  crypto::SystemRandom random_;
  KeySet set_;
  service::KeyKeeper keeper_;
  Board board_;
};

class KeySetTest : public database::OnBothEngines {
 protected:
  std::unique_ptr<Server> server(
      service::KeyOptions options = kOptions, Server::Wait wait = [](milliseconds) {}) {
    return std::make_unique<Server>(open(), options, std::vector{sealer(1)}, std::move(wait));
  }
  /// Both live on for so long, and look at the set as often as the key thread does.
  void pass(milliseconds time) {
    for (milliseconds passed{0}; passed < time; passed += kTick) {
      for (Server* one : {a_.get(), b_.get()}) {
        one->clock.advance(kTick);
        EXPECT_EQ(one->tick(), "");
        EXPECT_TRUE(a_->knows_what_signs_at(*b_));
        EXPECT_TRUE(b_->knows_what_signs_at(*a_));
      }
    }
  }
  void start_both() {
    ASSERT_EQ(a_->open(), "");
    ASSERT_EQ(b_->open(), "");
  }
  SealedKeySet stands() {
    const auto database = open();
    return **SqlKeySet(*database).load();
  }
  void put(const std::string& sealed) {
    const auto database = open();
    ASSERT_TRUE(*SqlKeySet(*database).replace({stands().version + 1, sealed}));
  }

  /// As whoever can write the database can, whatever version stands there.
  void write_over(const SealedKeySet& set) {
    const auto database = open();
    const long long version = set.version;
    *database->lease() << "UPDATE key_set SET version = :version, sealed = :sealed",
        soci::use(version), soci::use(set.sealed);
  }

  std::unique_ptr<Server> a_ = server();
  std::unique_ptr<Server> b_ = server();
};

TEST_P(KeySetTest, TheFirstStartOfTwoMakesOneSet) {
  start_both();
  EXPECT_EQ(a_->kid(), b_->kid());
  EXPECT_EQ(a_->refresh_id(), b_->refresh_id());
  EXPECT_EQ(a_->ring().jwks, b_->ring().jwks);
  EXPECT_EQ(stands().version, 1);
}

TEST_P(KeySetTest, TheFirstStartOfManyAtOnceMakesOneSet) {
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < 6; ++i) servers.push_back(server());
  {
    std::vector<std::jthread> threads;
    for (auto& one : servers) threads.emplace_back([&] { EXPECT_EQ(one->open(), ""); });
  }
  for (auto& one : servers) {
    EXPECT_EQ(one->kid(), servers.front()->kid());
    EXPECT_EQ(one->refresh_id(), servers.front()->refresh_id());
  }
}

TEST_P(KeySetTest, ARotationAtOneIsFollowedByTheOther) {
  start_both();
  const std::string old_kid = a_->kid();
  const auto rotation = a_->rotate();
  ASSERT_TRUE(rotation);
  ASSERT_THAT(rotation->made, SizeIs(2));
  EXPECT_FALSE(b_->verifies(rotation->made[0]));
  pass(kTick);
  EXPECT_TRUE(b_->verifies(rotation->made[0]));
  EXPECT_THAT(b_->ring().jwks, HasSubstr(rotation->made[0]));
  EXPECT_EQ(b_->kid(), old_kid);
  EXPECT_THAT(b_->events.lines[0],
              HasSubstr("another server access " + rotation->made[0] + " published, signs from"));
  pass(minutes{10});
  for (const Server* one : {a_.get(), b_.get()}) {
    EXPECT_EQ(one->kid(), rotation->made[0]);
    EXPECT_EQ(one->refresh_id(), rotation->made[1]);
    EXPECT_TRUE(one->verifies(old_kid));
  }
  pass(minutes{21});
  for (const Server* one : {a_.get(), b_.get()}) EXPECT_FALSE(one->verifies(old_kid));
}

TEST_P(KeySetTest, WhatFallsDueAsAnothersChangeIsTakenOverIsToldToo) {
  start_both();
  const auto rotation = a_->rotate({.kinds = {service::KeyKind::access}});
  ASSERT_TRUE(rotation);
  pass(kTick);
  ASSERT_TRUE(a_->rotate({.kinds = {service::KeyKind::refresh}}));
  b_->events.lines.clear();
  b_->clock.advance(minutes{10});
  EXPECT_EQ(b_->tick(), "");
  EXPECT_EQ(b_->kid(), rotation->made[0]);
  EXPECT_THAT(b_->events.lines, Contains(HasSubstr("another server refresh ")));
  EXPECT_THAT(b_->events.lines, Contains(HasSubstr("schedule access " + b_->kid() + " signing")));
}

TEST_P(KeySetTest, WhoeverRotatesAfterAnotherGetsTheRotationThatIsUnderWay) {
  start_both();
  const auto first = a_->rotate();
  ASSERT_TRUE(first);
  const auto second = b_->rotate();  // and has not looked since
  ASSERT_TRUE(second);
  EXPECT_THAT(second->made, IsEmpty());
  EXPECT_EQ(second->report.keys.size(), first->report.keys.size());
  EXPECT_TRUE(b_->verifies(first->made[0]));
}

TEST_P(KeySetTest, ManyThatRotateAtOnceRotateOnce) {
  start_both();
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < 4; ++i) {
    servers.push_back(server());
    ASSERT_EQ(servers.back()->open(), "");
  }
  std::atomic<std::size_t> made{0};
  {
    std::vector<std::jthread> threads;
    for (auto& one : servers) {
      threads.emplace_back([&] {
        const auto rotation = one->rotate();
        EXPECT_TRUE(rotation);
        if (rotation) made += rotation->made.size();
      });
    }
  }
  EXPECT_EQ(made, 2u);  // a key and a secret
  EXPECT_EQ(a_->tick(), "");
  EXPECT_THAT(a_->ring().report.keys, SizeIs(4));
}

TEST_P(KeySetTest, TheScheduleRotatesOnce) {
  service::KeyOptions options = kOptions;
  options.rotate_every = hours{24};
  a_ = server(options);
  b_ = server(options);
  start_both();
  for (Server* one : {a_.get(), b_.get()}) one->clock.advance(hours{24} - minutes{10});
  {
    const std::jthread one([&] { EXPECT_EQ(a_->tick(), ""); });
    const std::jthread two([&] { EXPECT_EQ(b_->tick(), ""); });
  }
  pass(kTick);
  for (const Server* one : {a_.get(), b_.get()}) EXPECT_THAT(one->ring().report.keys, SizeIs(4));
  const std::string before = a_->kid();
  pass(minutes{10});
  EXPECT_NE(a_->kid(), before);
  EXPECT_EQ(a_->kid(), b_->kid());
  EXPECT_EQ(a_->refresh_id(), b_->refresh_id());
}

/// pass() holds at each step that each knows what the other signs with.
TEST_P(KeySetTest, AKeyThatIsToSignAtOnceIsKnownToAllBefore) {
  start_both();
  const std::string old_kid = a_->kid();
  const auto rotation = a_->rotate({.signs_in = seconds{0}});
  ASSERT_TRUE(rotation);
  EXPECT_EQ(a_->kid(), old_kid);
  EXPECT_FALSE(b_->verifies(rotation->made[0]));
  pass(service::kKnownWithin + kTick);
  EXPECT_EQ(a_->kid(), rotation->made[0]);
  EXPECT_EQ(b_->kid(), rotation->made[0]);
}

TEST_P(KeySetTest, AClockThatIsAheadLetsNoKeySignEarly) {
  start_both();
  b_->clock.set_wall(b_->clock.wall() + minutes{3});
  const auto rotation = a_->rotate({.signs_in = seconds{0}});
  ASSERT_TRUE(rotation);
  // By its own clock the key should sign at B as soon as it is seen. C has not looked yet.
  const auto c = server();
  ASSERT_EQ(b_->tick(), "");
  EXPECT_NE(b_->kid(), rotation->made[0]);
  ASSERT_EQ(c->open(), "");
  EXPECT_NE(c->kid(), rotation->made[0]);
  pass(service::kKnownWithin + kTick);
  EXPECT_EQ(b_->kid(), rotation->made[0]);
  EXPECT_TRUE(c->knows_what_signs_at(*b_));
}

TEST_P(KeySetTest, WhatTakesARetiredKeysPlaceIsKnownToAllBefore) {
  std::string old_kid;
  bool waited = false;
  a_ = server(kOptions, [&](milliseconds time) {
    EXPECT_EQ(time, service::kKnownWithin);
    EXPECT_EQ(a_->kid(), old_kid);
    EXPECT_EQ(b_->tick(), "");
    EXPECT_EQ(b_->kid(), old_kid);
    waited = true;
  });
  start_both();
  old_kid = a_->kid();
  EXPECT_FALSE(waited);  // the very first start waits for nobody
  const auto rotation = a_->rotate({.retire = old_kid});
  ASSERT_TRUE(rotation) << rotation.error().detail;
  EXPECT_TRUE(waited);
  EXPECT_THAT(rotation->retired, SizeIs(1));
  ASSERT_THAT(rotation->made, SizeIs(1));
  EXPECT_EQ(a_->kid(), rotation->made[0]);
  EXPECT_FALSE(a_->verifies(old_kid));
  EXPECT_TRUE(b_->knows_what_signs_at(*a_));
  EXPECT_EQ(b_->tick(), "");
  EXPECT_EQ(b_->kid(), rotation->made[0]);
  EXPECT_FALSE(b_->verifies(old_kid));
  pass(kTick);
}

TEST_P(KeySetTest, WhatTakesThePlaceOfAllKeysIsKnownToAllBeforeAndStays) {
  a_ = server(kOptions, [&](milliseconds) { EXPECT_EQ(b_->tick(), ""); });
  start_both();
  ASSERT_TRUE(a_->rotate());  // is under way, and meant too
  const auto rotation = a_->rotate({.retire = "all"});
  ASSERT_TRUE(rotation) << rotation.error().detail;
  EXPECT_THAT(rotation->retired, SizeIs(4));
  EXPECT_THAT(rotation->made, UnorderedElementsAre(a_->kid(), a_->refresh_id()));
  for (const std::string& made : rotation->made) {
    EXPECT_THAT(rotation->retired, Not(Contains(made)));
  }
  EXPECT_TRUE(b_->knows_what_signs_at(*a_));  // and has not looked since
  EXPECT_EQ(b_->tick(), "");
  EXPECT_EQ(b_->kid(), a_->kid());
  EXPECT_EQ(b_->refresh_id(), a_->refresh_id());
  for (const std::string& retired : rotation->retired) {
    for (const Server* one : {a_.get(), b_.get()}) {
      EXPECT_FALSE(one->verifies(retired) || one->ring().refresh.knows(retired)) << retired;
    }
  }
  pass(kTick);
}

/// The other is first while this one waits: it plans anew, for the keys that it was told to retire.
TEST_P(KeySetTest, AllMeansTheKeysThatThereWereHoweverOftenAnotherIsFirst) {
  int waits = 0;
  a_ = server(kOptions, [&](milliseconds) {
    EXPECT_EQ(b_->tick(), "");
    if (++waits > 2) return;
    EXPECT_TRUE(b_->rotate({.signs_in = seconds{60 * waits}}));
  });
  start_both();
  const std::string old_kid = a_->kid();
  const std::string old_refresh = a_->refresh_id();
  const auto rotation = a_->rotate({.retire = "all"});
  ASSERT_TRUE(rotation) << rotation.error().detail;
  EXPECT_EQ(waits, 3);
  EXPECT_THAT(rotation->retired, UnorderedElementsAre(old_kid, old_refresh));
  EXPECT_THAT(rotation->made, UnorderedElementsAre(a_->kid(), a_->refresh_id()));
  EXPECT_TRUE(b_->knows_what_signs_at(*a_));
  EXPECT_EQ(b_->tick(), "");
  pass(kTick);
}

TEST_P(KeySetTest, TwoThatRetireAllAtOnceEndWithKeysThatBothKnow) {
  bool first = true;
  a_ = server(kOptions, [&](milliseconds) {
    if (std::exchange(first, false)) {
      EXPECT_TRUE(b_->rotate({.retire = "all"}));
    }
    EXPECT_EQ(b_->tick(), "");
  });
  start_both();
  const std::string old_kid = a_->kid();
  const auto rotation = a_->rotate({.retire = "all"});
  ASSERT_TRUE(rotation) << rotation.error().detail;
  EXPECT_THAT(rotation->retired, IsEmpty());  // the other was first
  for (const Server* one : {a_.get(), b_.get()}) EXPECT_FALSE(one->verifies(old_kid));
  EXPECT_EQ(a_->kid(), b_->kid());
  pass(kTick);
}

TEST_P(KeySetTest, AnUnknownKeyIsNotRetiredAndNothingIsMade) {
  start_both();
  const auto before = stands();
  EXPECT_EQ(b_->rotate({.retire = "nobody's"}).error().code, service::FailureCode::not_found);
  EXPECT_EQ(stands().sealed, before.sealed);
}

TEST_P(KeySetTest, A09_AnotherSealOpensNothing) {
  start_both();
  Server stranger(open(), kOptions, {sealer(9)});
  EXPECT_THAT(stranger.open(), AllOf(HasSubstr("cannot be opened"), HasSubstr("/etc/recant/seal"),
                                     HasSubstr("another secret"), HasSubstr("from your backup")));
  EXPECT_EQ(stands().version, 1);
}

TEST_P(KeySetTest, A09_WhatSomebodyChangedInTheDatabaseOpensNothing) {
  start_both();
  const std::string sealed = stands().sealed;
  // The same set as another version: an older one put back would look like this.
  put(sealed);
  EXPECT_THAT(server()->open(), HasSubstr("damaged, or somebody changed it"));
  EXPECT_THAT(a_->tick(), HasSubstr("damaged, or somebody changed it"));
  std::string changed = sealed;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  put(changed);
  EXPECT_THAT(server()->open(), HasSubstr("cannot be opened"));
  put("keys");
  EXPECT_THAT(server()->open(), HasSubstr("not as Recant wrote it"));
  EXPECT_TRUE(a_->knows_what_signs_at(*b_));  // they go on with what they have
}

TEST_P(KeySetTest, A09_NothingOfItIsReadable) {
  start_both();
  const std::string sealed = stands().sealed;
  for (const std::string& part :
       {a_->kid(), a_->refresh_id(), std::string("PRIVATE"), std::string("keys.json")}) {
    EXPECT_THAT(sealed, Not(HasSubstr(part)));
  }
}

TEST_P(KeySetTest, A09_TheSealIsChangedInThreeSteps) {
  ASSERT_EQ(a_->open(), "");
  const std::string kid = a_->kid();
  // 1: all open both, and seal with the old one.
  Server both(open(), kOptions, {sealer(1), sealer(2)});
  ASSERT_EQ(both.open(), "");
  EXPECT_THAT(stands().sealed, HasSubstr(sealer(1).id()));
  // 2: one seals with the new one, which the others open.
  Server next(open(), kOptions, {sealer(2), sealer(1)});
  ASSERT_EQ(next.open(), "");
  EXPECT_THAT(stands().sealed, HasSubstr(sealer(2).id()));
  // Who still seals with the old one does not take it back.
  EXPECT_EQ(both.tick(), "");
  EXPECT_THAT(stands().sealed, HasSubstr(sealer(2).id()));
  // 3: nobody needs the old one.
  Server last(open(), kOptions, {sealer(2)});
  ASSERT_EQ(last.open(), "");
  EXPECT_EQ(last.kid(), kid);
  EXPECT_THAT(server()->open(), HasSubstr("another secret"));
}

TEST_P(KeySetTest, AServerThatStartsLaterAndLivesLongerIsAllowedFor) {
  ASSERT_EQ(a_->open(), "");
  service::KeyOptions longer = kOptions;
  longer.lives.access_token = hours{20};
  b_ = server(longer);
  ASSERT_EQ(b_->open(), "");
  pass(kTick);
  const std::string old_kid = a_->kid();
  ASSERT_TRUE(a_->rotate({.signs_in = seconds{0}}));
  pass(service::kKnownWithin + kTick);
  pass(kTick);
  for (const auto& key : a_->ring().report.keys) {
    if (key.id != old_kid) continue;
    EXPECT_GT(*key.removed_at, a_->clock.wall() + hours{20});
  }
}

TEST_P(KeySetTest, WhoCannotReadTheSetForLongerThanOthersWaitIsBehind) {
  start_both();
  const std::string sealed = stands().sealed;
  put("keys");
  EXPECT_NE(a_->tick(), "");
  EXPECT_FALSE(a_->is_behind());
  a_->clock.advance(service::kKnownWithin + kTick);
  EXPECT_NE(a_->tick(), "");
  EXPECT_TRUE(a_->is_behind());
  write_over({1, sealed});
  EXPECT_EQ(a_->tick(), "");
  EXPECT_FALSE(a_->is_behind());
}

/// Neither the key that is due to sign nor the next of the schedule hides it.
TEST_P(KeySetTest, ASetThatWentBackIsToldOfAlsoWhileSomethingIsDue) {
  service::KeyOptions options = kOptions;
  options.rotate_every = hours{24};
  a_ = server(options);
  start_both();
  const SealedKeySet before = stands();
  ASSERT_TRUE(a_->rotate({.signs_in = hours{24}}));
  write_over(before);
  for (int day = 0; day < 3; ++day) {
    EXPECT_THAT(a_->tick(), HasSubstr("went back from version 2 to 1"));
    a_->clock.advance(hours{24});
  }
  EXPECT_TRUE(a_->is_behind());
}

/// The thread that looks at the set tells /readyz, for as long as it lasts.
TEST_P(KeySetTest, TheKeyThreadTellsThatItIsBehind) {
  const testing::ManualClock still;
  testing::ManualClock clock;
  crypto::SystemRandom random;
  Log log({.level = LogLevel::error}, still);
  Readiness readiness;
  boost::asio::io_context control;
  const auto database = open();
  KeyThread keys(std::make_unique<KeySet>(*database, std::vector{sealer(1)}, "/etc/recant/seal",
                                          random, [](milliseconds) {}),
                 kOptions, clock, random, log);
  ASSERT_TRUE(keys.open({}));
  keys.tell(readiness);
  keys.start(control, {});
  const auto turns = [&](bool to_fault) {
    const auto end = std::chrono::steady_clock::now() + seconds{60};
    while (readiness.keys_fault().empty() == to_fault && std::chrono::steady_clock::now() < end) {
      control.run_one_for(kTick);
    }
    return readiness.keys_fault().empty() != to_fault;
  };
  const SealedKeySet good = stands();
  put("keys");
  clock.advance(service::kKnownWithin + kTick);
  EXPECT_TRUE(turns(true));
  EXPECT_THAT(readiness.keys_fault(), HasSubstr("not known here"));
  write_over(good);
  EXPECT_TRUE(turns(false));
}

RECANT_ON_BOTH_ENGINES(KeySetTest);

class KeySetOnPostgresqlTest : public KeySetTest {};

TEST_P(KeySetOnPostgresqlTest, WhileTheDatabaseIsAwayTheKeysStayAndAfterwardsTheyGoOn) {
  start_both();
  auto& postgresql = testing::PostgresqlServer::of_this_executable();
  const std::string kid = a_->kid();
  const auto rotation = a_->rotate();
  ASSERT_TRUE(rotation);
  pass(kTick);
  postgresql.stop();
  EXPECT_THAT(a_->tick(), HasSubstr("cannot be reached"));
  const auto refused = a_->rotate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, service::FailureCode::unavailable);
  EXPECT_EQ(a_->kid(), kid);
  // What was published before signs when its time has come.
  for (Server* one : {a_.get(), b_.get()}) {
    one->clock.advance(minutes{10});
    one->tick();
    EXPECT_EQ(one->kid(), rotation->made[0]);
  }
  postgresql.start();
  const auto end = std::chrono::steady_clock::now() + seconds{60};
  while (!a_->tick().empty() && std::chrono::steady_clock::now() < end) {
  }
  pass(2 * kTick);
  EXPECT_EQ(a_->kid(), rotation->made[0]);
  EXPECT_EQ(b_->kid(), rotation->made[0]);
}

INSTANTIATE_TEST_SUITE_P(Contract, KeySetOnPostgresqlTest, ::testing::Values(Kind::postgresql),
                         name_of_engine);

TEST(KeySetText, IsRefusedWhenAnythingIsMissingOrTooMuch) {
  service::KeyBook book;
  const std::string whole(to_key_set_text(book, {}).reveal());
  EXPECT_TRUE(parse_key_set_text(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_key_set_text(whole.substr(0, size))) << size;
  }
  for (const std::string& text : {whole + "x", whole + "x 1\nx", std::string("keys.json -1\n"),
                                  std::string("keys.json 99999999999999999999\n"),
                                  std::string("other 0\n"), std::string("keys.json 0\n")}) {
    EXPECT_FALSE(parse_key_set_text(text)) << text;
  }
}

}  // namespace
}  // namespace recant::app
