// The calls of OAuth on the wire: introspection (RFC 7662, RFC 9701), revocation (RFC 7009),
// refreshing (RFC 6749) and metadata (RFC 8414). What they do is shown end to end.
#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace recant::http {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kBasicChallenge[] = "WWW-Authenticate: Basic realm=\"recant\"\r\n";
constexpr char kInactive[] = R"({"active":false})";
const std::string kOrders = "client_id=orders&client_secret=the-introspect-key";
const std::string kSupport = "client_id=support&client_secret=the-support-key";
const std::string kRevoker = "client_id=revoker&client_secret=the-revoke-key";

ApiOptions options(std::string issuer = "https://issuer.example") {
  ApiOptions options;
  options.oauth = {std::move(issuer), "web"};
  return options;
}

class OAuthApi : public ::testing::Test {
 protected:
  Response post(const std::string& path, const std::string& body, Fields fields = {}) {
    fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return api.ask("POST", path, fields, body);
  }
  Response introspect(const std::string& token, const std::string& client = kOrders,
                      Fields fields = {}) {
    return post("/oauth2/introspect", client + "&token=" + token, std::move(fields));
  }
  std::string outcome(const Response& response) {
    const auto body = json::parse(response.body());
    const std::string* error = body ? body->string("error") : nullptr;
    return std::to_string(response.status()) + (error != nullptr ? " " + *error : "");
  }

  ApiUnderTest api{{}, options()};
};

std::string refresh_token(core::Generation generation = 0) {
  const service::RefreshTokens tokens({ApiUnderTest::secret()});
  return *tokens.make({*Uuid::parse(verify::kSid), generation, {7}, *core::Subject::parse("ann")},
                      tokens.current_key_id());
}

service::SessionSight living_session() {
  service::SessionSight sight;
  auto& family = sight.family.emplace();
  family.begun = Uuid::parse(verify::kSid)->time();
  family.nonce = {7};
  family.end = family.absolute_end = verify::kNow + std::chrono::hours{1};
  sight.key_id = service::RefreshTokens({ApiUnderTest::secret()}).current_key_id();
  sight.scope = "read";
  sight.now = verify::kNow;
  return sight;
}

TEST_F(OAuthApi, O19_OnlyPostAndOnlyForClients) {
  for (const char* path : {"/oauth2/introspect", "/oauth2/revoke", "/oauth2/token"}) {
    const auto get = api.ask("GET", path);
    EXPECT_EQ(outcome(get), "405 invalid_request") << path;
    EXPECT_THAT(get.lines(), HasSubstr("Allow: POST\r\n"));
  }
  for (const std::string client :
       {"", "client_id=orders", "client_id=web", "client_id=orders&client_secret=the-admin-key",
        "client_id=other&client_secret=the-introspect-key", "client_id=orders&client_secret=x"}) {
    const auto refused = introspect(ApiUnderTest::good_token(), client.empty() ? "a=b" : client);
    EXPECT_EQ(outcome(refused), "401 invalid_client") << client;
    EXPECT_THAT(refused.lines(),
                AllOf(HasSubstr(kBasicChallenge), HasSubstr("Cache-Control: no-store\r\n")));
  }
}

TEST_F(OAuthApi, O03_ErrorsAreOAuths) {
  for (const auto& [body, expected] : std::vector<std::pair<std::string, std::string>>{
           {kOrders, "400 invalid_request"},
           {kOrders + "&token=", "400 invalid_request"},
           {kOrders + "&token=a&token=b", "400 invalid_request"},
           {kOrders + "&token=%zz", "400 invalid_request"},
           {kOrders + "&token=a&token_type_hint=x&resource=y", "200"},
           {"client_secret=the-introspect-key&token=a", "400 invalid_request"},
           {kRevoker + "&token=a", "400 unauthorized_client"},
       }) {
    EXPECT_EQ(outcome(post("/oauth2/introspect", body)), expected) << body;
  }
  const auto json = api.post("/oauth2/introspect", R"({"token":"a"})");
  EXPECT_EQ(outcome(json), "400 invalid_request");
  EXPECT_THAT(json.lines(),
              AllOf(HasSubstr("Content-Type: application/json\r\n"),
                    HasSubstr("Cache-Control: no-store\r\n"), Not(HasSubstr("WWW-Authenticate"))));
  const Fields basic{{"Authorization", "Basic eDp5"}};
  EXPECT_THAT(post("/oauth2/revoke", "token=a", basic).lines(), HasSubstr(kBasicChallenge));

  Request request;
  request.path = "/oauth2/introspect";
  const auto large = api.api.refuse(request, {Code::payload_too_large, "A \"quote\" \\ \u00eb."});
  EXPECT_EQ(outcome(large), "413 invalid_request");
  EXPECT_EQ(large.body(), R"({"error":"invalid_request","error_description":"A 'quote' ' ''."})");
  const auto late = api.api.refuse(request, {Code::unavailable, "Too late."});
  EXPECT_EQ(outcome(late), "503 temporarily_unavailable");
  EXPECT_THAT(late.lines(), HasSubstr("Retry-After: 1\r\n"));
}

TEST_F(OAuthApi, O12_AnAdminKeyAsBearerIntrospects) {
  const std::string token = "token=" + ApiUnderTest::good_token();
  const auto ask = [&](const std::string& key) {
    return post("/oauth2/introspect", token, ApiUnderTest::bearer(key));
  };
  EXPECT_THAT(ask("the-introspect-key").body(), HasSubstr(R"("active":true)"));
  const auto unknown = ask("x");
  EXPECT_EQ(outcome(unknown), "401 invalid_token");
  EXPECT_THAT(unknown.lines(), HasSubstr("WWW-Authenticate: Bearer realm=\"recant\", "
                                         "error=\"invalid_token\", error_description="));
  const auto narrow = ask("the-admin-key");
  EXPECT_EQ(outcome(narrow), "403 insufficient_scope");
  EXPECT_THAT(narrow.lines(), HasSubstr("error=\"insufficient_scope\", scope=\"introspect\"\r\n"));
  EXPECT_EQ(outcome(ask(ApiUnderTest::good_token())), "401 invalid_token");
}

TEST_F(OAuthApi, O20_WhateverIsNotGoodIsInactiveAndNothingElse) {
  verify::Claims old;
  old.set("iat", "1699990000").set("exp", "1699990900");
  verify::Claims early;
  early.set("nbf", "1700000600");
  for (const std::string& token :
       {std::string("x"), std::string("a.b.c"), verify::signed_token(old),
        verify::signed_token(early), ApiUnderTest::good_token() + "A", refresh_token(),
        verify::signed_token(verify::Claims{}.text(), "JWT")}) {
    const auto response = introspect(token);
    EXPECT_EQ(response.status(), 200) << token;
    EXPECT_EQ(response.body(), kInactive) << token;
    EXPECT_THAT(response.lines(), AllOf(HasSubstr("Content-Type: application/json\r\n"),
                                        HasSubstr("Cache-Control: no-store\r\n")));
  }
  api.reader.answers->session = "1";
  EXPECT_EQ(introspect(ApiUnderTest::good_token()).body(), kInactive);
}

TEST_F(OAuthApi, O22_AnAudienceIsToldOfItsOwnTokensOnly) {
  verify::Claims elsewhere;
  elsewhere.set("aud", R"("admin")");
  const auto other = verify::signed_token(elsewhere);
  EXPECT_THAT(introspect(other).body(), HasSubstr(R"("active":true)"));
  const std::string as_api = "client_id=api&client_secret=the-api-key";
  EXPECT_EQ(introspect(other, as_api).body(), kInactive);
  EXPECT_THAT(introspect(ApiUnderTest::good_token(), as_api).body(), HasSubstr(R"("active":true)"));
}

TEST_F(OAuthApi, O20_WhatIsNotKnownIsNotInactive) {
  api.reader.answers.reset();
  const auto unknown = introspect(ApiUnderTest::good_token());
  EXPECT_EQ(outcome(unknown), "503 temporarily_unavailable");
  EXPECT_THAT(unknown.lines(), HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(unknown.body(), Not(HasSubstr("active\"")));
  EXPECT_EQ(outcome(introspect(refresh_token(), kSupport)), "503 temporarily_unavailable");
}

TEST_F(OAuthApi, O21_AnActiveTokenSaysWhatItIs) {
  verify::Claims claims;
  claims.set("scope", R"("read write")").set("nbf", "1699999990").set("roles", R"(["a"])");
  EXPECT_EQ(introspect(verify::signed_token(claims)).body(),
            R"({"active":true,"scope":"read write","client_id":"web","token_type":"Bearer",)"
            R"("exp":1700000890,"iat":1699999990,"nbf":1699999990,)"
            R"("sub":"0190a1b2-0000-7000-8000-000000000001","aud":"api",)"
            R"("iss":"https://issuer.example","jti":"018bcfe5-6800-7000-8000-00000000000a",)"
            R"("sid":"018bcfe5-6400-7cc3-98c4-dc0c0c07398f"})");
}

TEST_F(OAuthApi, ARefreshTokenIsShownToWhoMaySeeSessionsAlone) {
  api.session_store.sight = living_session();
  EXPECT_EQ(introspect(refresh_token()).body(), kInactive);
  EXPECT_EQ(introspect(refresh_token(), kSupport).body(),
            R"({"active":true,"token_use":"refresh_token","scope":"read","client_id":"web",)"
            R"("exp":1700003600,"sub":"ann","iss":"https://issuer.example",)"
            R"("sid":"018bcfe5-6400-7cc3-98c4-dc0c0c07398f"})");
  api.session_store.sight->family->generation = 1;  // and no grace in this fixture
  EXPECT_EQ(introspect(refresh_token(), kSupport).body(), kInactive);
  EXPECT_EQ(introspect(refresh_token(1) + "A", kSupport).body(), kInactive);
  api.session_store.sight->key_id = "of-a-secret-that-was-retired";
  EXPECT_EQ(introspect(refresh_token(1), kSupport).body(), kInactive);
}

json::Value part_of(const Response& response, int number) {
  std::string_view rest = response.body();
  for (; number > 0; --number) rest.remove_prefix(rest.find('.') + 1);
  return *json::parse(*base64url_decode_text(rest.substr(0, rest.find('.'))));
}

TEST_F(OAuthApi, O24_IsSignedForWhoAsksForIt) {
  const std::string type = "application/token-introspection+jwt";
  for (const std::string& accept : std::vector<std::string>{
           type, "application/json;q=0.5, " + type, "Application/Token-Introspection+JWT;q=0.9"}) {
    const auto signed_one = introspect("x", kOrders, {{"Accept", accept}});
    EXPECT_THAT(signed_one.lines(), AllOf(HasSubstr("Content-Type: " + type + "\r\n"),
                                          HasSubstr("Cache-Control: no-store\r\n")));
    EXPECT_EQ(*part_of(signed_one, 0).string("typ"), "token-introspection+jwt");
    EXPECT_EQ(json::serialize(part_of(signed_one, 1)),
              R"({"iss":"https://issuer.example","aud":"orders","iat":1700000000,)"
              R"("token_introspection":{"active":false}})");
    // It is no access token, nor anything else that is good here.
    EXPECT_EQ(introspect(signed_one.body()).body(), kInactive);
  }
  for (const std::string& accept :
       {std::string("application/json"), std::string("*/*"), std::string("application/jwt"),
        type + ";q=0", type + ";q=0.0"}) {
    EXPECT_EQ(introspect("x", kOrders, {{"Accept", accept}}).body(), kInactive) << accept;
  }
}

TEST_F(OAuthApi, O14_ATokenOfAnotherClientStands) {
  verify::Claims theirs;
  theirs.set("client_id", R"("other")");
  const auto refused =
      post("/oauth2/revoke", "client_id=web&token=" + verify::signed_token(theirs));
  EXPECT_EQ(outcome(refused), "400 unauthorized_client");
  for (const char* client : {"client_id=other", "client_id=revoker", "a=b"}) {
    EXPECT_EQ(outcome(post("/oauth2/revoke", std::string(client) + "&token=x")),
              "401 invalid_client");
  }
  EXPECT_EQ(outcome(post("/oauth2/revoke", kOrders + "&token=x")), "400 unauthorized_client");
  EXPECT_EQ(outcome(post("/oauth2/revoke", "token=x", ApiUnderTest::bearer("the-revoke-key"))),
            "401 invalid_client");
}

TEST_F(OAuthApi, O15_WhatIsNoTokenIsGoneAlready) {
  for (const std::string token : {"x", "a.b.c", "rt_x", "ak_x"}) {
    for (const auto& client : {std::string("client_id=web"), kRevoker}) {
      for (const char* hint : {"", "&token_type_hint=access_token", "&token_type_hint=id_token"}) {
        const auto done = post("/oauth2/revoke", client + "&token=" + token + hint);
        EXPECT_EQ(done.status(), 200) << token << hint;
        EXPECT_EQ(done.body(), "");
      }
    }
  }
  EXPECT_EQ(outcome(post("/oauth2/revoke", kRevoker)), "400 invalid_request");
}

TEST_F(OAuthApi, O16_WhatWasNotDoneIsNeverAnsweredWith200) {
  // The store of this fixture acknowledges the end of a session and nothing about a token.
  const auto unknown = post("/oauth2/revoke", kRevoker + "&token=" + ApiUnderTest::good_token());
  EXPECT_EQ(outcome(unknown), "503 temporarily_unavailable");
  EXPECT_THAT(unknown.lines(), HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(post("/oauth2/revoke", "client_id=web&token=" + refresh_token()).status(), 200);
  EXPECT_THAT(api.session_store.log, HasSubstr("ann/" + std::string(verify::kSid) + "/logout/"));
}

TEST_F(OAuthApi, A12_DenialsAndRevocationsAreLogged) {
  introspect("x", "client_id=orders&client_secret=wrong");
  introspect("x", kRevoker);
  EXPECT_THAT(api.events.lines,
              ElementsAre("admin.denied caller= actor= /oauth2/introspect",
                          "admin.denied caller= actor=revoker /oauth2/introspect"));
  api.events.lines.clear();
  introspect("x", "client_secret=without-a-name");
  post("/oauth2/token", "grant_type=refresh_token&refresh_token=rt_x&client_id=somebody");
  EXPECT_THAT(api.events.lines, ElementsAre("admin.denied caller= actor= /oauth2/introspect",
                                            "admin.denied caller= actor= /oauth2/token"));
  api.events.lines.clear();
  introspect("x");
  EXPECT_THAT(api.events.lines, IsEmpty());
  EXPECT_THAT(api.events.acts, IsEmpty());
  post("/oauth2/revoke", kRevoker + "&token=" + refresh_token());
  EXPECT_THAT(api.events.lines, ElementsAre("session.revoked caller=revoker actor= admin"));
  EXPECT_THAT(api.events.acts, ElementsAre("revoker POST /oauth2/revoke 200"));
}

TEST_F(OAuthApi, O04_TheOneGrantIsRefreshing) {
  for (const char* grant :
       {"password", "authorization_code", "client_credentials", "REFRESH_TOKEN"}) {
    const auto body = std::string("username=a&password=b&grant_type=") + grant;
    EXPECT_EQ(outcome(post("/oauth2/token", body)), "400 unsupported_grant_type") << grant;
    EXPECT_EQ(outcome(post("/oauth2/token", body + "&client_id=web")),
              "400 unsupported_grant_type");
  }
  const std::string refresh = "grant_type=refresh_token&refresh_token=rt_x";
  EXPECT_EQ(outcome(post("/oauth2/token", refresh + "&client_id=web")), "400 invalid_grant");
  EXPECT_EQ(outcome(post("/oauth2/token", refresh)), "401 invalid_client");
  EXPECT_EQ(outcome(post("/oauth2/token", refresh + "&client_id=other")), "401 invalid_client");
  EXPECT_EQ(outcome(post("/oauth2/token", refresh + "&" + kRevoker)), "401 invalid_client");
  EXPECT_EQ(outcome(post("/oauth2/token", "client_id=web&refresh_token=rt_x")),
            "400 invalid_request");
  EXPECT_EQ(outcome(post("/oauth2/token", "client_id=web&grant_type=refresh_token")),
            "400 invalid_request");
}

TEST(OAuthMetadata, O25_StandsWhereTheIssuerSays) {
  struct Case {
    std::string issuer;
    std::string path;  // behind the well-known one; "-": nowhere
    std::string base;
  };
  for (const auto& [issuer, path, base] : std::vector<Case>{
           {"https://issuer.example", "", "https://issuer.example"},
           {"https://issuer.example/", "", "https://issuer.example"},
           {"https://issuer.example:8443", "", "https://issuer.example:8443"},
           {"https://issuer.example/a/b", "/a/b", "https://issuer.example/a/b"},
           {"https://issuer.example/a/", "/a", "https://issuer.example/a"},
           {"recant", "-", ""},
           {"http://issuer.example", "-", ""},
           {"https://", "-", ""},
           {"https:///a", "-", ""},
           {"https://issuer.example?a", "-", ""},
           {"https://issuer.example/#a", "-", ""},
           {"https://ann@issuer.example", "-", ""},
           {"https://issuer.example/a b", "-", ""},
       }) {
    ApiUnderTest api{{}, options(issuer)};
    const std::string well_known(kMetadataPath);
    for (const std::string at : {"", "/a", "/a/b", "/a/b/", "/"}) {
      const auto response = api.ask("GET", well_known + at);
      if (at != path) {
        EXPECT_EQ(response.status(), 404) << issuer << at;
        continue;
      }
      const auto metadata = *json::parse(response.body());
      EXPECT_EQ(*metadata.string("issuer"), issuer);
      EXPECT_EQ(*metadata.string("introspection_endpoint"), base + "/oauth2/introspect");
      EXPECT_EQ(*metadata.string("jwks_uri"), base + "/.well-known/jwks.json");
    }
  }
}

TEST(OAuthMetadata, O26_SaysWhatThereIs) {
  ApiUnderTest api{{}, options()};
  const auto response = api.ask("GET", "/.well-known/oauth-authorization-server");
  EXPECT_THAT(response.lines(), AllOf(HasSubstr("Content-Type: application/json\r\n"),
                                      HasSubstr("Cache-Control: public, max-age=300\r\n")));
  EXPECT_EQ(response.body(),
            R"({"issuer":"https://issuer.example",)"
            R"("token_endpoint":"https://issuer.example/oauth2/token",)"
            R"("token_endpoint_auth_methods_supported":["none"],)"
            R"("jwks_uri":"https://issuer.example/.well-known/jwks.json",)"
            R"("response_types_supported":[],"grant_types_supported":["refresh_token"],)"
            R"("revocation_endpoint":"https://issuer.example/oauth2/revoke",)"
            R"("revocation_endpoint_auth_methods_supported":)"
            R"(["client_secret_basic","client_secret_post","none"],)"
            R"("introspection_endpoint":"https://issuer.example/oauth2/introspect",)"
            R"("introspection_endpoint_auth_methods_supported":)"
            R"(["client_secret_basic","client_secret_post","Bearer"],)"
            R"("introspection_signing_alg_values_supported":["EdDSA"]})");
  EXPECT_EQ(api.ask("POST", "/.well-known/oauth-authorization-server").status(), 405);
}

}  // namespace
}  // namespace recant::http
