// Where operators have a listener of their own, and what /v1/check calls its fields.
#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace recant::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOperators[] = {"/healthz", "/readyz", "/metrics"};

TEST(ListenersApi, OperatorsAreAnsweredOnTheirsAlone) {
  ApiUnderTest together;
  ApiUnderTest main({}, {Calls::all_but_operators});
  ApiUnderTest theirs({}, {Calls::operators});
  for (const char* path : kOperators) {
    EXPECT_EQ(together.ask("GET", path).status(), 200) << path;
    EXPECT_EQ(main.ask("GET", path).status(), 404) << path;
    EXPECT_EQ(main.ask("POST", path).status(), 404) << path;  // and not 405
    EXPECT_EQ(theirs.ask("GET", path).status(), 200) << path;
  }
  const Fields good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  EXPECT_EQ(main.ask("GET", "/v1/check", good).status(), 200);
  EXPECT_EQ(main.ask("GET", "/.well-known/jwks.json").status(), 200);
}

TEST(ListenersApi, NobodyElseIsAnsweredThere) {
  ApiUnderTest theirs({}, {Calls::operators});
  const Fields good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  const Fields admin = ApiUnderTest::bearer("the-admin-key");
  for (const char* path : {"/v1/check", "/v1/check/x", "/v1/me", "/.well-known/jwks.json", "/"}) {
    EXPECT_EQ(theirs.ask("GET", path, good).status(), 404) << path;
  }
  // It has no administrators to tell apart from strangers.
  EXPECT_EQ(theirs.ask("GET", "/v1/admin/users").status(), 404);
  EXPECT_EQ(theirs.ask("GET", "/v1/admin/users", admin).status(), 404);
  EXPECT_TRUE(theirs.events.lines.empty());
}

TEST(ListenersApi, ACheckUsesTheNamesThatWereChosen) {
  IdentityHeaders names;
  names.subject = "X-User";
  names.session = "X-Session";
  ApiUnderTest api({}, {Calls::all, names});
  const auto response =
      api.ask("GET", "/v1/check", ApiUnderTest::bearer(ApiUnderTest::good_token()));
  EXPECT_EQ(response.status(), 200);
  EXPECT_THAT(response.lines(), HasSubstr("\r\nX-User: "));
  EXPECT_THAT(response.lines(), HasSubstr("\r\nX-Session: "));
  EXPECT_THAT(response.lines(), HasSubstr("\r\nX-Auth-Scope: "));
  EXPECT_THAT(response.lines(), HasSubstr("\r\nX-Auth-Expires: "));
  EXPECT_THAT(response.lines(), Not(HasSubstr("X-Auth-Subject")));
  EXPECT_THAT(response.lines(), Not(HasSubstr("X-Auth-Session")));
}

TEST(ListenersApi, WithoutAccountsPeoplesCallsAreNotFoundWhoeverAsks) {
  service::AccountPolicy policy;
  policy.enabled = false;
  ApiUnderTest api(policy);
  const Fields good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  for (const char* path : {"/v1/users", "/v1/login", "/v1/password"}) {
    EXPECT_EQ(api.post(path, "{}").status(), 404) << path;
    EXPECT_EQ(api.post(path, "{}", good).status(), 404) << path;
    EXPECT_EQ(api.post(path, "nonsense", {{"Authorization", "nonsense"}}).status(), 404) << path;
  }
  // Administrators are told; strangers learn nothing of what there is.
  EXPECT_EQ(api.ask("GET", "/v1/admin/users").status(), 401);
  EXPECT_EQ(api.ask("GET", "/v1/admin/users", ApiUnderTest::bearer("the-admin-key")).status(), 404);
}

}  // namespace
}  // namespace recant::http
