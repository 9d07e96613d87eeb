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

TEST(Policy, WordsThatItDoesNotKnowAreForOthers) {
  EXPECT_EQ(Policy::parse("v=1 more=x strategy=whitelist even=more"), Policy{Strategy::whitelist});
}

TEST(Policy, WhatIsNotKnownIsNoPolicy) {
  for (const char* text :
       {"", "v=1", "v=1 ", "whitelist", "strategy=whitelist", "v=2 strategy=whitelist",
        "v=10 strategy=whitelist", "V=1 strategy=whitelist", " v=1 strategy=whitelist",
        "v=1  strategy=", "v=1 strategy=", "v=1 strategy=none", "v=1 strategy=whitelist2",
        "v=1 strategy=none strategy=whitelist", "v=1\nstrategy=whitelist", "v=1,strategy=whitelist",
        "v=1 xstrategy=whitelist", R"({"v":1,"strategy":"whitelist"})"}) {
    EXPECT_EQ(Policy::parse(text), std::nullopt) << text;
  }
}

TEST(Policy, TheStricterOfTwoRefusesWhatEitherDoes) {
  using enum Strategy;
  EXPECT_EQ(stricter(blacklist, blacklist), blacklist);
  EXPECT_EQ(stricter(blacklist, whitelist), whitelist);
  EXPECT_EQ(stricter(whitelist, blacklist), whitelist);
}

}  // namespace
}  // namespace recant::core
