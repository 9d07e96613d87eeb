// The security bar's A02, and how A14's "any Unicode" is compared with the list.
#include "core/common_passwords.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "core/utf8.hpp"
#include "testing/repository.hpp"

namespace recant::core {
namespace {

using namespace std::literals;

std::set<std::string> entries() {
  std::ifstream file(testing::repository() / "src/core/common_passwords.txt");
  std::set<std::string> found;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("#!")) found.insert(line);
  }
  return found;
}

TEST(CommonPasswords, A02_TheListHolds3000OfALengthThatMayBeSet) {
  const auto list = entries();
  EXPECT_GE(list.size(), 3000U);
  for (const auto& entry : list) {
    EXPECT_GE(entry.size(), 8U) << entry;
    // Otherwise nothing would ever be equal to it.
    const auto folded = fold_compatible(entry);
    ASSERT_TRUE(folded) << entry;
    EXPECT_EQ(folded->reveal(), entry);
  }
}

TEST(CommonPasswords, A02_EachOfTheListIsCommon) {
  for (const auto& entry : entries()) EXPECT_TRUE(is_common_password(entry)) << entry;
}

// Known from everybody's lists, and so no copy of ours.
TEST(CommonPasswords, A02_WhatEveryoneKnowsIsCommon) {
  for (const auto known : {"password"sv, "12345678"sv, "123456789"sv, "iloveyou"sv, "qwertyuiop"sv,
                           "password1"sv, "1q2w3e4r"sv, "sunshine"sv, "princess"sv, "football"sv,
                           "jennifer"sv, "p@ssw0rd"sv, "trustno1"sv, "asdfghjkl"sv}) {
    EXPECT_TRUE(is_common_password(known)) << known;
  }
}

TEST(CommonPasswords, A02_RegardlessOfCaseAndEncoding) {
  for (const auto same : {"PASSWORD1"sv, "pAssWord1"sv,
                          "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11"sv,  // full width
                          "\u24bb\u24c4\u24c4\u24c9\u24b7\u24b6\u24c1\u24c1"sv,  // circled FOOTBALL
                          "pa\u017fsword"sv}) {                                  // a long s
    EXPECT_TRUE(is_common_password(same)) << same;
  }
}

TEST(CommonPasswords, A02_WhatIsNearACommonOneIsTaken) {
  for (const auto other : {"correct horse"sv, "password1 "sv, " password1"sv, "password1\0"sv,
                           "password\xff"sv, "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"sv, ""sv, "#!"sv}) {
    EXPECT_FALSE(is_common_password(other)) << other;
  }
}

}  // namespace
}  // namespace recant::core
