#include "core/policy.hpp"

#include <gtest/gtest.h>

namespace recant::core {
namespace {

TEST(Policy, SaysItsVersionAndTheStrategy) {
  EXPECT_EQ((Policy{Strategy::blacklist}.text()), "v=1 strategy=blacklist");
  EXPECT_EQ((Policy{Strategy::whitelist}.text()), "v=1 strategy=whitelist");
  for (const auto strategy : {Strategy::blacklist, Strategy::whitelist}) {
    EXPECT_EQ(Policy::parse(Policy{strategy}.text()), Policy{strategy});
  }
}

TEST(Policy, ABlacklistSaysUntilWhenItWasAWhitelist) {
  const Policy back{Strategy::blacklist, UnixSeconds{seconds{1700000000}}};
  EXPECT_EQ(back.text(), "v=1 strategy=blacklist whitelisted_until=1700000000");
  EXPECT_EQ(Policy::parse(back.text()), back);
  EXPECT_EQ(Policy::parse("v=1 whitelisted_until=1700000000 strategy=blacklist"), back);
  const Policy whitelist{Strategy::whitelist, back.whitelisted_until};
  EXPECT_EQ(whitelist.text(), "v=1 strategy=whitelist") << "all need a place there";
}

/// Everything that a policy can say.
Policy full() {
  Policy policy{Strategy::blacklist, UnixSeconds{seconds{1700000000}}};
  policy.max_staleness = milliseconds{250};
  policy.earlier_staleness = {milliseconds{5000}, unix_millis(1700000005051)};
  policy.allow_cached_for = milliseconds{300000};
  return policy;
}
Policy stale(std::int64_t ms) {
  Policy policy;
  policy.max_staleness = milliseconds{ms};
  return policy;
}

TEST(Policy, SaysHowStaleAVerdictMayBe) {
  EXPECT_EQ(stale(250).text(), "v=1 strategy=blacklist max_staleness=250");
  EXPECT_EQ(full().text(),
            "v=1 strategy=blacklist whitelisted_until=1700000000 max_staleness=250 "
            "staleness_before=5000@1700000005051 allow_cached_for=300000");
  for (const Policy& policy : {stale(1), stale(10000), full()}) {
    EXPECT_EQ(Policy::parse(policy.text()), policy);
  }
  EXPECT_EQ(Policy::parse("v=1 allow_cached_for=300000 staleness_before=5000@1700000005051 "
                          "max_staleness=250 whitelisted_until=1700000000 strategy=blacklist"),
            full());
}

TEST(Policy, SaysInWhichFormKeysAreSpelled) {
  EXPECT_EQ(Policy{}.keys, KeyForm::plain) << "and no word says so";
  Policy policy = full();
  policy.keys = KeyForm::tagged;
  EXPECT_EQ(policy.text(), full().text() + " keys=tagged");
  EXPECT_EQ(Policy::parse(policy.text()), policy);
  EXPECT_EQ(Policy::parse("v=1 keys=tagged strategy=blacklist"), (Policy{.keys = KeyForm::tagged}));
  policy.keys = KeyForm::converting;
  EXPECT_EQ(policy.text(), full().text() + " keys=converting");
  EXPECT_EQ(Policy::parse(policy.text()), policy);
}

TEST(Policy, WhatAnEarlierVersionWroteAllowsNoLease) {
  const auto policy = Policy::parse("v=1 strategy=blacklist");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->max_staleness, std::nullopt);
  EXPECT_EQ(policy->allow_cached_for, milliseconds{0});
  EXPECT_EQ(policy->largest_lease(unix_millis(0)), milliseconds{0});
  EXPECT_EQ(Policy::parse("v=1 strategy=blacklist allow_cached_for=0"), policy);
}

TEST(Policy, ALeaseOfBeforeAChangeCountsUntilItEnds) {
  const auto end = full().earlier_staleness->until;
  EXPECT_EQ(full().largest_lease(end - milliseconds{1}), milliseconds{5000});
  EXPECT_EQ(full().largest_lease(end), milliseconds{5000});
  EXPECT_EQ(full().largest_lease(end + milliseconds{1}), milliseconds{250});
  Policy raised = stale(8000);
  raised.earlier_staleness = {milliseconds{100}, end};
  EXPECT_EQ(raised.largest_lease(end), milliseconds{8000});
  raised.max_staleness = std::nullopt;
  EXPECT_EQ(raised.largest_lease(end), milliseconds{100});
  EXPECT_EQ(raised.largest_lease(end + milliseconds{1}), milliseconds{0});
}

TEST(Policy, AgreeingIsAboutWhatServersAreConfiguredWith) {
  Policy other = full();
  other.whitelisted_until = std::nullopt;
  other.earlier_staleness = std::nullopt;
  other.keys = KeyForm::tagged;
  EXPECT_TRUE(agree(full(), other));
  other.max_staleness = milliseconds{251};
  EXPECT_FALSE(agree(full(), other));
  other = full();
  other.allow_cached_for = milliseconds{0};
  EXPECT_FALSE(agree(full(), other));
  other = full();
  other.strategy = Strategy::whitelist;
  EXPECT_FALSE(agree(full(), other));
}

TEST(Policy, WhatWasIssuedUnderAWhitelistNeedsItsPlace) {
  const UnixSeconds change{seconds{1700000000}};
  const Policy back{Strategy::blacklist, change};
  EXPECT_TRUE(back.wants_place(change - seconds{1}));
  EXPECT_TRUE(back.wants_place(change));
  EXPECT_TRUE(back.wants_place(std::nullopt));
  EXPECT_FALSE(back.wants_place(change + seconds{1}));
  const Policy whitelist{Strategy::whitelist};
  EXPECT_TRUE(whitelist.wants_place(change));
  EXPECT_TRUE(whitelist.wants_place(std::nullopt));
  const Policy blacklist;
  EXPECT_FALSE(blacklist.wants_place(change));
  EXPECT_FALSE(blacklist.wants_place(std::nullopt));
}

TEST(Policy, WordsThatItDoesNotKnowAreForOthers) {
  EXPECT_EQ(Policy::parse("v=1 more=x strategy=whitelist even=more"), Policy{Strategy::whitelist});
}

TEST(Policy, WhatIsNotKnownIsNoPolicy) {
  for (const char* text : {"",
                           "v=1",
                           "v=1 ",
                           "whitelist",
                           "strategy=whitelist",
                           "v=2 strategy=whitelist",
                           "v=10 strategy=whitelist",
                           "V=1 strategy=whitelist",
                           " v=1 strategy=whitelist",
                           "v=1  strategy=",
                           "v=1 strategy=",
                           "v=1 strategy=none",
                           "v=1 strategy=whitelist2",
                           "v=1 strategy=none strategy=whitelist",
                           "v=1\nstrategy=whitelist",
                           "v=1,strategy=whitelist",
                           "v=1 strategy=blacklist whitelisted_until=",
                           "v=1 strategy=blacklist whitelisted_until=-1",
                           "v=1 strategy=blacklist whitelisted_until=1s",
                           "v=1 strategy=blacklist whitelisted_until=1700000000000",
                           "v=1 whitelisted_until=1",
                           "v=1 strategy=blacklist whitelisted_until=99999999999999999999",
                           "v=1 xstrategy=whitelist",
                           "v=1 max_staleness=250",
                           "v=1 strategy=blacklist max_staleness=",
                           "v=1 strategy=blacklist max_staleness=0",
                           "v=1 strategy=blacklist max_staleness=-1",
                           "v=1 strategy=blacklist max_staleness=+1",
                           "v=1 strategy=blacklist max_staleness=10001",
                           "v=1 strategy=blacklist max_staleness=250ms",
                           "v=1 strategy=blacklist max_staleness=2.5",
                           "v=1 strategy=blacklist max_staleness=99999999999999999999",
                           "v=1 strategy=blacklist max_staleness=250 max_staleness=250",
                           "v=1 strategy=blacklist max_staleness=9999 max_staleness=1",
                           "v=1 strategy=blacklist staleness_before=",
                           "v=1 strategy=blacklist staleness_before=5000",
                           "v=1 strategy=blacklist staleness_before=5000@",
                           "v=1 strategy=blacklist staleness_before=@1700000000000",
                           "v=1 strategy=blacklist staleness_before=0@1700000000000",
                           "v=1 strategy=blacklist staleness_before=10001@1700000000000",
                           "v=1 strategy=blacklist staleness_before=5000@-1",
                           "v=1 strategy=blacklist staleness_before=5000@1e12",
                           "v=1 strategy=blacklist staleness_before=5000@170000000000000",
                           "v=1 strategy=blacklist staleness_before=5000@1@2",
                           "v=1 strategy=blacklist staleness_before=1@1 staleness_before=1@1",
                           "v=1 strategy=blacklist allow_cached_for=",
                           "v=1 strategy=blacklist allow_cached_for=-1",
                           "v=1 strategy=blacklist allow_cached_for=5m",
                           "v=1 strategy=blacklist allow_cached_for=86400001",
                           "v=1 strategy=blacklist allow_cached_for=0 allow_cached_for=1000",
                           "v=1 strategy=blacklist keys=",
                           "v=1 strategy=blacklist keys=plain",
                           "v=1 strategy=blacklist keys=Tagged",
                           "v=1 strategy=blacklist keys=tagged2",
                           "v=1 strategy=blacklist keys=converting:tagged",
                           "v=1 strategy=blacklist keys=tagged keys=tagged",
                           "v=1 strategy=blacklist keys=converting keys=tagged",
                           "v=1 keys=tagged",
                           R"({"v":1,"strategy":"whitelist"})"}) {
    EXPECT_EQ(Policy::parse(text), std::nullopt) << text;
  }
}

TEST(Policy, TheStricterOfTwoRefusesWhatEitherDoes) {
  using enum Strategy;
  EXPECT_EQ(stricter(blacklist, blacklist), blacklist);
  EXPECT_EQ(stricter(blacklist, whitelist), whitelist);
  EXPECT_EQ(stricter(whitelist, blacklist), whitelist);
  const UnixSeconds change{seconds{1700000000}};
  const Policy back{blacklist, change};
  EXPECT_EQ(stricter(back, Policy{blacklist}), back);
  EXPECT_EQ(stricter(Policy{blacklist}, back), back);
  EXPECT_EQ(stricter(back, Policy{blacklist, change - seconds{1}}), back);
  EXPECT_EQ(stricter(back, Policy{whitelist}).strategy, whitelist);
}

TEST(Policy, TheStricterOfTwoHoldsTheShorterLease) {
  EXPECT_EQ(stricter(stale(250), stale(100)), stale(100));
  EXPECT_EQ(stricter(stale(100), stale(250)), stale(100));
  EXPECT_EQ(stricter(stale(250), Policy{}), Policy{}) << "who says nothing allows none";
  EXPECT_EQ(stricter(Policy{}, stale(250)), Policy{});
}

TEST(Policy, TheStricterOfTwoAllowsWhatBothAllow) {
  Policy lax, laxer;
  lax.allow_cached_for = milliseconds{1000};
  laxer.allow_cached_for = milliseconds{2000};
  EXPECT_EQ(stricter(lax, laxer), lax);
  EXPECT_EQ(stricter(laxer, lax), lax);
  EXPECT_EQ(stricter(laxer, Policy{}), Policy{});
}

TEST(Policy, OfTwoFormsOfKeysNobodysIsStricter) {
  const Policy plain, tagged{.keys = KeyForm::tagged}, converting{.keys = KeyForm::converting};
  EXPECT_EQ(stricter(plain, plain), plain);
  EXPECT_EQ(stricter(tagged, tagged), tagged);
  EXPECT_EQ(stricter(plain, tagged), converting);
  EXPECT_EQ(stricter(tagged, plain), converting);
  EXPECT_EQ(stricter(tagged, converting), converting);
}

TEST(Policy, TheStricterOfTwoForgetsNoLease) {
  Policy longer, later;
  longer.earlier_staleness = {milliseconds{5000}, unix_millis(1000)};
  later.earlier_staleness = {milliseconds{100}, unix_millis(2000)};
  const EarlierStaleness both{milliseconds{5000}, unix_millis(2000)};
  EXPECT_EQ(stricter(longer, later).earlier_staleness, both);
  EXPECT_EQ(stricter(later, longer).earlier_staleness, both);
  EXPECT_EQ(stricter(longer, Policy{}), longer);
  EXPECT_EQ(stricter(Policy{}, later), later);
}

}  // namespace
}  // namespace recant::core
