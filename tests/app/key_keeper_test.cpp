// The keeper of the keys on real key files, with a clock that the test moves: what is decided when,
// and what is left of it after a restart.
#include "service/key_keeper.hpp"

#include <gmock/gmock.h>

#include "app/key_files.hpp"
#include "base/json.hpp"
#include "crypto/random.hpp"
#include "file_rights.hpp"
#include "testing/manual_clock.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using service::KeyKind;
using service::KeyState;
using service::KeyView;
using service::SharedKeyRing;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr service::KeyLives kLives{minutes{15}, hours{24 * 90}};

/// The rings in the order in which threads were shown them.
struct Shown final : service::KeyBoard {
  std::vector<SharedKeyRing> rings;
  std::function<void()> meanwhile;
  bool show(SharedKeyRing ring) override {
    rings.push_back(std::move(ring));
    if (meanwhile) meanwhile();
    return true;
  }
};

struct KeptEvents final : service::EventSink {
  std::vector<std::string> lines;
  void record(service::Event event, const service::Caller& caller,
              const service::EventFields& fields) override {
    lines.push_back(std::string(service::name_of(event)) + " " + caller.actor + " " +
                    std::string(fields.detail));
  }
  void administered(const service::Caller&, const service::AdminAct&) override {}
};

class KeyKeeperTest : public ::testing::Test {
 protected:
  /// As at the start of a server.
  void start(service::KeyOptions options = {Algorithm::es256, kLives, {}},
             std::vector<service::OwnKey> own = {}) {
    files_ = std::make_unique<KeyFiles>(directory());
    keeper_ = std::make_unique<service::KeyKeeper>(*files_, options, clock_, random_, events_);
    shown_.rings.clear();
    events_.lines.clear();
    auto notes = keeper_->open(std::move(own));
    ASSERT_TRUE(notes) << notes.error();
    notes_ = *notes;
  }
  service::Outcome<service::KeyRotation> try_rotate(const service::RotateOrder& order = {}) {
    return keeper_->rotate(
        order, {.request_id = {}, .address = {}, .user_agent = {}, .actor = "me"}, shown_);
  }
  service::KeyRotation rotate(const service::RotateOrder& order = {}) {
    auto rotation = try_rotate(order);
    if (rotation) return *std::move(rotation);
    ADD_FAILURE() << rotation.error().detail;
    return {};
  }
  void pass(milliseconds time) {
    clock_.advance(time);
    const auto done = keeper_->tick(shown_);
    EXPECT_TRUE(done) << done.error();
  }

  std::filesystem::path directory() const { return home_ / "keys"; }
  const service::KeyRing& ring() const { return *keeper_->ring(); }
  std::string kid() const { return ring().signing.kid; }
  std::string refresh_id() const { return ring().refresh.current_key_id(); }
  bool verifies(const std::string& one) const { return ring().verification.find(one) != nullptr; }
  bool published(const std::string& one) const {
    return ring().jwks.find(one) != std::string::npos;
  }
  KeyView view(const std::string& id) const {
    for (const KeyView& one : ring().report.keys) {
      if (one.id == id) return one;
    }
    ADD_FAILURE() << "no key " << id;
    return {};
  }
  service::OwnKey own(Algorithm algorithm, const std::string& file) {
    auto key = *crypto::SigningKey::generate(algorithm, random_);
    return {{jose::thumbprint(key), std::move(key)}, file};
  }

  TemporaryDirectory home_;
  recant::testing::ManualClock clock_;
  crypto::SystemRandom random_;
  KeptEvents events_;
  Shown shown_;
  std::unique_ptr<KeyFiles> files_;
  std::unique_ptr<service::KeyKeeper> keeper_;
  std::vector<std::string> notes_;
};

TEST_F(KeyKeeperTest, TheFirstStartMakesOneOfEachAndTheNextFindsThem) {
  start();
  const std::string first = kid();
  const std::string secret = refresh_id();
  EXPECT_THAT(events_.lines, IsEmpty());
  EXPECT_THAT(notes_, IsEmpty());
  EXPECT_TRUE(published(first));
  start();
  EXPECT_EQ(kid(), first);
  EXPECT_EQ(refresh_id(), secret);
  EXPECT_THAT(ring().report.keys, SizeIs(2));
}

TEST_F(KeyKeeperTest, ANewKeyIsPublishedForTenMinutesBeforeItSigns) {
  start();
  const std::string old_kid = kid();
  const std::string old_secret = refresh_id();
  const auto rotation = rotate();
  ASSERT_THAT(rotation.made, SizeIs(2));
  const std::string& fresh = rotation.made[0];
  EXPECT_EQ(kid(), old_kid);
  EXPECT_EQ(refresh_id(), old_secret);
  EXPECT_TRUE(published(fresh));
  EXPECT_TRUE(verifies(fresh));
  EXPECT_TRUE(ring().refresh.knows(rotation.made[1]));
  EXPECT_EQ(view(fresh).state, KeyState::published);
  EXPECT_EQ(view(fresh).signs_from, clock_.wall() + minutes{10});
  EXPECT_EQ(view(old_kid).signs_until, clock_.wall() + minutes{10});
  EXPECT_EQ(view(old_kid).removed_at, clock_.wall() + minutes{10 + 15 + 5});

  pass(minutes{10} - milliseconds{1});
  EXPECT_EQ(kid(), old_kid);
  pass(milliseconds{1});
  EXPECT_EQ(kid(), fresh);
  EXPECT_EQ(refresh_id(), rotation.made[1]);
  EXPECT_TRUE(verifies(old_kid));
  EXPECT_TRUE(ring().refresh.knows(old_secret));
}

TEST_F(KeyKeeperTest, AnOldKeyGoesWithItsLastTokenAndItsFileToo) {
  start();
  const std::string old_kid = kid();
  const std::string old_secret = refresh_id();
  rotate({.signs_in = seconds{0}});
  pass(minutes{20} - milliseconds{1});
  EXPECT_TRUE(verifies(old_kid));
  EXPECT_TRUE(published(old_kid));
  pass(milliseconds{1});
  EXPECT_FALSE(verifies(old_kid));
  EXPECT_FALSE(published(old_kid));
  EXPECT_THAT(names_in(directory()), Not(Contains(HasSubstr(old_kid))));
  EXPECT_TRUE(ring().refresh.knows(old_secret));
  EXPECT_THAT(events_.lines.back(), "key.rotated schedule access " + old_kid + " removed");
  pass(hours{24 * 90});
  EXPECT_FALSE(ring().refresh.knows(old_secret));
  EXPECT_THAT(names_in(directory()), Not(Contains(HasSubstr(old_secret))));
}

TEST_F(KeyKeeperTest, HowLongAKeyIsKeptSurvivesARestartAndALowerLife) {
  start({Algorithm::es256, {hours{2}, hours{24 * 90}}, {}});
  const std::string old_kid = kid();
  const std::string old_secret = refresh_id();
  start({Algorithm::es256, {minutes{1}, hours{24}}, {}});  // after tokens of two hours were issued
  rotate({.signs_in = seconds{0}});
  start({Algorithm::es256, {minutes{1}, hours{24}}, {}});
  clock_.advance(hours{2} + minutes{5} - milliseconds{1});
  start({Algorithm::es256, {minutes{1}, hours{24}}, {}});
  EXPECT_TRUE(verifies(old_kid));
  pass(milliseconds{1});
  EXPECT_FALSE(verifies(old_kid));
  EXPECT_TRUE(ring().refresh.knows(old_secret));
}

TEST_F(KeyKeeperTest, ALongerLifeCountsFromTheStartThatAllowsIt) {
  start();
  const std::string old_kid = kid();
  start({Algorithm::es256, {hours{20}, hours{24 * 90}}, {}});
  start();
  rotate({.signs_in = seconds{0}});
  EXPECT_EQ(view(old_kid).removed_at, clock_.wall() + hours{20} + minutes{5});
}

TEST_F(KeyKeeperTest, ARotationGoesOnAfterARestart) {
  start();
  const std::string old_kid = kid();
  const auto rotation = rotate();
  start();
  EXPECT_EQ(kid(), old_kid);
  EXPECT_TRUE(published(rotation.made[0]));
  // The server is down when the time comes: the old key signed until then at the latest.
  clock_.advance(hours{1});
  start();
  EXPECT_EQ(kid(), rotation.made[0]);
  EXPECT_EQ(view(old_kid).removed_at, clock_.wall() + minutes{20});
  EXPECT_THAT(events_.lines,
              UnorderedElementsAre("key.rotated start access " + rotation.made[0] + " signing",
                                   "key.rotated start refresh " + rotation.made[1] + " signing"));
}

TEST_F(KeyKeeperTest, WhileARotationIsUnderWayNoOtherKeyIsMade) {
  start();
  const auto first = rotate();
  const auto second = rotate();
  EXPECT_THAT(second.made, IsEmpty());
  EXPECT_THAT(second.report.keys, SizeIs(4));
  // But it may be brought forward.
  const auto now = rotate({.signs_in = seconds{0}});
  EXPECT_THAT(now.made, IsEmpty());
  EXPECT_EQ(kid(), first.made[0]);
}

TEST_F(KeyKeeperTest, EveryThreadKnowsAKeyBeforeAnySignsWithIt) {
  start();
  const std::string old_kid = kid();
  const std::string old_secret = refresh_id();
  const auto rotation = rotate({.signs_in = seconds{0}});
  ASSERT_THAT(shown_.rings, SizeIs(2));
  EXPECT_EQ(shown_.rings[0]->signing.kid, old_kid);
  EXPECT_EQ(shown_.rings[0]->refresh.current_key_id(), old_secret);
  EXPECT_NE(shown_.rings[0]->verification.find(rotation.made[0]), nullptr);
  EXPECT_TRUE(shown_.rings[0]->refresh.knows(rotation.made[1]));
  EXPECT_THAT(shown_.rings[0]->jwks, HasSubstr(rotation.made[0]));
  EXPECT_EQ(shown_.rings[1]->signing.kid, rotation.made[0]);
  EXPECT_EQ(shown_.rings[1]->refresh.current_key_id(), rotation.made[1]);
}

/// A thread that was busy has signed with the old key until it took the new ring.
TEST_F(KeyKeeperTest, AnOldKeyIsKeptFromWhenTheLastThreadLetGoOfIt) {
  start();
  const std::string old_kid = kid();
  shown_.meanwhile = [this] { clock_.advance(minutes{7}); };
  rotate({.signs_in = seconds{0}});
  shown_.meanwhile = nullptr;
  start();
  EXPECT_EQ(view(old_kid).signs_until, clock_.wall());
  EXPECT_EQ(view(old_kid).removed_at, clock_.wall() + minutes{20});
}

TEST_F(KeyKeeperTest, ARetiredKeyIsBelievedNoMoreAndAnotherSigns) {
  start();
  const std::string leaked = kid();
  const auto rotation = rotate({.retire = leaked});
  EXPECT_THAT(rotation.retired, ElementsAre(leaked));
  ASSERT_THAT(rotation.made, SizeIs(1));
  EXPECT_EQ(kid(), rotation.made[0]);
  EXPECT_FALSE(verifies(leaked));
  EXPECT_FALSE(published(leaked));
  EXPECT_EQ(view(leaked).state, KeyState::retired);
  EXPECT_THAT(names_in(directory()), Not(Contains(HasSubstr(leaked + ".pem"))));
  EXPECT_THAT(events_.lines, Contains("key.rotated me access " + leaked + " retired"));
  start();
  EXPECT_EQ(kid(), rotation.made[0]);
  EXPECT_FALSE(verifies(leaked));
  EXPECT_EQ(try_rotate({.retire = leaked}).error().code, service::FailureCode::not_found);
}

TEST_F(KeyKeeperTest, AKeyThatIsPublishedTakesTheRetiredOnesPlace) {
  start();
  const auto under_way = rotate();
  const auto rotation = rotate({.retire = kid()});
  EXPECT_THAT(rotation.made, IsEmpty());
  EXPECT_EQ(kid(), under_way.made[0]);
}

TEST_F(KeyKeeperTest, ARetiredRefreshSecretIsRemembered) {
  start();
  const std::string leaked = refresh_id();
  const service::RefreshTokenFields fields{
      Uuid::version7(clock_.wall(), random_.bytes<10>()), 0, {}, *core::Subject::parse("ada")};
  const std::string token = *ring().refresh.make(fields, leaked);
  const std::string access = kid();
  rotate({.retire = leaked});
  EXPECT_EQ(kid(), access);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_FALSE(ring().refresh.open(token));
    EXPECT_TRUE(ring().refresh.is_of_retired(token));
    start();
  }
  // Until no session could hold such a token.
  pass(hours{24 * 90} + minutes{5});
  EXPECT_FALSE(ring().refresh.is_of_retired(token));
}

TEST_F(KeyKeeperTest, AllMeansEveryKeyThereIs) {
  start();
  const auto first = rotate({.signs_in = seconds{0}});
  rotate();
  const auto rotation = rotate({.retire = "all"});
  EXPECT_THAT(rotation.retired, SizeIs(6));
  EXPECT_THAT(rotation.made, ElementsAre(kid(), refresh_id()));
  EXPECT_THAT(ring().verification.keys(), SizeIs(1));
  EXPECT_THAT(names_in(directory()), SizeIs(3));
}

TEST_F(KeyKeeperTest, OnlyOneKindWhenToldSo) {
  start();
  const std::string access = kid();
  const auto rotation = rotate({.kinds = {KeyKind::refresh}, .signs_in = seconds{0}});
  EXPECT_THAT(rotation.made, ElementsAre(refresh_id()));
  EXPECT_EQ(kid(), access);
  EXPECT_EQ(try_rotate({.kinds = {KeyKind::refresh}, .retire = access}).error().code,
            service::FailureCode::not_found);
}

TEST_F(KeyKeeperTest, AScheduleRotatesAndPublishesAheadOfTime) {
  const service::KeyOptions daily{Algorithm::es256, kLives, hours{24}};
  start(daily);
  const std::string first = kid();
  EXPECT_EQ(ring().report.next_rotation_at, clock_.wall() + hours{24});
  pass(hours{24} - minutes{10} - milliseconds{1});
  EXPECT_THAT(ring().report.keys, SizeIs(2));
  pass(milliseconds{1});
  ASSERT_THAT(ring().report.keys, SizeIs(4));
  EXPECT_EQ(kid(), first);
  pass(minutes{10});
  EXPECT_NE(kid(), first);
  EXPECT_EQ(ring().report.next_rotation_at, clock_.wall() + hours{24});
  // It was due while the server was down: published at the start, and only then used.
  const std::string second = kid();
  clock_.advance(hours{24 * 7});
  start(daily);
  EXPECT_EQ(kid(), second);
  pass(minutes{10});
  EXPECT_NE(kid(), second);
}

TEST_F(KeyKeeperTest, AnotherAlgorithmIsPublishedBeforeItIsUsed) {
  start();
  const std::string old_kid = kid();
  const service::KeyOptions eddsa{Algorithm::eddsa, kLives, {}};
  start(eddsa);
  EXPECT_EQ(kid(), old_kid);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("signed with ES256 until")));
  start(eddsa);  // makes no second one
  EXPECT_THAT(ring().verification.keys(), SizeIs(2));
  pass(minutes{10});
  EXPECT_EQ(ring().signing.key.algorithm(), Algorithm::eddsa);
  EXPECT_TRUE(verifies(old_kid));
}

TEST_F(KeyKeeperTest, AnAlgorithmTakenBackInTimeIsForgotten) {
  start();
  const std::string old_kid = kid();
  start({Algorithm::eddsa, kLives, {}});
  start();
  EXPECT_EQ(kid(), old_kid);
  EXPECT_THAT(ring().verification.keys(), SizeIs(1));
  EXPECT_THAT(names_in(directory()), SizeIs(3));
}

TEST_F(KeyKeeperTest, FilesOfAnEarlierVersionAreTakenUp) {
  start();
  start({Algorithm::eddsa, kLives, {}});
  pass(minutes{10});
  const std::string newest = kid();
  std::filesystem::remove(directory() / "keys.json");
  start();  // ES256 again: the newest key of the algorithm in use signs
  EXPECT_EQ(ring().signing.key.algorithm(), Algorithm::es256);
  EXPECT_TRUE(verifies(newest));
  EXPECT_EQ(view(newest).removed_at, clock_.wall() + hours{24} + minutes{5});
}

TEST_F(KeyKeeperTest, AKeyWhoseFileIsGoneIsGone) {
  start();
  const std::string old_kid = kid();
  for (const std::string& name : names_in(directory())) {
    if (name.find(old_kid) != std::string::npos) std::filesystem::remove(directory() / name);
  }
  start();
  EXPECT_NE(kid(), old_kid);
  EXPECT_FALSE(verifies(old_kid));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr(old_kid)));
}

TEST_F(KeyKeeperTest, NoMoreKeysThanReadersTake) {
  start();
  for (std::size_t i = 1; i < service::kMostAccessKeys; ++i) rotate({.signs_in = seconds{0}});
  const auto refused = try_rotate({.signs_in = seconds{0}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, service::FailureCode::throttled);
  EXPECT_EQ(refused.error().retry_after, minutes{20});
  EXPECT_THAT(ring().verification.keys(), SizeIs(service::kMostAccessKeys));
  pass(minutes{20});
  EXPECT_TRUE(try_rotate({.signs_in = seconds{0}}));
}

TEST_F(KeyKeeperTest, WhatCannotBeWrittenDoesNotHappen) {
  start();
  const std::string old_kid = kid();
  const auto files = names_in(directory());
  std::filesystem::rename(directory(), home_ / "away");
  const auto refused = try_rotate({.signs_in = seconds{0}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, service::FailureCode::unavailable);
  EXPECT_EQ(kid(), old_kid);
  EXPECT_THAT(shown_.rings, IsEmpty());
  std::filesystem::rename(home_ / "away", directory());
  EXPECT_THAT(names_in(directory()), ::testing::UnorderedElementsAreArray(files));
  const auto rotation = rotate({.signs_in = seconds{0}});
  EXPECT_EQ(rotation.made.front(), kid());
}

TEST_F(KeyKeeperTest, SecretsAreNeverPublishedAndTheSetSaysWhy) {
  start({Algorithm::hs256, kLives, {}});
  const auto jwks = json::parse(ring().jwks);
  EXPECT_THAT(*jwks->find("keys")->as_array(), IsEmpty());
  EXPECT_THAT(*jwks->string("note"), HasSubstr("HS256"));
}

// --- keys of the operator's own

TEST_F(KeyKeeperTest, OfOwnKeysTheFirstSignsAndAllVerify) {
  start();
  const std::string ours = kid();
  const auto first = own(Algorithm::es256, "first.pem");
  const auto second = own(Algorithm::eddsa, "second.pem");
  start({Algorithm::es256, kLives, {}}, {first, second});
  EXPECT_EQ(kid(), first.named.kid);
  for (const auto& one : {first.named.kid, second.named.kid, ours}) {
    EXPECT_TRUE(verifies(one));
    EXPECT_TRUE(published(one));
  }
  EXPECT_EQ(view(first.named.kid).state, KeyState::signing);
  EXPECT_EQ(view(first.named.kid).file, "first.pem");
  EXPECT_EQ(view(second.named.kid).state, KeyState::verifying);
  // Ours goes when its last token has ended, and is replaced by none.
  EXPECT_EQ(view(ours).state, KeyState::verifying);
  pass(minutes{20});
  EXPECT_FALSE(verifies(ours));
  EXPECT_EQ(kid(), first.named.kid);
}

TEST_F(KeyKeeperTest, OwnKeysAreRotatedByTheirOwner) {
  const auto first = own(Algorithm::es256, "first.pem");
  start({Algorithm::es256, kLives, hours{24}}, {first});
  for (const service::RotateOrder& order :
       {service::RotateOrder{}, service::RotateOrder{.retire = first.named.kid},
        service::RotateOrder{.retire = "all"}}) {
    const auto refused = try_rotate(order);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, service::FailureCode::invalid_request);
    EXPECT_THAT(refused.error().detail, HasSubstr("keys.files"));
    EXPECT_THAT(refused.error().detail, HasSubstr("SIGHUP"));
  }
  // Refresh secrets are ours: by command and by schedule.
  const auto rotation = rotate({.kinds = {KeyKind::refresh}, .signs_in = seconds{0}});
  EXPECT_THAT(rotation.made, ElementsAre(refresh_id()));
  pass(hours{24});
  pass(minutes{10});
  EXPECT_NE(refresh_id(), rotation.made[0]);
  EXPECT_EQ(kid(), first.named.kid);
}

TEST_F(KeyKeeperTest, OwnKeysReadAgainTakeTheirPlacesAtOnce) {
  const auto first = own(Algorithm::es256, "first.pem");
  const auto second = own(Algorithm::es256, "second.pem");
  start({Algorithm::es256, kLives, {}}, {first});
  EXPECT_THAT(keeper_->use_own({first, second}, shown_), IsEmpty());
  EXPECT_EQ(kid(), first.named.kid);
  EXPECT_TRUE(published(second.named.kid));
  EXPECT_THAT(keeper_->use_own({second, first}, shown_), IsEmpty());
  EXPECT_EQ(kid(), second.named.kid);
  keeper_->use_own({second}, shown_);
  EXPECT_FALSE(verifies(first.named.kid));
  const std::string second_kid = second.named.kid;
  // Who asked is told beside it: keys.files.
  EXPECT_THAT(events_.lines, ElementsAre("key.rotated  access " + second_kid + " published",
                                         "key.rotated  access " + second_kid + " signing",
                                         "key.rotated  access " + first.named.kid + " removed"));
  // One that nobody could know is said to be so, and still no thread signs with it first.
  shown_.rings.clear();
  EXPECT_THAT(keeper_->use_own({first}, shown_), ElementsAre(HasSubstr("not published")));
  ASSERT_THAT(shown_.rings, SizeIs(2));
  EXPECT_EQ(shown_.rings[0]->signing.kid, second.named.kid);
}

TEST_F(KeyKeeperTest, WithoutOwnKeysAgainOneIsMade) {
  const auto first = own(Algorithm::es256, "first.pem");
  start({Algorithm::es256, kLives, {}}, {first});
  start();
  EXPECT_NE(kid(), first.named.kid);
  EXPECT_FALSE(verifies(first.named.kid));
}

}  // namespace
}  // namespace recant::app
