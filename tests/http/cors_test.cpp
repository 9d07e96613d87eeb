#include "http/cors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"

namespace recant::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kOrigin = "https://app.example.com";
const Fields kFromThere = {{"Origin", kOrigin}};

Fields preflight(const std::string& origin, const std::string& method = "POST") {
  return {{"Origin", origin},
          {"Access-Control-Request-Method", method},
          {"Access-Control-Request-Headers", "authorization,content-type"}};
}

ApiOptions open_to_it(bool cookies = false) {
  ApiOptions options;
  options.origins = Origins({kOrigin, "http://localhost:5173"});
  options.cookies = cookies;
  return options;
}

TEST(Cors, IsOffByDefaultAndLeavesNoTrace) {
  ApiUnderTest api;
  const auto asked = api.ask("OPTIONS", "/v1/login", preflight(kOrigin));
  EXPECT_EQ(asked.status(), 405);
  EXPECT_EQ(asked.lines(), api.ask("BREW", "/v1/login", preflight(kOrigin)).lines());
  for (const auto& response :
       {asked, api.post("/v1/login", "{}", kFromThere), api.ask("GET", "/v1/me", kFromThere),
        api.ask("GET", "/.well-known/jwks.json", kFromThere)}) {
    EXPECT_THAT(response.lines(), AllOf(Not(HasSubstr("Access-Control")), Not(HasSubstr("Vary"))));
  }
}

TEST(Cors, APreflightIsToldTheMethodsThatThePathTakes) {
  ApiUnderTest api({}, open_to_it());
  struct Path {
    const char* path;
    const char* methods;
  };
  for (const auto& [path, methods] :
       {Path{"/v1/login", "POST"}, Path{"/v1/refresh", "POST"}, Path{"/v1/logout", "POST"},
        Path{"/v1/logout-all", "POST"}, Path{"/v1/password", "POST"}, Path{"/v1/users", "POST"},
        Path{"/v1/me", "GET, HEAD"}, Path{"/v1/sessions", "GET, HEAD"},
        Path{"/v1/sessions/x", "DELETE"}, Path{"/.well-known/jwks.json", "GET, HEAD"}}) {
    const auto response = api.ask("OPTIONS", path, preflight(kOrigin));
    EXPECT_EQ(response.status(), 204) << path;
    EXPECT_THAT(response.lines(),
                AllOf(HasSubstr("Access-Control-Allow-Origin: " + kOrigin + "\r\n"),
                      HasSubstr("Access-Control-Allow-Methods: " + std::string(methods) + "\r\n"),
                      HasSubstr("Access-Control-Allow-Headers: Authorization, Content-Type, "
                                "X-Request-Id\r\n"),
                      HasSubstr("Access-Control-Max-Age: 600\r\n"), HasSubstr("Vary: Origin\r\n"),
                      Not(HasSubstr("Allow-Credentials"))))
        << path;
  }
}

TEST(Cors, IsForNobodyElseAndForNoOtherCalls) {
  ApiUnderTest api({}, open_to_it(true));
  for (const char* other :
       {"https://evil.example", "null", "", "https://app.example.com.evil.example",
        "http://app.example.com", "https://APP.example.com"}) {
    const auto asked = api.ask("OPTIONS", "/v1/login", preflight(other));
    EXPECT_EQ(asked.status(), 405) << other;
    EXPECT_THAT(asked.lines(), AllOf(Not(HasSubstr("Access-Control")), HasSubstr("Vary: Origin")))
        << other;
    EXPECT_THAT(api.ask("GET", "/v1/me", {{"Origin", other}}).lines(),
                Not(HasSubstr("Access-Control")))
        << other;
  }
  auto twice = preflight(kOrigin);
  twice.emplace_back("Origin", kOrigin);
  EXPECT_EQ(api.ask("OPTIONS", "/v1/login", twice).status(), 405);
  EXPECT_EQ(api.ask("OPTIONS", "/v1/login", kFromThere).status(), 405);  // no preflight

  for (const char* path :
       {"/v1/admin/users", "/v1/admin/revocations", "/v1/check", "/v1/check/x", "/metrics",
        "/healthz", "/readyz", "/v1/nothing", "/v1//login", "/", "/oauth2/introspect",
        "/oauth2/revoke", "/oauth2/token", "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/shop"}) {
    EXPECT_THAT(api.ask("OPTIONS", path, preflight(kOrigin)).status(), Not(204)) << path;
    for (const char* method : {"OPTIONS", "GET", "POST"}) {
      EXPECT_THAT(api.ask(method, path, preflight(kOrigin)).lines(),
                  Not(HasSubstr("Access-Control")))
          << method << path;
    }
  }
  ApiUnderTest without_accounts({.enabled = false}, open_to_it());
  EXPECT_EQ(without_accounts.ask("OPTIONS", "/v1/login", preflight(kOrigin)).status(), 405);
  EXPECT_EQ(without_accounts.ask("OPTIONS", "/v1/refresh", preflight(kOrigin)).status(), 204);
}

TEST(Cors, APageMayReadEveryAnswerOfItsCalls) {
  ApiUnderTest api({}, open_to_it());
  Request unsound;
  unsound.path = "/v1/login";
  unsound.headers.add("Origin", kOrigin);
  for (const auto& response :
       {api.ask("GET", "/v1/me", kFromThere), api.post("/v1/login", "{", kFromThere),
        api.ask("PUT", "/v1/login", kFromThere),
        api.api.refuse(unsound, {Code::payload_too_large, "Too large."})}) {
    EXPECT_GE(response.status(), 400);
    EXPECT_THAT(response.lines(),
                AllOf(HasSubstr("Access-Control-Allow-Origin: " + kOrigin + "\r\n"),
                      HasSubstr("Access-Control-Expose-Headers: WWW-Authenticate, Retry-After, "
                                "X-Request-Id\r\n"),
                      HasSubstr("Vary: Origin\r\n")));
  }
  // A cache must not give one who may the answer to one who may not.
  EXPECT_THAT(api.ask("GET", "/.well-known/jwks.json").lines(),
              AllOf(HasSubstr("Vary: Origin\r\n"), Not(HasSubstr("Access-Control"))));
}

TEST(Cors, CredentialsGoAlongInCookieModeOnly) {
  ApiUnderTest plain({}, open_to_it()), with_cookies({}, open_to_it(true));
  const std::string line = "Access-Control-Allow-Credentials: true\r\n";
  for (const char* method : {"OPTIONS", "GET"}) {
    EXPECT_THAT(plain.ask(method, "/v1/me", preflight(kOrigin, "GET")).lines(),
                Not(HasSubstr(line)));
    EXPECT_THAT(with_cookies.ask(method, "/v1/me", preflight(kOrigin, "GET")).lines(),
                HasSubstr(line));
  }
}

}  // namespace
}  // namespace recant::http
