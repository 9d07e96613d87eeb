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

}  // namespace
}  // namespace recant::core
