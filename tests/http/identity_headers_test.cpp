#include "http/identity_headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace recant::http {
namespace {

using ::testing::HasSubstr;

using Entries = std::vector<std::string>;

std::string refused(const Entries& entries) {
  const auto headers = IdentityHeaders::parse(entries);
  return headers ? "accepted" : headers.error().must;
}

// Contract §2.
TEST(IdentityHeaders, AreTheContractsUnlessNamed) {
  const auto headers = IdentityHeaders::parse(Entries{});
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->subject, "X-Auth-Subject");
  EXPECT_EQ(headers->session, "X-Auth-Session");
  EXPECT_EQ(headers->scope, "X-Auth-Scope");
  EXPECT_EQ(headers->expires, "X-Auth-Expires");
}

TEST(IdentityHeaders, TakeOtherNames) {
  const auto headers = IdentityHeaders::parse(
      Entries{"subject=X-User", "session=Session-Id", "scope=x-scope", "expires=E"});
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->subject, "X-User");
  EXPECT_EQ(headers->session, "Session-Id");
  EXPECT_EQ(headers->scope, "x-scope");
  EXPECT_EQ(headers->expires, "E");
  const auto one = IdentityHeaders::parse(Entries{"scope=X-Scope"});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->scope, "X-Scope");
  EXPECT_EQ(one->subject, "X-Auth-Subject");
}

TEST(IdentityHeaders, AnEntryIsWhatAndName) {
  for (const char* entry :
       {"", "X-User", "subject", "user=X-User", "Subject=X-User", " subject=X-User", "=X-User"}) {
    EXPECT_THAT(refused({entry}), HasSubstr("list of subject=NAME")) << entry;
  }
}

// RFC 9110 §5.1, and what gateways pass on.
TEST(IdentityHeaders, J49_AFieldsNameCannotEndItsLine) {
  for (const std::string name :
       {"", "X User", "X-User:", "X-User\r\nSet-Cookie", "X-\xc3\xab", "X_User", "X=User"}) {
    EXPECT_THAT(refused({"subject=" + name}), HasSubstr("letters, digits and hyphens")) << name;
  }
  EXPECT_EQ(refused({"subject=" + std::string(64, 'x')}), "accepted");
  EXPECT_THAT(refused({"subject=" + std::string(65, 'x')}), HasSubstr("1 to 64"));
}

// RFC 9110 §7.6.1 (hop-by-hop), §8 (of the content), §11 (credentials); RFC 6265; Fetch.
TEST(IdentityHeaders, NoFieldThatMeansSomethingElse) {
  for (const char* name : {"Connection",
                           "keep-alive",
                           "TE",
                           "Trailer",
                           "Transfer-Encoding",
                           "Upgrade",
                           "Proxy-Authorization",
                           "Content-Length",
                           "Content-Type",
                           "Authorization",
                           "WWW-Authenticate",
                           "Set-Cookie",
                           "Cookie",
                           "Host",
                           "Date",
                           "Location",
                           "Cache-Control",
                           "Access-Control-Allow-Origin",
                           "X-Forwarded-For",
                           "X-Forwarded-User",
                           "Forwarded",
                           "x-request-id",
                           "X-Accel-Redirect",
                           "Strict-Transport-Security",
                           "Retry-After"}) {
    EXPECT_THAT(refused({std::string("session=") + name}), HasSubstr("a meaning of its own"))
        << name;
  }
}

TEST(IdentityHeaders, NoNameStandsTwice) {
  EXPECT_THAT(refused({"subject=X-A", "scope=x-a"}), HasSubstr("stands for two"));
  EXPECT_THAT(refused({"subject=X-Auth-Expires"}), HasSubstr("stands for two"));
  EXPECT_THAT(refused({"subject=X-A", "subject=X-A"}), HasSubstr("subject once"));
}

}  // namespace
}  // namespace recant::http
