#include <gtest/gtest.h>

#include "core/plain_utf8.hpp"
#include "core/reason.hpp"
#include "core/scope.hpp"
#include "core/subject.hpp"
#include "core/username.hpp"

namespace recant::core {
namespace {

TEST(Subject, J48_IsOneTo255BytesWithoutControlCharacters) {
  EXPECT_TRUE(Subject::parse("a"));
  EXPECT_TRUE(Subject::parse("tenant 7/{böse}:%"));
  EXPECT_TRUE(Subject::parse(std::string(255, 'x')));
  EXPECT_FALSE(Subject::parse(""));
  EXPECT_FALSE(Subject::parse(std::string(256, 'x')));
  for (const char* bad : {"a\r\nb", "\x01", "\x7f", "\xc2\x85", "\xff", "\xed\xa0\x80"}) {
    EXPECT_FALSE(Subject::parse(bad)) << bad;
  }
  EXPECT_FALSE(Subject::parse(std::string_view("a\0b", 3)));
}

/// RFC 3629 §3, for any number, also those that it forbids.
std::string encoded(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
  if (code < 0x10000) {
    return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
  }
  return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)),
          byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

TEST(PlainUtf8, TakesEveryCharacterThatIsNoControl) {
  for (std::uint32_t code = 0; code < 0x140000; ++code) {
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool none = (code >= 0xd800 && code < 0xe000) || code > 0x10ffff;
    ASSERT_EQ(is_plain_utf8("a" + encoded(code) + "b"), !control && !none) << code;
  }
}

TEST(PlainUtf8, TakesNothingThatHasAnotherSpellingOrIsCutShort) {
  for (const char* bad :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf", "\x80", "\xbf", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
        "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xc3(", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(is_plain_utf8(bad)) << bad;
  }
  EXPECT_TRUE(is_plain_utf8(""));
}

TEST(ForeignNames, ClaimWhatBeginsWithOneOfThemAndASlash) {
  const ForeignNames names({"legacy", "partner"});
  const auto claimed = [&](std::string_view text) { return names.claim(*Subject::parse(text)); };
  for (const char* theirs : {"legacy/42", "partner/a/b", "legacy/"}) EXPECT_TRUE(claimed(theirs));
  for (const char* ours : {"legacy", "legac/y", "legacy2/42", "x/legacy/42", "/legacy/42", "/"}) {
    EXPECT_FALSE(claimed(ours)) << ours;
  }
  EXPECT_FALSE(ForeignNames().claim(*Subject::parse("legacy/42")));
}

TEST(ForeignNames, NoTwoIssuersIdsAreOne) {
  EXPECT_EQ(foreign_id("a", "b/c"), "a/b/c");
  const auto longest = *Subject::parse(std::string(255, 'x'));
  EXPECT_EQ(Subject::of_issuer("legacy", longest).text(), "legacy/" + std::string(255, 'x'));
}

TEST(Username, IsComparedRegardlessOfCaseAndForm) {
  const auto folded = [](std::string_view text) { return Username::parse(text)->folded(); };
  EXPECT_EQ(folded("Alice"), folded("aLICE"));
  EXPECT_EQ(folded("STRASSE"), folded("straße"));
  EXPECT_EQ(folded("J\u00fcrgen"), folded("ju\u0308rgen"));  // composed and decomposed
  EXPECT_NE(folded("alice"), folded("alicé"));
}

TEST(Username, IsKeptAsWrittenInNormalizationFormC) {
  EXPECT_EQ(Username::parse("Ju\u0308rgen")->text(), "J\u00fcrgen");
}

TEST(Username, IsNeverOfAUuidsForm) {
  EXPECT_FALSE(Username::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  EXPECT_FALSE(Username::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"));
  EXPECT_TRUE(Username::parse("017f22e2-79b0-7cc3-98c4"));
}

TEST(Username, IsOneTo128Bytes) {
  EXPECT_TRUE(Username::parse(std::string(128, 'x')));
  EXPECT_FALSE(Username::parse(std::string(129, 'x')));
  EXPECT_FALSE(Username::parse(""));
  EXPECT_FALSE(Username::parse("a\nb"));
}

TEST(Reason, IsFromTheListOrAnAdministratorsPrintableText) {
  EXPECT_EQ(Reason::parse("logout"), Reason::logout);
  EXPECT_EQ(Reason::parse("stolen laptop #42")->text(), "stolen laptop #42");
  EXPECT_TRUE(Reason::parse(std::string(64, 'x')));
  EXPECT_FALSE(Reason::parse(std::string(65, 'x')));
  EXPECT_FALSE(Reason::parse(""));
  EXPECT_FALSE(Reason::parse("a\nb"));
  EXPECT_FALSE(Reason::parse("böse"));
}

TEST(Scope, IsWordsWithSingleSpacesBetween) {
  for (const char* good : {"", "a", "orders:read orders:write", "!#[]~"}) {
    EXPECT_TRUE(is_scope(good)) << good;
  }
  for (const char* bad : {" a", "a ", "a  b", "a\"b", "a\\b", "a\tb", "ä"}) {
    EXPECT_FALSE(is_scope(bad)) << bad;
  }
}

TEST(Scope, IsMissingUnlessEachWordIsHeldWhole) {
  EXPECT_EQ(first_missing_scope("read write", "write read"), std::nullopt);
  EXPECT_EQ(first_missing_scope("read", ""), std::nullopt);
  EXPECT_EQ(first_missing_scope("readers", "read"), "read");
  EXPECT_EQ(first_missing_scope("", "read"), "read");
  EXPECT_EQ(first_missing_scope("a b", "a  c"), "c");
}

}  // namespace
}  // namespace recant::core
