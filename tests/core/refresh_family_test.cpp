#include "core/refresh_family.hpp"

#include <gtest/gtest.h>

namespace recant::core {
namespace {

using std::chrono::minutes;

constexpr UnixMillis kLogin = unix_millis(1'700'000'000'250);
const SessionLifetimes kLifetimes{std::chrono::hours{24}, std::chrono::hours{72}, minutes{15},
                                  seconds{30}};
const SessionNonce kNonce{1, 2, 3};

/// A session and who asks about it.
struct Story {
  explicit Story(Strategy strategy = Strategy::blacklist)
      : family(make_family(kLogin, kLogin, kNonce, kLifetimes, strategy)) {
    state.strategy = strategy;
  }

  RefreshFamily family;
  RevocationState state;
  UnixMillis now = kLogin;

  RefreshDecision present(Generation generation) {
    const PresentedRefresh presented{kLogin, kNonce, generation};
    return decide_refresh(family, state, presented, now, kLifetimes);
  }
  RefreshOutcome refresh(Generation generation) {
    const auto decision = present(generation);
    if (decision.outcome == RefreshOutcome::rotated) {
      family = rotate(family, generation, now, kLifetimes, state.strategy);
    }
    return decision.outcome;
  }
  Story& after(milliseconds pause) {
    now += pause;
    return *this;
  }
};

TEST(RefreshFamily, ALiveTokenRotatesOnceAndThenRepeatsInsideTheGrace) {
  Story story;
  EXPECT_EQ(story.refresh(0), RefreshOutcome::rotated);
  EXPECT_EQ(story.family.generation, 1u);
  EXPECT_EQ(story.after(milliseconds{29'999}).refresh(0), RefreshOutcome::repeated);
  EXPECT_EQ(story.family.generation, 1u);
}

TEST(RefreshFamily, O09_OutsideTheGraceItIsReuseAndClosesTheSession) {
  Story story;
  story.refresh(0);
  const auto decision = story.after(seconds{30}).present(0);
  EXPECT_EQ(decision.outcome, RefreshOutcome::reused);
  EXPECT_TRUE(decision.close);
}

TEST(RefreshFamily, EveryGenerationInsideTheGraceLeadsToTheLiveOne) {
  Story story;
  for (Generation g = 0; g < 20; ++g) EXPECT_EQ(story.refresh(g), RefreshOutcome::rotated);
  for (Generation g = 0; g < 20; ++g) EXPECT_EQ(story.refresh(g), RefreshOutcome::repeated);
  EXPECT_EQ(story.family.generation, 20u);
}

TEST(RefreshFamily, AClockThatSteppedBackIsNeitherGraceNorReuse) {
  Story story;
  story.refresh(0);
  story.now -= milliseconds{1};
  const auto decision = story.present(0);
  EXPECT_EQ(decision.outcome, RefreshOutcome::expired);
  EXPECT_FALSE(decision.close);
}

TEST(RefreshFamily, ARewoundRecordMovesToTheAuthenticGenerationAboveIt) {
  Story story;
  const auto old = story.family;
  for (Generation g = 0; g < 3; ++g) story.refresh(g);
  story.family = old;  // Redis lost three refreshes
  EXPECT_EQ(story.refresh(3), RefreshOutcome::rotated);
  EXPECT_EQ(story.family.generation, 4u);
  for (Generation g = 0; g < 4; ++g) EXPECT_EQ(story.refresh(g), RefreshOutcome::repeated) << g;
}

TEST(RefreshFamily, AWatermarkAtOrAfterItsBeginEndsIt) {
  Story story;
  story.state.subject = Watermark::at(kLogin - milliseconds{1});
  EXPECT_EQ(story.present(0).outcome, RefreshOutcome::rotated);
  story.state.subject = Watermark::at(kLogin);
  EXPECT_EQ(story.present(0).outcome, RefreshOutcome::revoked);
  EXPECT_TRUE(story.present(0).close);
  story.state = {.everybody = Watermark::parse("1")};
  EXPECT_EQ(story.present(0).outcome, RefreshOutcome::revoked);
}

TEST(RefreshFamily, WhatAForeignServiceLoggedOutStaysOut) {
  Story blacklisted;
  blacklisted.family.access[0].revoked = true;
  EXPECT_EQ(blacklisted.present(0).outcome, RefreshOutcome::revoked);
  blacklisted.after(minutes{15});  // that token has expired
  EXPECT_EQ(blacklisted.present(0).outcome, RefreshOutcome::rotated);

  Story deleted;
  deleted.state.refresh_key_present = false;
  EXPECT_EQ(deleted.present(0).outcome, RefreshOutcome::revoked);
  EXPECT_TRUE(deleted.present(0).close);

  Story closed;
  closed.state.session_blacklisted = true;
  EXPECT_EQ(closed.present(0).outcome, RefreshOutcome::revoked);
}

TEST(RefreshFamily, WhatAForeignServiceTookFromTheWhitelistStaysOut) {
  Story story(Strategy::whitelist);
  EXPECT_EQ(story.refresh(0), RefreshOutcome::rotated);
  EXPECT_EQ(story.refresh(0), RefreshOutcome::repeated);
  story.family.access[0].whitelisting = Whitelisting::gone;
  EXPECT_EQ(story.present(1).outcome, RefreshOutcome::revoked);
  EXPECT_TRUE(story.present(1).close);
  story.after(minutes{15});  // that token has expired
  EXPECT_EQ(story.present(1).outcome, RefreshOutcome::rotated);
}

TEST(RefreshFamily, TheWhitelistCountsForWhatWasWhitelistedWhateverTheStrategyIsByNow) {
  Story back(Strategy::whitelist);
  back.state.strategy = Strategy::blacklist;
  EXPECT_EQ(back.refresh(0), RefreshOutcome::rotated);
  EXPECT_EQ(back.family.access.at(1).whitelisting, Whitelisting::never);
  back.family.access[0].whitelisting = Whitelisting::gone;
  EXPECT_EQ(back.present(1).outcome, RefreshOutcome::revoked);

  Story changed(Strategy::blacklist);
  changed.state.strategy = Strategy::whitelist;
  EXPECT_EQ(changed.refresh(0), RefreshOutcome::rotated) << "an older token was never whitelisted";
  EXPECT_EQ(changed.family.access.at(1).whitelisting, Whitelisting::stands);
}

TEST(RefreshFamily, ARevokedSessionIsRevokedEvenForARepeat) {
  Story story;
  story.refresh(0);
  story.state.session_blacklisted = true;
  EXPECT_EQ(story.present(0).outcome, RefreshOutcome::revoked);
  EXPECT_EQ(story.present(1).outcome, RefreshOutcome::revoked);
}

TEST(RefreshFamily, WithoutARecordTheSidsOwnTimeTellsExpiredFromRevoked) {
  const PresentedRefresh presented{kLogin, kNonce, 5};
  const auto at = [&](milliseconds age) {
    return decide_refresh(std::nullopt, {}, presented, kLogin + age, kLifetimes);
  };
  EXPECT_EQ(at(std::chrono::hours{72} - milliseconds{1}).outcome, RefreshOutcome::revoked);
  EXPECT_EQ(at(std::chrono::hours{72}).outcome, RefreshOutcome::expired);
  EXPECT_FALSE(at(milliseconds{0}).close);
}

TEST(RefreshFamily, AnotherNonceTouchesNothing) {
  Story story;
  const PresentedRefresh forged{kLogin, {9}, 0};
  const auto decision = decide_refresh(story.family, {}, forged, story.now, kLifetimes);
  EXPECT_EQ(decision.outcome, RefreshOutcome::malformed);
  EXPECT_FALSE(decision.close);
}

TEST(RefreshFamily, TheIdleEndMovesWithEachRefreshButNeverBeyondTheAbsoluteOne) {
  Story story;
  EXPECT_EQ(story.family.end, kLogin + std::chrono::hours{24});
  story.after(std::chrono::hours{20}).refresh(0);
  EXPECT_EQ(story.family.end, kLogin + std::chrono::hours{44});
  story.after(std::chrono::hours{20}).refresh(1);
  story.after(std::chrono::hours{20}).refresh(2);
  EXPECT_EQ(story.family.end, kLogin + std::chrono::hours{72});
  story.after(std::chrono::hours{12});
  EXPECT_EQ(story.refresh(3), RefreshOutcome::expired);
}

TEST(RefreshFamily, AnAccessTokenEndsNoLaterThanItsSession) {
  Story story;
  story.after(std::chrono::hours{23}).refresh(0);
  story.after(std::chrono::hours{23}).refresh(1);
  story.after(std::chrono::hours{23}).refresh(2);
  story.after(minutes{175}).refresh(3);
  const auto& grant = story.family.access.at(4);
  EXPECT_EQ(grant.expires_at - grant.issued_at, minutes{5});
  EXPECT_LE(grant.expires_at, story.family.absolute_end);
}

TEST(RefreshFamily, AtMost32AccessTokensAreAlive) {
  Story story;
  for (Generation g = 0; g < 31; ++g) {
    EXPECT_EQ(story.after(seconds{1}).refresh(g), RefreshOutcome::rotated) << g;
  }
  const auto decision = story.after(seconds{1}).present(31);
  EXPECT_EQ(decision.outcome, RefreshOutcome::throttled);
  // Token 0 was issued 32 s ago and lives for 15 min; its iat was cut to the whole second.
  EXPECT_EQ(decision.retry_after, minutes{15} - seconds{32});
  EXPECT_EQ(story.refresh(30), RefreshOutcome::repeated);
  story.after(*decision.retry_after);
  EXPECT_EQ(story.refresh(31), RefreshOutcome::rotated);
}

}  // namespace
}  // namespace recant::core
