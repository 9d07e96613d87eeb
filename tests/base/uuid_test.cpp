#include "base/uuid.hpp"

#include <gtest/gtest.h>

namespace recant {
namespace {

// RFC 9562 appendix A.6: the example of version 7.
constexpr std::string_view kExample = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

TEST(Uuid, ReadsTheExampleOfRfc9562) {
  const auto uuid = Uuid::parse(kExample);
  ASSERT_TRUE(uuid);
  EXPECT_TRUE(uuid->is_version7());
  EXPECT_EQ(count(uuid->time()), 0x017F22E279B0);
  EXPECT_EQ(uuid->to_string(), kExample);
}

TEST(Uuid, Version7CarriesTimeAndEntropy) {
  const auto uuid = Uuid::version7(unix_millis(0x017F22E279B0),
                                   {0xfc, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f});
  EXPECT_EQ(uuid.to_string(), kExample);
}

TEST(Uuid, RefusesEveryOtherSpelling) {
  for (const char* text :
       {"", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2_79b0-7cc3-98c4-dc0c0c07398f"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

}  // namespace
}  // namespace recant
