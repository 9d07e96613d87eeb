// session.max_per_user through the use cases: many at once, and what whoever is ended is told.
#include <gtest/gtest.h>

#include <set>

#include "world.hpp"

namespace recant::service {
namespace {

using OnLimit = SessionLimit::OnLimit;

const core::SessionLifetimes kLifetimes{std::chrono::hours{1}, std::chrono::hours{2},
                                        std::chrono::minutes{15}, seconds{30}};

struct Limited {
  explicit Limited(std::int64_t most, OnLimit on_limit = OnLimit::evict_oldest)
      : world(kLifetimes, 3, {most, on_limit}) {}

  Tokens login() { return *world.login("alice", "correct horse").get(); }

  World world;
  Account account = world.add_user("alice", "correct horse");
  core::Subject subject = *core::Subject::parse(account.user_id.to_string());
};

TEST(SessionLimit, ManyLoginsAtOnceLeaveAsManyAsThereMayBe) {
  Limited limited(4);
  World& world = limited.world;
  std::vector<std::future<Outcome<Tokens>>> logins;
  constexpr std::size_t kLogins = 40;
  for (std::size_t i = 0; i < kLogins; ++i) logins.push_back(world.login("alice", "correct horse"));
  std::set<std::string> alive;
  std::set<std::string> dead;
  std::vector<Tokens> all;
  for (auto& login : logins) all.push_back(*login.get());
  for (const Tokens& tokens : all) {
    (world.accepts(tokens.access_token) ? alive : dead).insert(tokens.session_id.to_string());
  }
  EXPECT_EQ(alive.size(), 4u);
  const auto told = world.shared.events.told();
  EXPECT_EQ(told.size(), kLogins - 4) << "each is told once";
  for (const auto& [sid, reason] : told) {
    EXPECT_EQ(reason, "evicted");
    EXPECT_EQ(dead.count(sid), 1u);
  }
}

TEST(SessionLimit, WhoIsDeniedIsToldToLogOut) {
  Limited limited(1, OnLimit::deny);
  const auto first = limited.login();
  const auto denied = limited.world.login("alice", "correct horse").get();
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, FailureCode::session_limit);
  EXPECT_TRUE(limited.world.accepts(first.access_token));
  EXPECT_TRUE(limited.world.shared.events.told().empty());
  ASSERT_TRUE(limited.world.end_all(limited.subject).get());
  EXPECT_TRUE(limited.world.login("alice", "correct horse").get());
}

TEST(SessionLimit, APasswordChangeFindsRoomAlthoughNobodyHasTidied) {
  Limited limited(1, OnLimit::deny);
  const auto first = limited.login();
  Worker& here = limited.world.worker();
  const auto changed =
      here.start(here.accounts.change_password(limited.subject, SecretString{"correct horse"},
                                               SecretString{"another horse"}, {}))
          .get();
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_TRUE(limited.world.accepts(changed->access_token));
  EXPECT_FALSE(limited.world.accepts(first.access_token));
}

/// Of more than one call can end: as if the limit had been lowered since they were opened.
TEST(SessionLimit, ALoginGoesOnUntilThereIsRoom) {
  Limited limited(2);
  World& world = limited.world;
  Worker& here = world.worker();
  SessionOpener unlimited(here.store, world.shared.issuer, world.shared.random, world.shared.events,
                          world.shared.meter, {kLifetimes});
  std::set<std::string> before;
  for (int i = 0; i < 80; ++i) {
    auto gate = here.start(unlimited.read_gate(limited.subject)).get();
    const auto opened =
        here.start(unlimited.open(limited.subject, *std::move(gate), {}, {}, {})).get();
    before.insert((*opened)->session_id.to_string());
  }
  const auto last = limited.login();
  const auto page = here.start(here.store.list(limited.subject, {}, 100)).get();
  ASSERT_EQ(page->sessions.size(), 2u);
  EXPECT_TRUE(world.accepts(last.access_token));
  const auto told = world.shared.events.told();
  EXPECT_EQ(told.size(), 79u);
  for (const auto& [sid, _] : told) EXPECT_EQ(before.count(sid), 1u);
}

}  // namespace
}  // namespace recant::service
