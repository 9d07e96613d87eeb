#include "http/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"
#include "base/json.hpp"

namespace recant::http {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// "401 invalid_token", or the status alone.
std::string outcome(const Response& response) {
  auto text = std::to_string(response.status());
  const auto body = json::parse(response.body());
  const auto* code = body ? body->string("code") : nullptr;
  return code == nullptr ? text : text + ' ' + *code;
}

const std::string kBare = "WWW-Authenticate: Bearer realm=\"recant\"\r\n";
const Fields kAdmin = ApiUnderTest::bearer("the-admin-key");
const std::string kSid = "018bcfe5-6400-7cc3-98c4-dc0c0c07398f";

service::Account ann() {
  return {*Uuid::parse("0190a1b2-0000-7000-8000-000000000001"),
          "Ann",
          "$argon2id$…",
          "read",
          R"({"tenant":"t"})",
          false,
          unix_millis(1'700'000'000'000)};
}

struct Call {
  const char* method;
  const char* path;
  const char* outcome;
};

TEST(Api, EveryCallOfTheContractIsThereAndGuarded) {
  ApiUnderTest api;
  // Contract §2, each without credentials or a body.
  for (const auto& [method, path, expected] : {
           Call{"POST", "/v1/users", "415 unsupported_media_type"},
           Call{"POST", "/v1/login", "415 unsupported_media_type"},
           Call{"POST", "/v1/refresh", "415 unsupported_media_type"},
           Call{"POST", "/v1/logout", "401 invalid_token"},
           Call{"POST", "/v1/logout-all", "401 invalid_token"},
           Call{"GET", "/v1/me", "401 invalid_token"},
           Call{"GET", "/v1/sessions", "401 invalid_token"},
           Call{"DELETE", "/v1/sessions/x", "401 invalid_token"},
           Call{"POST", "/v1/password", "401 invalid_token"},
           Call{"PURGE", "/v1/check", "401 invalid_token"},
           Call{"GET", "/v1/check/a//b", "401 invalid_token"},
           Call{"GET", "/v1/admin/users", "401 invalid_token"},
           Call{"POST", "/v1/admin/users", "401 invalid_token"},
           Call{"POST", "/v1/admin/import", "401 invalid_token"},
           Call{"GET", "/v1/admin/users/x", "401 invalid_token"},
           Call{"DELETE", "/v1/admin/users/x", "401 invalid_token"},
           Call{"POST", "/v1/admin/users/x/disable", "401 invalid_token"},
           Call{"POST", "/v1/admin/users/x/enable", "401 invalid_token"},
           Call{"POST", "/v1/admin/users/x/password", "401 invalid_token"},
           Call{"GET", "/v1/admin/users/x/sessions", "401 invalid_token"},
           Call{"POST", "/v1/admin/sessions", "401 invalid_token"},
           Call{"POST", "/v1/admin/revocations", "401 invalid_token"},
           Call{"GET", "/v1/admin/keys", "401 invalid_token"},
           Call{"POST", "/v1/admin/keys/rotate", "401 invalid_token"},
           Call{"GET", "/v1/admin/nothing", "401 invalid_token"},
           Call{"PATCH", "/v1/admin/users", "401 invalid_token"},
           Call{"GET", "/.well-known/jwks.json", "200"},
           Call{"HEAD", "/.well-known/jwks.json", "200"},
           Call{"GET", "/healthz", "200"},
           Call{"GET", "/readyz", "200"},
           Call{"GET", "/metrics", "200"},
           Call{"GET", "/v1/login", "405 method_not_allowed"},
           Call{"GET", "/oauth2/authorize", "404 not_found"},
           Call{"GET", "/", "404 not_found"},
       }) {
    const auto response = api.ask(method, path);
    EXPECT_EQ(outcome(response), expected) << method << ' ' << path;
    if (response.status() == 401) {
      EXPECT_THAT(response.lines(), HasSubstr(kBare)) << path;
    }
  }
  EXPECT_THAT(api.ask("GET", "/v1/login").lines(), HasSubstr("Allow: POST\r\n"));
  EXPECT_EQ(outcome(api.ask("GET", "/v1/admin/nothing", kAdmin)), "404 not_found");
  EXPECT_EQ(outcome(api.ask("PATCH", "/v1/admin/users", kAdmin)), "405 method_not_allowed");
}

TEST(Api, O47_CheckAnswersWho) {
  ApiUnderTest api;
  verify::Claims claims;
  claims.set("sub", R"("zo\u00eb 100%")").set("scope", R"("read a%b")");
  const auto response =
      api.ask("PUT", "/v1/check/x", ApiUnderTest::bearer(verify::signed_token(claims)));
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.body(), "");
  EXPECT_THAT(response.lines(), AllOf(HasSubstr("X-Auth-Subject: zo%C3%AB%20100%25\r\n"),
                                      HasSubstr("X-Auth-Session: " + kSid + "\r\n"),
                                      HasSubstr("X-Auth-Scope: read a%25b\r\n"),
                                      HasSubstr("X-Auth-Expires: 1700000890\r\n")));
  const auto plain = api.ask("GET", "/v1/check", ApiUnderTest::bearer(ApiUnderTest::good_token()));
  EXPECT_THAT(plain.lines(), HasSubstr("X-Auth-Scope: \r\n"));
}

/// Whoever signs tokens, here or elsewhere, decides what is in them, but not what the answer is.
TEST(Api, J49_NoClaimEndsALine) {
  ApiUnderTest api;
  const std::string escaped = R"(x\r\nX-Auth-Scope: admin\r\n\r\nHTTP/1.1 200 OK)";
  for (const char* claim : {"sub", "scope", "text", "X\\r\\nY: z"}) {
    verify::Claims claims;
    claims.set(claim, '"' + escaped + '"');
    const auto response =
        api.ask("GET", "/v1/check", ApiUnderTest::bearer(verify::signed_token(claims)));
    EXPECT_THAT(response.lines(), Not(HasSubstr("\nX-Auth-Scope: admin"))) << claim;
    EXPECT_THAT(response.lines(), Not(HasSubstr("\nHTTP/1.1"))) << claim;
    const auto lines = std::ranges::count(response.lines(), '\n');
    EXPECT_EQ(lines, response.status() == 200 ? 5 : 3) << claim << response.lines();
  }
}

TEST(Api, O47_CheckKnowsFourStatusesOnly) {
  ApiUnderTest api;
  const auto good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  verify::Claims scoped;
  scoped.set("scope", R"("read write")");
  const auto reader = ApiUnderTest::bearer(verify::signed_token(scoped));

  EXPECT_EQ(outcome(api.ask("GET", "/v1/check?scope=read+write&audience=api", reader)), "200");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check?scope=", good)), "200");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check?audience=other", good)), "403 forbidden");
  const auto more = api.ask("GET", "/v1/check?scope=read+admin", reader);
  EXPECT_EQ(outcome(more), "403 insufficient_scope");
  EXPECT_THAT(more.lines(), HasSubstr("WWW-Authenticate: Bearer realm=\"recant\", "
                                      "error=\"insufficient_scope\", scope=\"read admin\"\r\n"));
  for (const char* unclear :
       {"?scope=read&scope=x", "?scope=%zz", "?audience=a&audience=b", "?access_token=x"}) {
    const auto response = api.ask("GET", std::string("/v1/check") + unclear, reader);
    EXPECT_EQ(outcome(response), "401 invalid_token") << unclear;
    EXPECT_THAT(response.lines(), HasSubstr(kBare)) << unclear;
  }
  auto twice = good;
  twice.push_back(good.front());
  EXPECT_EQ(outcome(api.ask("GET", "/v1/check", twice)), "401 invalid_token");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/me", twice)), "400 invalid_request");

  api.reader.answers.reset();
  const auto unknown = api.ask("GET", "/v1/check", good);
  EXPECT_EQ(outcome(unknown), "503 unavailable");
  EXPECT_THAT(unknown.lines(), HasSubstr("Retry-After: 1\r\n"));

  Request request;
  for (const auto code : {Code::invalid_request, Code::payload_too_large}) {
    request.path = "/v1/check/x";
    EXPECT_EQ(outcome(api.api.refuse(request, {code, "No."})), "401 invalid_token");
    request.path = "/v1/checks";
    EXPECT_EQ(api.api.refuse(request, {code, "No."}).status(), status_of(code));
  }
  request.path = "/v1/check";
  EXPECT_EQ(outcome(api.api.refuse(request, {Code::unavailable, "No."})), "503 unavailable");
}

TEST(Api, O13_OnlyTheHolderIsToldWhy) {
  ApiUnderTest api;
  const auto challenge = [](const std::string& description) {
    return "WWW-Authenticate: Bearer realm=\"recant\", error=\"invalid_token\", "
           "error_description=\"" +
           description + "\"\r\n";
  };
  for (const char* path : {"/v1/check", "/v1/me"}) {
    const auto stranger = api.ask("GET", path, ApiUnderTest::bearer("a.b.c"));
    EXPECT_EQ(outcome(stranger), "401 invalid_token");
    EXPECT_THAT(stranger.lines(), HasSubstr(challenge("The token is not valid.")));

    verify::Claims old;
    old.set("iat", "1699990000").set("exp", "1699990900");
    const auto expired = api.ask("GET", path, ApiUnderTest::bearer(verify::signed_token(old)));
    EXPECT_THAT(expired.lines(), HasSubstr(challenge("expired")));

    api.reader.answers->session = "1";
    api.reader.reason = "a\"b\\c";
    const auto revoked = api.ask("GET", path, ApiUnderTest::bearer(ApiUnderTest::good_token()));
    EXPECT_THAT(revoked.lines(), HasSubstr(challenge("revoked: a'b'c")));
    api.reader.answers->session.reset();
  }
}

TEST(Api, LogoutTakesAnExpiredTokenButNotTwoProofs) {
  ApiUnderTest api;
  verify::Claims old;
  old.set("iat", "1699990000").set("exp", "1699990900");
  const auto expired = ApiUnderTest::bearer(verify::signed_token(old));
  EXPECT_EQ(api.ask("POST", "/v1/logout", expired).status(), 204);
  EXPECT_EQ(api.session_store.log,
            "0190a1b2-0000-7000-8000-000000000001/" + kSid + "/logout/1699990900000");
  EXPECT_EQ(outcome(api.post("/v1/logout", R"({"refresh_token":"rt_x"})", expired)),
            "400 invalid_request");
  EXPECT_EQ(outcome(api.post("/v1/logout", R"({"refresh_token":"rt_x"})")), "401 invalid_grant");
  EXPECT_EQ(outcome(api.post("/v1/logout", "{}")), "401 invalid_token");
  EXPECT_EQ(outcome(api.ask("POST", "/v1/logout", ApiUnderTest::bearer("x"))), "401 invalid_token");
}

TEST(Api, AnswersHaveTheContractsMembers) {
  ApiUnderTest api;
  const auto good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  api.account_store.account = ann();

  const auto me = api.ask("GET", "/v1/me", good);
  EXPECT_EQ(me.body(),
            R"({"user_id":"0190a1b2-0000-7000-8000-000000000001","username":"Ann","session_id":")" +
                kSid + R"(","scope":"","expires_at":"2023-11-14T22:28:10.000Z"})");
  EXPECT_THAT(me.lines(), AllOf(HasSubstr("Content-Type: application/json\r\n"),
                                HasSubstr("Cache-Control: no-store\r\n")));

  EXPECT_EQ(api.ask("POST", "/v1/logout-all", good).body(), R"({"sessions":3})");

  api.session_store.page = {{{*Uuid::parse(kSid),
                              unix_millis(1'700'000'000'001),
                              unix_millis(1'700'000'000'002),
                              unix_millis(1'700'000'000'003),
                              {"tv", "Kettle/2", "192.0.2.9"}}},
                            "cursor"};
  const auto list = api.ask("GET", "/v1/sessions?limit=5&after=x", good);
  const std::string entry =
      R"({"session_id":")" + kSid +
      R"(","created_at":"2023-11-14T22:13:20.001Z","last_seen_at":"2023-11-14T22:13:20.002Z",)"
      R"("expires_at":"2023-11-14T22:13:20.003Z","device":"tv","user_agent":"Kettle/2",)"
      R"("ip":"192.0.2.9")";
  EXPECT_EQ(list.body(), R"({"sessions":[)" + entry + R"(,"current":true}],"next":"cursor"})");
  EXPECT_EQ(api.session_store.log, "0190a1b2-0000-7000-8000-000000000001/x/5");

  const auto theirs = api.ask("GET", "/v1/admin/users/app%2Fuser/sessions", kAdmin);
  EXPECT_EQ(theirs.body(), R"({"sessions":[)" + entry + R"(}],"next":"cursor"})");

  const std::string account =
      R"({"user_id":"0190a1b2-0000-7000-8000-000000000001","username":"Ann","scope":"read",)"
      R"("claims":{"tenant":"t"},"disabled":false,"created_at":"2023-11-14T22:13:20.000Z"})";
  EXPECT_EQ(api.ask("GET", "/v1/admin/users/ann", kAdmin).body(), account);
  EXPECT_EQ(api.ask("GET", "/v1/admin/users?limit=1", kAdmin).body(),
            R"({"users":[)" + account + R"(],"next":"next-cursor"})");
  EXPECT_EQ(api.account_store.last_page, "/1");

  const auto revoked = api.post("/v1/admin/revocations", R"({"subject":"s"})",
                                ApiUnderTest::bearer("the-revoke-key"));
  EXPECT_EQ(revoked.body(),
            R"({"kind":"subject","id":"s","sessions":3,"durable":false,"enforced":true,)"
            R"("enforced_at":"2023-11-14T22:13:20.000Z","tidied":true})");
}

TEST(Api, MeOfASubjectThatSpellsAUsernameShowsNobodysName) {
  ApiUnderTest api;
  api.account_store.account = ann();
  verify::Claims claims;
  claims.set("sub", R"("ann")");
  const auto me = api.ask("GET", "/v1/me", ApiUnderTest::bearer(verify::signed_token(claims)));
  EXPECT_THAT(me.body(), HasSubstr(R"("user_id":"ann","username":null)"));
}

TEST(Api, AdminKeysReachAsFarAsTheirScope) {
  ApiUnderTest api;
  const auto revoker = ApiUnderTest::bearer("the-revoke-key");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/admin/users", revoker)), "403 forbidden");
  EXPECT_EQ(outcome(api.post("/v1/admin/sessions", "{}", revoker)), "403 forbidden");
  EXPECT_EQ(outcome(api.post("/v1/admin/revocations", "{}", kAdmin)), "403 forbidden");
  EXPECT_EQ(outcome(api.post("/v1/admin/revocations", "{}", revoker)), "400 invalid_request");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/admin/users", ApiUnderTest::bearer("x"))),
            "401 invalid_token");
  EXPECT_EQ(
      outcome(api.ask("GET", "/v1/admin/users", ApiUnderTest::bearer(ApiUnderTest::good_token()))),
      "401 invalid_token");
  EXPECT_THAT(api.events.lines,
              AllOf(Contains("admin.denied caller= actor=revoker /v1/admin/users"),
                    Contains("admin.denied caller= actor= /v1/admin/users")));
}

TEST(Api, ARevocationThatNamesNothingOfOursIs400AndReachesNoStore) {
  ApiUnderTest api;
  const auto revoker = ApiUnderTest::bearer("the-revoke-key");
  for (const std::string body :
       {R"({"token":"x"})", R"({"token":"rt_x"})",
        // Ends that do not fit into milliseconds: the largest, and one that would wrap to the past.
        R"({"jti":"x","exp":9223372036854775807})", R"({"jti":"x","exp":18446744073709551})"}) {
    EXPECT_EQ(outcome(api.post("/v1/admin/revocations", body, revoker)), "400 invalid_request")
        << body;
  }
  EXPECT_THAT(api.session_store.log, IsEmpty());
}

TEST(Api, TheNameOfTheAdminKeyGoesWithTheAct) {
  ApiUnderTest api;
  api.post("/v1/admin/revocations", R"({"subject":"s","reason":"why"})",
           ApiUnderTest::bearer("the-revoke-key"));
  EXPECT_THAT(api.events.lines, Contains("subject.revoked caller=revoker actor= why"));
  EXPECT_THAT(api.events.acts, Contains("revoker POST /v1/admin/revocations 200"));
}

TEST(Api, FailuresAreTheContractsCodes) {
  ApiUnderTest api({.enabled = true, .signup = true});
  const auto good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  const std::string login = R"({"username":"ann","password":"long enough"})";
  const auto failed = api.post("/v1/login", login);
  EXPECT_EQ(outcome(failed), "401 invalid_credentials");
  EXPECT_THAT(failed.lines(), HasSubstr(kBare));
  api.throttle.wait = seconds{8};
  const auto throttled = api.post("/v1/login", login);
  EXPECT_EQ(outcome(throttled), "429 throttled");
  EXPECT_THAT(throttled.lines(), HasSubstr("Retry-After: 8\r\n"));
  EXPECT_EQ(outcome(api.post("/v1/users", R"({"username":"ann","password":"short"})")),
            "422 weak_password");
  EXPECT_EQ(outcome(api.post("/v1/users", login)), "503 busy");
  const auto grant = api.post("/v1/refresh", R"({"refresh_token":"x"})");
  EXPECT_EQ(outcome(grant), "401 invalid_grant");
  EXPECT_THAT(grant.lines(), HasSubstr(kBare));
  EXPECT_EQ(*json::parse(grant.body())->string("reason"), "malformed");
  for (const char* sid : {"x", kSid.c_str()}) {
    EXPECT_EQ(outcome(api.ask("DELETE", std::string("/v1/sessions/") + sid, good)),
              "404 not_found");
  }
  EXPECT_EQ(outcome(api.post("/v1/password", R"({"old_password":"a","new_password":"b"})", good)),
            "404 not_found");
  EXPECT_EQ(outcome(api.post("/v1/admin/sessions", R"({"subject":"s"})", kAdmin)),
            "503 unavailable");
  api.account_store.account = ann();
  EXPECT_EQ(outcome(api.post("/v1/users", login)), "409 username_taken");
}

TEST(Api, OneSessionMoreThanThereMayBeIs409) {
  ApiUnderTest api;
  api.session_store.has_room = false;
  const auto denied = api.post("/v1/admin/sessions", R"({"subject":"app-1"})", kAdmin);
  EXPECT_EQ(outcome(denied), "409 session_limit");
  EXPECT_THAT(denied.body(), HasSubstr("Log out of one of them"));
  EXPECT_THAT(denied.lines(), Not(HasSubstr("WWW-Authenticate")));
}

TEST(Api, WithoutAccountsTheirCallsAreNotFound) {
  ApiUnderTest api({.enabled = false});
  const auto good = ApiUnderTest::bearer(ApiUnderTest::good_token());
  EXPECT_EQ(outcome(api.post("/v1/users", "{}")), "404 not_found");
  EXPECT_EQ(outcome(api.post("/v1/login", "{}")), "404 not_found");
  EXPECT_EQ(outcome(api.post("/v1/password", "{}", good)), "404 not_found");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/admin/users", kAdmin)), "404 not_found");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/me", good)), "200");
  EXPECT_EQ(outcome(api.ask("GET", "/v1/admin/users/x/sessions", kAdmin)), "200");
}

TEST(Api, TellsMachinesWhatTheyAsk) {
  ApiUnderTest api;
  const auto jwks = api.ask("GET", "/.well-known/jwks.json");
  EXPECT_EQ(jwks.body(), R"({"keys":[]})");
  EXPECT_THAT(jwks.lines(), Not(HasSubstr("no-store")));
  // O27: half of the ten minutes for which a key is published before it is used.
  EXPECT_THAT(jwks.lines(), HasSubstr("Cache-Control: public, max-age=300\r\n"));
  EXPECT_THAT(api.ask("GET", "/metrics").lines(),
              HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  api.operations.wrong = {"Redis does not answer.", "The database cannot be written."};
  const auto unfit = api.ask("GET", "/readyz");
  EXPECT_EQ(outcome(unfit), "503 unavailable");
  EXPECT_THAT(unfit.body(), HasSubstr("Redis does not answer. The database cannot be written."));
  EXPECT_EQ(api.ask("GET", "/healthz").status(), 200);
}

}  // namespace
}  // namespace recant::http
