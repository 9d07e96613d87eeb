#include "verify/access_token.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tokens.hpp"

namespace recant::verify {
namespace {

using namespace std::literals;

UnixMillis at(std::int64_t unix_seconds, std::int64_t millis = 0) {
  return unix_millis(unix_seconds * 1000 + millis);
}
AccessTokenOptions with_leeway(seconds leeway) {
  AccessTokenOptions chosen = options();
  chosen.leeway = leeway;
  return chosen;
}

TEST(AccessToken, TellsWhatItSays) {
  const Claims claims =
      Claims().set("scope", R"("read write")").set("auth_time", "1699999980").set("custom", "[1]");
  const auto token = verifier().verify(signed_token(claims), kNow);
  ASSERT_TRUE(token) << name_of(token.error());
  EXPECT_EQ(token->subject().text(), "0190a1b2-0000-7000-8000-000000000001");
  EXPECT_EQ(token->session(), kSid);
  EXPECT_EQ(token->jti(), "018bcfe5-6800-7000-8000-00000000000a");
  EXPECT_EQ(token->client_id(), "web");
  EXPECT_EQ(token->audience(), std::vector{"api"s});
  EXPECT_EQ(token->scope(), "read write");
  EXPECT_EQ(count(token->issued_at().value()), 1'699'999'990);
  EXPECT_EQ(count(token->expires_at()), 1'700'000'890);
  ASSERT_TRUE(token->auth_time());
  EXPECT_EQ(count(*token->auth_time()), 1'699'999'980);
  EXPECT_EQ(json::serialize(*token->claims().find("custom")), "[1]");
}

TEST(AccessToken, ScopeAndAuthTimeMayBeAbsent) {
  const auto token = verifier().verify(signed_token(Claims()), kNow);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->scope(), "");
  EXPECT_EQ(token->auth_time(), std::nullopt);
}

TEST(AccessTokenVerifier, IsNotMadeWithoutSomethingToCheckAgainst) {
  EXPECT_NO_THROW(verifier());
  AccessTokenOptions chosen = options();
  chosen.issuer = "";
  EXPECT_THROW(verifier(chosen), std::invalid_argument);
  chosen = options();
  chosen.audience.clear();
  EXPECT_THROW(verifier(chosen), std::invalid_argument);
}

TEST(AccessTokenVerifier, J44_LeewayIsZeroToSixtySeconds) {
  EXPECT_NO_THROW(verifier(with_leeway(0s)));
  EXPECT_NO_THROW(verifier(with_leeway(60s)));
  EXPECT_THROW(verifier(with_leeway(61s)), std::invalid_argument);
  EXPECT_THROW(verifier(with_leeway(-1s)), std::invalid_argument);
}

// --- Form and type.

TEST(AccessToken, J05_J07_J08_J09_TheClaimsAreOneStrictJsonObject) {
  const std::string good = Claims().text();
  EXPECT_EQ(verdict(signed_token(good)), "accepted");
  for (const std::string& payload :
       {""s, " "s, "null"s, "[]"s, "\"" + good.substr(1), "[" + good + "]", good + "x", good + good,
        "\xef\xbb\xbf" + good, good.substr(0, good.size() - 1),
        good.substr(0, good.size() - 1) + ",\"sub\":\"other\"}",
        good.substr(0, good.size() - 1) + ",\"s\\u0075b\":\"other\"}",
        good.substr(0, good.size() - 1) + ",\"x\":{\"a\":1,\"a\":2}}",
        good.substr(0, good.size() - 1) + ",\"x\":\"\xc0\xaf\"}",
        good.substr(0, good.size() - 1) + ",\"x\":" + std::string(16, '[') + std::string(16, ']') +
            "}",
        signed_token(good)}) {
    EXPECT_EQ(verdict(signed_token(payload)), "bad_claims") << payload;
  }
  EXPECT_EQ(verdict(signed_token(good.substr(0, good.size() - 1) +
                                 ",\"x\":" + std::string(15, '[') + std::string(15, ']') + "}")),
            "accepted");
}

TEST(AccessToken, J20_TypIsAtJwt) {
  for (const char* typ :
       {"at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "APPLICATION/at+JWT"}) {
    EXPECT_EQ(verdict(signed_token(Claims().text(), typ)), "accepted") << typ;
  }
}

TEST(AccessToken, J20_J21_EveryOtherTypIsRefused) {
  for (const char* typ :
       {"", "JWT", "jwt", "application/jwt", "logout+jwt", "dpop+jwt", "statuslist+jwt",
        "secevent+jwt", "token-introspection+jwt", "id+jwt", "at+jwt ", " at+jwt", "at+jwt;v=1",
        "text/at+jwt", "application/application/at+jwt", "/at+jwt", "application/", "at-jwt",
        "at+jw"}) {
    EXPECT_EQ(verdict(signed_token(Claims().text(), typ)), "wrong_type") << typ;
  }
}

TEST(AccessToken, J23_CtyIsRefused) {
  const std::string header = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1","cty":"JWT"})";
  const std::string input = base64url_encode(header) + "." + base64url_encode(Claims().text());
  EXPECT_EQ(verdict(input + "." + base64url_encode(signing_key().sign(input))), "wrong_type");
}

// --- The signature comes first.

TEST(AccessToken, J32_NothingIsSaidOfATokenWhoseSignatureIsNotGood) {
  const auto spoil = [](std::string token) {
    token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
    return token;
  };
  for (const Claims& claims :
       {Claims(), Claims().set("exp", "1600000000"), Claims().set("iss", "\"x\""),
        Claims().set("aud", "\"x\""), Claims().drop("sub"), Claims().set("cnf", "{}")}) {
    EXPECT_NE(verdict(claims), "not_signed_by_us");
    EXPECT_EQ(verdict(spoil(signed_token(claims))), "not_signed_by_us");
    const auto identified = verifier().identify(spoil(signed_token(claims)), kNow);
    ASSERT_FALSE(identified);
    EXPECT_FALSE(signature_was_good(identified.error()));
  }
  EXPECT_EQ(verdict(spoil(signed_token(Claims().text(), "JWT"))), "not_signed_by_us");
  for (const char* text : {"", "x", "a.b.c", "a.b.c.d.e"})
    EXPECT_EQ(verdict(text), "not_signed_by_us");
}

TEST(AccessToken, J16_J41_AKeyThatTheSetDoesNotHoldIsRefused) {
  const AccessTokenVerifier without_keys(options(), jose::KeySet());
  EXPECT_EQ(without_keys.verify(signed_token(Claims()), kNow).error(),
            TokenError::not_signed_by_us);
  const AccessTokenVerifier renamed(options(),
                                    jose::KeySet({{"k2", signing_key().verification_key()}}));
  EXPECT_EQ(renamed.verify(signed_token(Claims()), kNow).error(), TokenError::not_signed_by_us);
}

TEST(AccessToken, EveryErrorButTheFirstTellsThatTheSignatureWasGood) {
  EXPECT_FALSE(signature_was_good(TokenError::not_signed_by_us));
  for (const auto error :
       {TokenError::wrong_type, TokenError::bad_claims, TokenError::wrong_issuer,
        TokenError::wrong_audience, TokenError::expired, TokenError::not_yet_valid,
        TokenError::too_long_lived, TokenError::sender_bound}) {
    EXPECT_TRUE(signature_was_good(error)) << name_of(error);
  }
}

// --- Claims.

TEST(AccessToken, J42_EveryRequiredClaimMustBeThere) {
  ASSERT_EQ(verdict(Claims()), "accepted");
  for (const char* name : {"exp", "iat", "sub", "iss", "aud", "client_id", "jti", "sid"}) {
    EXPECT_EQ(verdict(Claims().drop(name)), "bad_claims") << name;
    EXPECT_EQ(verdict(Claims().set(name, "null")), "bad_claims") << name;
  }
}

TEST(AccessToken, J43_TimesAreNumbersOfTheCommonEra) {
  for (const char* name : {"exp", "iat", "nbf", "auth_time"}) {
    for (const char* json : {R"("1700000000")",
                             "true",
                             "null",
                             "[]",
                             "[1700000000]",
                             "{}",
                             R"("NaN")",
                             R"("Infinity")",
                             "NaN",
                             "Infinity",
                             "1e400",
                             "-1e400",
                             "-0",
                             "-0.0",
                             "-1",
                             "-1700000000",
                             "9007199254740993",
                             "18446744073709551616",
                             "1e300",
                             "253402300800",
                             "253402300799.5"}) {
      EXPECT_EQ(verdict(Claims().set(name, json)), "bad_claims") << name << " " << json;
    }
  }
  AccessTokenOptions ages = options();
  ages.longest_life = std::chrono::hours{24 * 366 * 10'000};
  EXPECT_EQ(verdict(Claims().set("exp", "253402300799"), kNow, ages), "accepted");
  EXPECT_EQ(verdict(Claims().set("iat", "0"), kNow, ages), "accepted");
}

TEST(AccessToken, J43_TimesMayHaveFractionsAndExponents) {
  for (const char* exp : {"1.7000008e9", "1700000800.5", "17000008E2", "1700000800.0"}) {
    EXPECT_EQ(verdict(Claims().set("exp", exp)), "accepted") << exp;
  }
  EXPECT_EQ(verdict(Claims().set("iat", "1.5e9").set("exp", "1.5000001e9"), at(1'500'000'000)),
            "accepted");
}

TEST(AccessToken, J43_AFractionNeverMakesATokenLiveLonger) {
  const auto strict = with_leeway(0s);
  const Claims ends = Claims().set("exp", "1700000000.9");
  EXPECT_EQ(verdict(ends, at(1'699'999'999, 999), strict), "accepted");
  EXPECT_EQ(verdict(ends, at(1'700'000'000), strict), "expired");
  const Claims begins = Claims().set("nbf", "1699999999.1");
  EXPECT_EQ(verdict(begins, at(1'699'999'999, 999), strict), "not_yet_valid");
  EXPECT_EQ(verdict(begins, at(1'700'000'000), strict), "accepted");
}

TEST(AccessToken, J44_IsRefusedFromItsExpiryOn) {
  for (const seconds leeway : {0s, 30s, 60s}) {
    const auto end = at(1'700'000'890) + leeway;
    EXPECT_EQ(verdict(Claims(), end - 1ms, with_leeway(leeway)), "accepted") << leeway.count();
    EXPECT_EQ(verdict(Claims(), end, with_leeway(leeway)), "expired") << leeway.count();
    EXPECT_EQ(verdict(Claims(), end + std::chrono::hours{24 * 365}, with_leeway(leeway)),
              "expired");
  }
}

TEST(AccessToken, J44_IsRefusedBeforeItsBeginning) {
  for (const seconds leeway : {0s, 30s, 60s}) {
    const Claims claims = Claims().set("nbf", "1700000100");
    const auto begin = at(1'700'000'100) - leeway;
    EXPECT_EQ(verdict(claims, begin - 1ms, with_leeway(leeway)), "not_yet_valid") << leeway.count();
    EXPECT_EQ(verdict(claims, begin, with_leeway(leeway)), "accepted") << leeway.count();
  }
}

TEST(AccessToken, J45_IsNotIssuedInTheFuture) {
  for (const seconds leeway : {0s, 30s, 60s}) {
    const auto issued = at(1'699'999'990) - leeway;
    EXPECT_EQ(verdict(Claims(), issued - 1ms, with_leeway(leeway)), "not_yet_valid")
        << leeway.count();
    EXPECT_EQ(verdict(Claims(), issued, with_leeway(leeway)), "accepted") << leeway.count();
  }
}

TEST(AccessToken, J45_LivesNoLongerThanAnyOfOurs) {
  AccessTokenOptions chosen = options();
  chosen.longest_life = 900s;
  EXPECT_EQ(verdict(Claims(), kNow, chosen), "accepted");  // 900 s exactly
  EXPECT_EQ(verdict(Claims().set("exp", "1700000891"), kNow, chosen), "too_long_lived");
  EXPECT_EQ(verdict(Claims().set("iat", "1699999989"), kNow, chosen), "too_long_lived");
}

TEST(AccessToken, J45_DoesNotEndBeforeItsBeginning) {
  EXPECT_EQ(verdict(Claims().set("exp", "1699999989")), "bad_claims");
  EXPECT_EQ(verdict(Claims().set("exp", "1699999990")), "accepted");  // within the leeway still
}

TEST(AccessToken, J46_TheIssuerIsTheSameToTheByte) {
  for (const char* iss : {R"("https://issuer.example/")", R"("https://issuer.exampl")",
                          R"("https://issuer.example.com")", R"("HTTPS://issuer.example")",
                          R"("http://issuer.example")", R"("_https://issuer.example_")", R"("")",
                          R"("https://issuer.example\u0000")", R"(" https://issuer.example")"}) {
    EXPECT_EQ(verdict(Claims().set("iss", iss)), "wrong_issuer") << iss;
  }
  for (const char* iss : {R"(["https://issuer.example"])", "1", "true", "{}"}) {
    EXPECT_EQ(verdict(Claims().set("iss", iss)), "bad_claims") << iss;
  }
  EXPECT_EQ(verdict(Claims().set("iss", R"("https:\/\/issuer.ex\u0061mple")")),
            "accepted");  // the same text
}

TEST(AccessToken, J47_TheAudienceNamesOneOfOurs) {
  for (const char* aud :
       {R"("api")", R"(["api"])", R"(["x","api"])", R"(["admin","x"])", R"("admin")"}) {
    EXPECT_EQ(verdict(Claims().set("aud", aud)), "accepted") << aud;
  }
  for (const char* aud : {R"("x")", R"(["x","y"])", R"("API")", R"("ap")", R"("api2")",
                          R"("api admin")", R"("api,admin")", R"("*")"}) {
    EXPECT_EQ(verdict(Claims().set("aud", aud)), "wrong_audience") << aud;
  }
  // CVE-2020-26160 was an empty list that matched.
  for (const char* aud :
       {"[]", R"("")", "null", "1", R"(["api",1])", R"(["api",null])", R"(["api",""])",
        R"(["api",["x"]])", R"({"api":1})", "true", R"(["api\n"])"}) {
    EXPECT_EQ(verdict(Claims().set("aud", aud)), "bad_claims") << aud;
  }
}

TEST(AccessToken, J48_IdsAreShortStringsWithoutControlCharacters) {
  const std::string longest = "\"" + std::string(255, 'x') + "\"";
  const std::string too_long = "\"" + std::string(256, 'x') + "\"";
  for (const char* name : {"sub", "jti", "client_id"}) {
    EXPECT_EQ(verdict(Claims().set(name, longest)), "accepted") << name;
    EXPECT_EQ(verdict(Claims().set(name, R"("über %{}: x")")), "accepted") << name;
    for (const std::string& json :
         {too_long, R"("")"s, "1"s, "true"s, "[]"s, R"(["x"])"s, "{}"s, R"("a\u0000b")"s,
          R"("a\r\nX-User: root")"s, R"("a\u007f")"s, R"("a\u0085")"s, R"("\t")"s}) {
      EXPECT_EQ(verdict(Claims().set(name, json)), "bad_claims") << name << " " << json;
    }
  }
}

TEST(AccessToken, J48_TheSidIsAUuidOfVersion7) {
  for (const char* sid :
       {"\"x\"", "\"\"", "1", R"("018BCFE5-6400-7CC3-98C4-DC0C0C07398F")",
        R"("018bcfe5-6400-4cc3-98c4-dc0c0c07398f")", R"("018bcfe5-6400-7cc3-18c4-dc0c0c07398f")",
        R"("018bcfe564007cc398c4dc0c0c07398f")", R"("{018bcfe5-6400-7cc3-98c4-dc0c0c07398f}")"}) {
    EXPECT_EQ(verdict(Claims().set("sid", sid)), "bad_claims") << sid;
  }
}

TEST(AccessToken, TheScopeIsAString) {
  EXPECT_EQ(verdict(Claims().set("scope", R"("a b")")), "accepted");
  for (const char* scope : {"null", "1", "[]", R"(["a"])", "{}"}) {
    EXPECT_EQ(verdict(Claims().set("scope", scope)), "bad_claims") << scope;
  }
}

TEST(AccessToken, J52_OneThatIsBoundToASenderIsNoBearerToken) {
  for (const char* cnf : {R"({"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})",
                          R"({"x5t#S256":"x"})", "{}", "null"}) {
    EXPECT_EQ(verdict(Claims().set("cnf", cnf)), "sender_bound") << cnf;
  }
}

// --- Whose session is to end (logout).

TEST(AccessToken, AnExpiredOneStillIdentifiesItsSession) {
  const auto token = verifier().identify(signed_token(Claims()), at(1'800'000'000));
  ASSERT_TRUE(token) << name_of(token.error());
  EXPECT_EQ(token->session(), kSid);
  EXPECT_EQ(verdict(Claims(), at(1'800'000'000)), "expired");
}

TEST(AccessToken, NothingButExpiryIsForgivenWhenIdentifying) {
  const auto error = [](const std::string& token) {
    return verifier().identify(token, kNow).error();
  };
  EXPECT_EQ(error(signed_token(Claims().set("iss", "\"x\""))), TokenError::wrong_issuer);
  EXPECT_EQ(error(signed_token(Claims().set("aud", "\"x\""))), TokenError::wrong_audience);
  EXPECT_EQ(error(signed_token(Claims().set("nbf", "1700000800"))), TokenError::not_yet_valid);
  EXPECT_EQ(error(signed_token(Claims().set("iat", "1700000800"))), TokenError::not_yet_valid);
  EXPECT_EQ(error(signed_token(Claims().set("exp", "1800000000"))), TokenError::too_long_lived);
  EXPECT_EQ(error(signed_token(Claims().set("cnf", "{}"))), TokenError::sender_bound);
  EXPECT_EQ(error(signed_token(Claims().text(), "JWT")), TokenError::wrong_type);
}

}  // namespace
}  // namespace recant::verify
