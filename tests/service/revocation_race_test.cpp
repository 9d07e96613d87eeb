// Promise G5: no login or refresh in flight slips past a revocation.
#include <gtest/gtest.h>

#include <random>

#include "world.hpp"

namespace recant::service {
namespace {

using std::chrono::minutes;

const core::SessionLifetimes kLifetimes{std::chrono::hours{1}, std::chrono::hours{2}, minutes{15},
                                        seconds{30}};

class RevocationRace : public ::testing::Test {
 protected:
  World world{kLifetimes};
  std::mt19937 random{20261123};

  void pause() {
    std::this_thread::sleep_for(
        std::chrono::microseconds{std::uniform_int_distribution<int>(0, 3000)(random)});
  }
};

TEST_F(RevocationRace, O10_NoRefreshOutlivesARevokeAll) {
  for (int round = 0; round < rounds(200); ++round) {
    const std::string name = "user-" + std::to_string(round);
    const auto account = world.add_user(name, "correct horse");
    const auto subject = *core::Subject::parse(account.user_id.to_string());
    std::vector<Tokens> before;
    for (int i = 0; i < 3; ++i) before.push_back(*world.login(name, "correct horse").get());

    std::vector<std::future<Outcome<Tokens>>> racing;
    for (const Tokens& tokens : before) racing.push_back(world.refresh(tokens.refresh_token));
    pause();
    auto revocation = world.end_all(subject);
    for (const Tokens& tokens : before) racing.push_back(world.refresh(tokens.refresh_token));
    ASSERT_TRUE(revocation.get());

    for (auto& answer : racing) {
      const auto tokens = answer.get();
      if (!tokens) {
        EXPECT_EQ(tokens.error().code, FailureCode::invalid_grant);
        continue;
      }
      EXPECT_FALSE(world.accepts(tokens->access_token)) << "round " << round;
      EXPECT_FALSE(world.refresh(tokens->refresh_token).get()) << "round " << round;
    }
    for (const Tokens& tokens : before) EXPECT_FALSE(world.accepts(tokens.access_token));
  }
}

TEST_F(RevocationRace, NoLoginWithTheOldPasswordOutlivesItsChange) {
  for (int round = 0; round < rounds(200); ++round) {
    const std::string name = "user-" + std::to_string(round);
    world.add_user(name, "old password");
    std::vector<std::future<Outcome<Tokens>>> logins;
    for (int i = 0; i < 4; ++i) logins.push_back(world.login(name, "old password"));
    pause();
    Worker& here = world.worker();
    auto change = here.start(here.accounts.set_password(name, SecretString{"new password"}, {}));
    for (int i = 0; i < 4; ++i) logins.push_back(world.login(name, "old password"));
    ASSERT_TRUE(change.get());
    for (auto& login : logins) {
      const auto tokens = login.get();
      if (!tokens) continue;
      EXPECT_FALSE(world.accepts(tokens->access_token)) << "round " << round;
      EXPECT_FALSE(world.refresh(tokens->refresh_token).get()) << "round " << round;
    }
    const auto after = world.login(name, "new password").get();
    ASSERT_TRUE(after) << after.error().detail;
    EXPECT_TRUE(world.accepts(after->access_token));
  }
}

// The first of them replaces the imported hash under the others.
TEST_F(RevocationRace, LoginsAtOnceAreAllLetInWhileAHashIsUpgraded) {
  for (int round = 0; round < rounds(20); ++round) {
    const std::string name = "moved in " + std::to_string(round);
    // Of "correct horse", made by passlib 1.7.4.
    NewAccount account{Uuid::version7(world.shared.clock.wall(), world.shared.random.bytes<10>()),
                       *core::Username::parse(name),
                       "$2b$05$wcstdXf.xgV5A58peWxdde8/C3fA9yR1OOohm0pCZvD9qPRsf3XTq",
                       {},
                       {},
                       world.shared.clock.wall(),
                       false};
    Worker& here = world.worker();
    ASSERT_TRUE(here.start(world.shared.accounts.add(std::move(account))).get());
    std::vector<std::future<Outcome<Tokens>>> logins;
    for (int i = 0; i < 6; ++i) logins.push_back(world.login(name, "correct horse"));
    for (auto& login : logins) {
      const auto tokens = login.get();
      EXPECT_TRUE(tokens) << "round " << round;
    }
  }
}

TEST_F(RevocationRace, NoLoginOutlivesADisabledAccount) {
  for (int round = 0; round < rounds(200); ++round) {
    const std::string name = "user-" + std::to_string(round);
    world.add_user(name, "correct horse");
    std::vector<std::future<Outcome<Tokens>>> logins;
    for (int i = 0; i < 4; ++i) logins.push_back(world.login(name, "correct horse"));
    pause();
    Worker& here = world.worker();
    auto disabled = here.start(here.accounts.disable(name, {}));
    for (int i = 0; i < 4; ++i) logins.push_back(world.login(name, "correct horse"));
    ASSERT_TRUE(disabled.get());
    for (auto& login : logins) {
      const auto tokens = login.get();
      if (!tokens) continue;
      EXPECT_FALSE(world.accepts(tokens->access_token)) << "round " << round;
    }
    const auto after = world.login(name, "correct horse").get();
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code, FailureCode::account_disabled);
  }
}

/// What an administrator does at the worst moment: after the login has read the account for the
/// last time, before its session opens.
class RevocationInBetween : public ::testing::Test {
 protected:
  World world{kLifetimes, 1};
  Worker& worker = world.worker();
  Account account = world.add_user("alice", "correct horse");

  Outcome<Tokens> login_interrupted_by(std::function<Task<void>()> act) {
    worker.store.before_open(std::move(act));
    return world.login("alice", "correct horse").get();
  }
};

TEST_F(RevocationInBetween, APasswordChangeRefusesTheLogin) {
  const auto tokens = login_interrupted_by([this]() -> Task<void> {
    SecretString password{"another horse"};
    const Caller caller;
    const auto set = co_await worker.accounts.set_password("alice", std::move(password), caller);
    EXPECT_TRUE(set);
  });
  ASSERT_FALSE(tokens);
  EXPECT_EQ(tokens.error().code, FailureCode::invalid_credentials);
}

TEST_F(RevocationInBetween, ADisableRefusesTheLogin) {
  const auto tokens = login_interrupted_by([this]() -> Task<void> {
    const Caller caller;
    const auto disabled = co_await worker.accounts.disable("alice", caller);
    EXPECT_TRUE(disabled);
  });
  ASSERT_FALSE(tokens);
  EXPECT_EQ(tokens.error().code, FailureCode::account_disabled);
}

TEST_F(RevocationInBetween, ARevokeAllMakesTheLoginBeginAgainBehindIt) {
  const auto subject = *core::Subject::parse(account.user_id.to_string());
  UnixMillis watermark{};
  const auto tokens = login_interrupted_by([&]() -> Task<void> {
    const auto revoked = co_await worker.store.revoke_subject(subject, core::Reason::logout_all);
    if (revoked) watermark = revoked->watermark;
  });
  ASSERT_TRUE(tokens) << tokens.error().detail;
  EXPECT_GT(tokens->session_id.time(), watermark);
  EXPECT_TRUE(world.accepts(tokens->access_token));
}

TEST_F(RevocationRace, ALoginRightAfterARevokeAllIsNotCaughtByIt) {
  const auto account = world.add_user("alice", "correct horse");
  const auto subject = *core::Subject::parse(account.user_id.to_string());
  for (int round = 0; round < rounds(100); ++round) {
    ASSERT_TRUE(world.end_all(subject).get());
    const auto tokens = world.login("alice", "correct horse").get();
    ASSERT_TRUE(tokens) << tokens.error().detail;
    EXPECT_TRUE(world.accepts(tokens->access_token)) << "round " << round;
  }
}

}  // namespace
}  // namespace recant::service
