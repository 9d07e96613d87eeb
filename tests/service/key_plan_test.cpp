// What is decided about keys, where a keeper with a vault would have to be brought there by a
// thousand steps, or by another server.
#include "service/key_plan.hpp"

#include <gmock/gmock.h>

#include "service/key_start.hpp"
#include "testing/seeded_random.hpp"

namespace recant::service {
namespace {

using crypto::Algorithm;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr UnixMillis kNow = unix_millis(1'700'000'000'000);

class KeyPlanTest : public ::testing::Test {
 protected:
  PlanNeeds needs(UnixMillis now = kNow) { return {options_, own_, learning_, now, random_}; }

  /// Another key of that kind, as `change` leaves it; its id.
  template <class Change>
  std::string add(KeyKind kind, Change&& change) {
    make(plan_, kind, kNow, needs());
    change(plan_.book.keys.back());
    return plan_.book.keys.back().id;
  }
  std::string add_signing(KeyKind kind, UnixMillis from = kNow) {
    return add(kind, [&](KeyEntry& entry) {
      entry.state = KeyState::signing;
      entry.signs_from = from;
    });
  }
  std::string add_verifying(KeyKind kind, UnixMillis removed_at) {
    return add(kind, [&](KeyEntry& entry) {
      entry.state = KeyState::verifying;
      entry.signed_until = kNow;
      entry.removed_at = removed_at;
    });
  }
  /// As they stand, and nothing new about them.
  KeyPlan standing() const { return {plan_.book, plan_.material}; }
  KeyPlan start(std::vector<std::string>& notes) {
    return plan_start({plan_.book, plan_.material, {}}, needs(), notes);
  }

  KeyOptions options_{Algorithm::es256, {minutes{15}, hours{24 * 90}}, {}};
  std::vector<OwnKey> own_;
  seconds learning_{0};
  testing::SeededRandom random_{1};
  KeyPlan plan_;
};

/// Who is told to come again is told when it will help: a key of the other kind makes no room, nor
/// does one that takes none.
TEST_F(KeyPlanTest, WhereThereAreAsManyAsReadersTakeTheFirstOfThatKindMakesRoom) {
  add_signing(KeyKind::access);
  add_signing(KeyKind::refresh);
  add_verifying(KeyKind::access, kNow + minutes{1});
  add(KeyKind::refresh, [&](KeyEntry& entry) {
    entry.state = KeyState::retired;
    entry.removed_at = kNow + hours{1};
  });
  add_verifying(KeyKind::refresh, kNow + hours{3});
  add_verifying(KeyKind::refresh, kNow + hours{2} - milliseconds{1});
  while (plan_.book.count(KeyKind::refresh) < kMostRefreshSecrets) {
    add_verifying(KeyKind::refresh, kNow + hours{4});
  }
  const auto refused = plan_rotation(standing(), {}, needs());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, FailureCode::throttled);
  EXPECT_EQ(refused.error().retry_after, hours{2});  // up to a whole second
  EXPECT_TRUE(plan_rotation(standing(), {.kinds = {KeyKind::access}}, needs()));
}

TEST_F(KeyPlanTest, AScheduleWaitsWhileThereAreAsManyAsReadersTake) {
  options_.rotate_every = hours{24};
  add_signing(KeyKind::access);
  while (plan_.book.count(KeyKind::access) < kMostAccessKeys) {
    add_verifying(KeyKind::access, kNow + hours{48});
  }
  const PlanNeeds when_due = needs(kNow + hours{24});
  EXPECT_FALSE(is_anything_due(plan_.book, {}, when_due));
  EXPECT_THAT(plan_schedule(standing(), when_due).made, IsEmpty());
  plan_.book.keys.pop_back();
  EXPECT_TRUE(is_anything_due(plan_.book, {}, when_due));
  EXPECT_THAT(plan_schedule(standing(), when_due).made, SizeIs(1));
}

/// Neither a new key nor one that is brought forward.
TEST_F(KeyPlanTest, NoOrderLetsAKeySignBeforeOtherServersCanKnowIt) {
  learning_ = seconds{3};
  add_signing(KeyKind::access);
  const RotateOrder at_once{.kinds = {KeyKind::access}, .signs_in = seconds{0}};
  const auto plan = plan_rotation(standing(), at_once, needs());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->book.published(KeyKind::access)->signs_from, kNow + learning_);
  const auto ahead = plan_rotation({plan->book, plan->material}, at_once, needs(kNow + hours{1}));
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->book.published(KeyKind::access)->signs_from, kNow + hours{1} + learning_);
}

/// A retirement is waited for only where another key has to be known first.
TEST_F(KeyPlanTest, OnlyAKeyThatSignsHasASuccessor) {
  const std::string signing = add_signing(KeyKind::access);
  const std::string former = add_verifying(KeyKind::access, kNow + minutes{20});
  const RotateOrder order{.kinds = {KeyKind::access}};
  EXPECT_FALSE(plan_successors(standing(), order, {former}, needs()));
  const auto ahead = plan_successors(standing(), order, {signing, former}, needs());
  ASSERT_TRUE(ahead);
  EXPECT_THAT(ahead->made, SizeIs(1));
  EXPECT_THAT(ahead->retired, IsEmpty());
  EXPECT_EQ(ahead->book.signing(KeyKind::access)->id, signing);
  EXPECT_EQ(ahead->book.published(KeyKind::access)->id, ahead->made.front());
}

TEST_F(KeyPlanTest, OfSeveralThatSaidThatTheySignTheNewestOfTheAlgorithmInUseDoes) {
  const std::string old = add_signing(KeyKind::access, kNow - hours{2});
  const std::string best = add_signing(KeyKind::access, kNow - hours{1});
  const std::string older = add_signing(KeyKind::access, kNow - hours{3});
  options_.algorithm = Algorithm::eddsa;
  const std::string other = add_signing(KeyKind::access, kNow);
  options_.algorithm = Algorithm::es256;
  std::vector<std::string> notes;
  const KeyPlan plan = start(notes);
  EXPECT_EQ(plan.book.signing(KeyKind::access)->id, best);
  for (const std::string& id : {old, older, other}) {
    EXPECT_EQ(plan.book.find(id)->state, KeyState::verifying);
  }
  EXPECT_THAT(notes, IsEmpty());
}

}  // namespace
}  // namespace recant::service
