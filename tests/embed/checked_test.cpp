// What the public header hands out: texts of any length, in a value that is copied and moved.
#include <gtest/gtest.h>

#include "embed/checked_writer.hpp"
#include "verify/tokens.hpp"

namespace recant {
namespace {

Checked written(const std::string& subject) {
  return CheckedWriter::write({.verdict = Verdict::valid,
                               .subject = subject,
                               .session = "s1",
                               .scope = "read write",
                               .client_id = "web",
                               .issuer = "keycloak",
                               .audience = "api\nadmin",
                               .expires_at = UnixSeconds{seconds{1'700'000'000}}});
}

void expect_whole(const Checked& checked, const std::string& subject) {
  EXPECT_EQ(checked.verdict(), Verdict::valid);
  EXPECT_TRUE(checked.is_valid());
  EXPECT_EQ(checked.reason(), "");
  EXPECT_EQ(checked.subject(), subject);
  EXPECT_EQ(checked.session(), "s1");
  EXPECT_EQ(checked.scope(), "read write");
  EXPECT_EQ(checked.client_id(), "web");
  EXPECT_EQ(checked.issuer(), "keycloak");
  EXPECT_TRUE(checked.has_audience("admin"));
  EXPECT_STREQ(checked.subject().data(), subject.c_str());  // a zero follows
  EXPECT_EQ(std::chrono::system_clock::to_time_t(checked.expires_at()), 1'700'000'000);
}

class CheckedOf : public ::testing::TestWithParam<std::size_t> {};

TEST_P(CheckedOf, SurvivesCopiesAndMoves) {
  const std::string subject(GetParam(), 'x');
  Checked first = written(subject);
  expect_whole(first, subject);
  Checked copy = first;
  expect_whole(copy, subject);
  Checked moved = std::move(first);
  expect_whole(moved, subject);
  Checked assigned;
  assigned = copy;
  expect_whole(assigned, subject);
  assigned = std::move(copy);
  expect_whole(assigned, subject);
  Checked& itself = assigned;
  assigned = itself;
  expect_whole(assigned, subject);
}
// What fits inside, what just does not, and what is far longer.
INSTANTIATE_TEST_SUITE_P(Lengths, CheckedOf, ::testing::Values(0, 36, 190, 200, 210, 220, 10'000));

TEST(Checked, SaysOfAnIdentityAllThatIsToldOfIt) {
  for (const std::size_t length : {0, 36, 150, 3'000}) {
    const std::string scope(length, 's');
    const auto verified = verify::verifier().verify(
        verify::signed_token(
            verify::Claims().set("scope", '"' + scope + '"').set("aud", R"(["api","admin"])")),
        verify::kNow);
    ASSERT_TRUE(verified) << length << ": " << verify::name_of(verified.error());
    const Checked checked = CheckedWriter::valid(verify::Identity::of(*verified));
    EXPECT_TRUE(checked.is_valid());
    EXPECT_EQ(checked.reason(), "");
    EXPECT_EQ(checked.subject(), "0190a1b2-0000-7000-8000-000000000001");
    EXPECT_EQ(checked.session(), verify::kSid);
    EXPECT_EQ(checked.scope(), scope);
    EXPECT_STREQ(checked.scope().data(), scope.c_str());
    EXPECT_EQ(checked.client_id(), "web");
    EXPECT_EQ(checked.issuer(), "");
    EXPECT_TRUE(checked.has_audience("api") && checked.has_audience("admin"));
    EXPECT_FALSE(checked.has_audience("api\nadmin"));
    EXPECT_EQ(std::chrono::system_clock::to_time_t(checked.expires_at()), 1'700'000'890);
  }
}

TEST(Checked, IsNotValidByItself) {
  EXPECT_EQ(Checked().verdict(), Verdict::unavailable);
  EXPECT_EQ(Checked().subject(), "");
  EXPECT_FALSE(Checked().has_audience(""));
}

TEST(Checked, TakesScopesWordByWord) {
  const Checked checked = written("alice");
  for (const char* word : {"read", "write"}) EXPECT_TRUE(checked.has_scope(word)) << word;
  for (const char* word : {"", "rea", "read write", "ead", "writer", " "}) {
    EXPECT_FALSE(checked.has_scope(word)) << word;
  }
}

TEST(Checked, TakesAnAudienceWhole) {
  const Checked checked =
      CheckedWriter::write({.verdict = Verdict::valid, .audience = "a b\nhttps://api.example"});
  for (const char* name : {"a b", "https://api.example"}) EXPECT_TRUE(checked.has_audience(name));
  for (const char* other : {"", "a", "b", "https://api.example/", "a b\nhttps://api.example"}) {
    EXPECT_FALSE(checked.has_audience(other)) << other;
  }
}

TEST(Checked, KeepsAReasonOfAnyLength) {
  const std::string why(1000, 'w');
  const Checked checked = CheckedWriter::unavailable(why);
  EXPECT_EQ(checked.verdict(), Verdict::unavailable);
  EXPECT_EQ(checked.reason(), why.substr(0, checked.reason().size()));
  EXPECT_GT(checked.reason().size(), 200U);
  EXPECT_EQ(checked.issuer(), "");
}

}  // namespace
}  // namespace recant
