// Cookie mode on the wire, over use cases that only say no: who may use a cookie for what. That
// people are signed in by it is shown end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"
#include "base/json.hpp"

namespace recant::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSid = "018bcfe5-6400-7cc3-98c4-dc0c0c07398f";
const std::string kCleared = "Set-Cookie: __Host-recant_at=; ";

std::string outcome(const Response& response) {
  auto text = std::to_string(response.status());
  const auto body = json::parse(response.body());
  const auto* code = body ? body->string("code") : nullptr;
  return code == nullptr ? text : text + ' ' + *code;
}

ApiOptions with_cookies() {
  ApiOptions options;
  options.cookies = true;
  options.origins = Origins({"https://app.example.com"});
  return options;
}

Fields operator+(Fields a, const Fields& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::string kAccess = "__Host-recant_at=" + ApiUnderTest::good_token();
const Fields kCookie = {{"Cookie", kAccess}};
const Fields kRefreshCookie = {{"Cookie", "__Host-recant_rt=rt_x"}};
const Fields kOurs = {{"Sec-Fetch-Site", "same-origin"}};
const Fields kListed = {{"Sec-Fetch-Site", "same-site"}, {"Origin", "https://app.example.com"}};
const Fields kOther = {{"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example.com"}};
const Fields kProgram = {};

struct Change {
  const char* method;
  const char* path;
};

TEST(CookieMode, ChangesNeedAPageOfOurs) {
  ApiUnderTest api({}, with_cookies());
  for (const auto& [method, path] :
       {Change{"POST", "/v1/logout-all"}, Change{"DELETE", "/v1/sessions/x"},
        Change{"POST", "/v1/password"}, Change{"POST", "/v1/refresh"},
        Change{"POST", "/v1/logout"}}) {
    for (const auto& cookie : {kCookie, kRefreshCookie}) {
      for (const auto& stranger :
           {kOther, kProgram, Fields{{"Origin", "null"}}, Fields{{"Sec-Fetch-Site", "cross-site"}},
            Fields{{"Sec-Fetch-Site", "none"}}}) {
        const auto refused = api.ask(method, path, cookie + stranger);
        EXPECT_EQ(outcome(refused), "403 csrf") << path << ::testing::PrintToString(stranger);
        EXPECT_THAT(refused.lines(), Not(HasSubstr("Set-Cookie"))) << path;
        EXPECT_EQ(api.session_store.log, "") << path;  // it has not reached the store
      }
      for (const auto& ours : {kOurs, kListed}) {
        EXPECT_NE(outcome(api.ask(method, path, cookie + ours)), "403 csrf") << path;
        api.session_store.log.clear();
      }
    }
    // Whoever holds a token in his hand needs no page.
    const auto bearer = ApiUnderTest::bearer(ApiUnderTest::good_token());
    EXPECT_NE(outcome(api.ask(method, path, bearer + kOther)), "403 csrf") << path;
    api.session_store.log.clear();
  }
}

TEST(CookieMode, A12_WhatIsRefusedIsNoted) {
  ApiUnderTest api({}, with_cookies());
  api.ask("POST", "/v1/logout", kCookie + kOther);
  api.post("/v1/login", "{}", kOther);
  api.ask("PUT", "/v1/check/x", kCookie + kOther);
  EXPECT_THAT(api.events.lines, ::testing::ElementsAre("csrf.refused caller= actor= /v1/logout",
                                                       "csrf.refused caller= actor= /v1/login",
                                                       "csrf.refused caller= actor= /v1/check/*"));
}

TEST(CookieMode, NobodyIsSignedInByAnotherPage) {
  ApiUnderTest api({}, with_cookies());
  const std::string body = R"({"username":"ann","password":"wrong one"})";
  EXPECT_EQ(outcome(api.post("/v1/login", body, kOther)), "403 csrf");
  EXPECT_EQ(outcome(api.post("/v1/login", body, {{"Origin", "null"}})), "403 csrf");
  for (const auto& sender : {kOurs, kListed, kProgram}) {
    EXPECT_EQ(outcome(api.post("/v1/login", body, sender)), "401 invalid_credentials");
  }
  ApiUnderTest without;
  EXPECT_EQ(outcome(without.post("/v1/login", body, kOther)), "401 invalid_credentials");
}

TEST(CookieMode, WithoutItNoCookieIsLookedAtOrSet) {
  ApiUnderTest api;
  for (const char* path : {"/v1/me", "/v1/check"}) {
    EXPECT_EQ(outcome(api.ask("GET", path, kCookie + kOurs)), "401 invalid_token");
  }
  const auto out = api.ask("POST", "/v1/logout", kCookie + kOurs);
  EXPECT_EQ(outcome(out), "401 invalid_token");
  EXPECT_THAT(out.lines(), Not(HasSubstr("Set-Cookie")));
  EXPECT_EQ(outcome(api.ask("POST", "/v1/refresh", kRefreshCookie + kOurs)),
            "415 unsupported_media_type");
}

TEST(CookieMode, ReadsByCookieWhoeverAsks) {
  ApiUnderTest api({.enabled = false}, with_cookies());
  for (const auto& sender : {kOurs, kListed, kOther, kProgram}) {
    EXPECT_EQ(outcome(api.ask("GET", "/v1/me", kCookie + sender)), "200");
    EXPECT_EQ(outcome(api.ask("HEAD", "/v1/me", kCookie + sender)), "200");
  }
}

TEST(CookieMode, J10_TwoCredentialsAreRefused) {
  ApiUnderTest api({}, with_cookies());
  const auto bearer = ApiUnderTest::bearer(ApiUnderTest::good_token());
  const Fields basic = {{"Authorization", "Basic YTpi"}};
  const Fields twice = {{"Cookie", kAccess + "; " + kAccess}};
  for (const auto& [method, path] :
       {Change{"GET", "/v1/me"}, Change{"GET", "/v1/sessions"}, Change{"POST", "/v1/logout-all"},
        Change{"POST", "/v1/logout"}, Change{"POST", "/v1/refresh"}}) {
    for (const auto& both : {bearer + kCookie, basic + kCookie, bearer + kRefreshCookie, twice}) {
      EXPECT_EQ(outcome(api.ask(method, path, both + kOurs)), "400 invalid_request") << path;
    }
  }
  const std::string token = R"({"refresh_token":"rt_y"})";
  for (const char* path : {"/v1/refresh", "/v1/logout"}) {
    EXPECT_EQ(outcome(api.post(path, token, kRefreshCookie + kOurs)), "400 invalid_request");
    EXPECT_EQ(outcome(api.post(path, token, kCookie + kOurs)), "400 invalid_request");
    EXPECT_EQ(outcome(api.post(path, token, kOurs)), "401 invalid_grant");
  }
}

/// Contract §2: the cookie is looked at only when there is no Authorization.
TEST(CookieMode, AtACheckTheAuthorizationWins) {
  ApiUnderTest api({}, with_cookies());
  const auto bearer = ApiUnderTest::bearer(ApiUnderTest::good_token());
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check", kCookie)), "200");
  EXPECT_EQ(outcome(api.ask("POST", "/v1/check", kCookie + kOurs)), "200");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check", kCookie + bearer)), "200");
  for (const auto& worse : {ApiUnderTest::bearer("x"), Fields{{"Authorization", "Basic YTpi"}},
                            Fields{{"Authorization", "Bearer"}}, bearer + bearer}) {
    EXPECT_EQ(outcome(api.ask("GET", "/v1/check", kCookie + worse)), "401 invalid_token");
  }
  const Fields unsound = {{"Cookie", kAccess + "; " + kAccess}};
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check", unsound)), "401 invalid_token");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check", bearer + unsound)), "200");
}

/// The method is not known there; browsers name the Origin of whatever may change something.
TEST(CookieMode, AtACheckACookieIsNotForAnotherPage) {
  ApiUnderTest api({}, with_cookies());
  for (const auto& other : {kOther, Fields{{"Origin", "null"}}}) {
    EXPECT_EQ(outcome(api.ask("POST", "/v1/check", kCookie + other)), "403 csrf");
    const auto bearer = ApiUnderTest::bearer(ApiUnderTest::good_token());
    EXPECT_EQ(outcome(api.ask("POST", "/v1/check", bearer + other)), "200");
  }
  EXPECT_EQ(outcome(api.ask("POST", "/v1/check", kCookie + kListed)), "200");
  // Following a link from elsewhere.
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check", kCookie + Fields{{"Sec-Fetch-Site", "same-site"}})),
            "200");
}

TEST(CookieMode, O12_WhoCanRefreshIsToldTo) {
  ApiUnderTest api({}, with_cookies());
  for (const char* path : {"/v1/me", "/v1/check"}) {
    const auto ended = api.ask("GET", path, kRefreshCookie + kOurs);
    EXPECT_EQ(outcome(ended), "401 invalid_token") << path;
    EXPECT_THAT(ended.lines(), HasSubstr("error=\"invalid_token\"")) << path;
    EXPECT_THAT(api.ask("GET", path, kOurs).lines(),
                AllOf(HasSubstr("WWW-Authenticate: Bearer realm=\"recant\"\r\n")))
        << path;
  }
}

TEST(CookieMode, LogoutClearsThemWhateverTheAnswer) {
  ApiUnderTest api({}, with_cookies());
  const auto ended = api.ask("POST", "/v1/logout", kCookie + kOurs);
  EXPECT_EQ(outcome(ended), "204");
  EXPECT_THAT(api.session_store.log, HasSubstr(kSid));
  const Fields garbage = {{"Cookie", "__Host-recant_at=x"}};
  const Fields twice = {{"Cookie", kAccess + "; " + kAccess}};
  Request unfit;
  unfit.method = "POST";
  unfit.path = "/v1/logout";
  unfit.headers.add("Sec-Fetch-Site", "same-origin");
  for (const auto& [response, expected] :
       {std::pair(ended, "204"),
        std::pair(api.ask("POST", "/v1/logout", garbage + kOurs), "401 invalid_token"),
        std::pair(api.ask("POST", "/v1/logout", twice + kOurs), "400 invalid_request"),
        std::pair(api.ask("POST", "/v1/logout", kOurs), "401 invalid_token"),
        std::pair(api.ask("POST", "/v1/logout", kRefreshCookie + kOurs), "401 invalid_grant"),
        std::pair(api.post("/v1/logout", "{", kCookie + kListed), "400 invalid_request"),
        std::pair(api.api.refuse(unfit, {Code::unavailable, "Redis is away."}),
                  "503 unavailable")}) {
    EXPECT_EQ(outcome(response), expected);
    EXPECT_THAT(response.lines(), HasSubstr(kCleared)) << expected;
  }
}

TEST(CookieMode, ARefreshThatIsOverClearsThemAndOneThatFailedDoesNot) {
  ApiUnderTest api({}, with_cookies());
  const auto over = api.ask("POST", "/v1/refresh", kRefreshCookie + kOurs);
  EXPECT_EQ(outcome(over), "401 invalid_grant");
  EXPECT_THAT(over.lines(), HasSubstr(kCleared));
  const service::RefreshTokens ours({ApiUnderTest::secret()});
  const auto token =
      ours.make({*Uuid::parse(kSid), {}, {}, *core::Subject::parse("ann")}, ours.current_key_id());
  const Fields good = {{"Cookie", "__Host-recant_rt=" + token.value_or("")}};
  const auto failed = api.ask("POST", "/v1/refresh", good + kOurs);  // the store says nothing
  EXPECT_EQ(outcome(failed), "503 unavailable");
  EXPECT_THAT(failed.lines(), Not(HasSubstr("Set-Cookie")));
}

}  // namespace
}  // namespace recant::http
