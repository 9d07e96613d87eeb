// JSON as header and as claims of tokens whose signature is good: what a strict reader must refuse
// is refused there too, at every depth, and everything else is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "../vectors.hpp"
#include "tokens.hpp"

namespace recant::verify {
namespace {

const std::string kHeader = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1"})";

std::string signed_raw(const std::string& header, const std::string& payload) {
  const std::string input = base64url_encode(header) + "." + base64url_encode(payload);
  return input + "." + base64url_encode(signing_key().sign(input));
}

/// An object's text with one member more.
std::string with_member(const std::string& object, const std::string& member) {
  return object.substr(0, object.size() - 1) + "," + member + "}";
}

std::string in_header(const std::string& value) {
  return verdict(signed_raw(with_member(kHeader, "\"x\":" + value), Claims().text()));
}
std::string in_claims(const std::string& value) {
  return verdict(signed_raw(kHeader, with_member(Claims().text(), "\"x\":" + value)));
}

/// `member` inside `depth` objects or arrays, the innermost of which is an object.
std::string at_depth(std::size_t depth, const std::string& members, bool arrays) {
  std::string text = "{" + members + "}";
  for (std::size_t i = 1; i < depth; ++i) text = arrays ? "[" + text + "]" : "{\"o\":" + text + "}";
  return text;
}

// The member holds the outermost of 15: with the token's own object that is 16 levels, the limit.
TEST(StrictJson, J08_ADuplicateNameIsRefusedAtEveryDepth) {
  for (std::size_t depth = 1; depth <= 15; ++depth) {
    for (const bool arrays : {false, true}) {
      const std::string once = at_depth(depth, R"("a":1,"b":2)", arrays);
      EXPECT_EQ(in_header(once), "accepted") << once;
      EXPECT_EQ(in_claims(once), "accepted") << once;
      for (const char* members :
           {R"("a":1,"a":1)", R"("a":1,"b":2,"a":3)", R"("a":1,"\u0061":1)", R"("":0,"":0)",
            R"("a":{},"a":[])", R"("é":1,"\u00e9":1)", R"("😀":1,"\ud83d\ude00":1)"}) {
        const std::string twice = at_depth(depth, members, arrays);
        EXPECT_EQ(in_header(twice), "not_signed_by_us") << twice;
        EXPECT_EQ(in_claims(twice), "bad_claims") << twice;
      }
    }
  }
  EXPECT_EQ(in_header(at_depth(16, "", true)), "not_signed_by_us");
  EXPECT_EQ(in_claims(at_depth(16, "", true)), "bad_claims");
}

TEST(StrictJson, J08_EveryMemberOfATokenStandsOnce) {
  for (const char* member : {R"("alg":"EdDSA")", R"("typ":"at+jwt")", R"("kid":"k1")",
                             R"("\u0061lg":"EdDSA")", R"("\u0074yp":"at+jwt")"}) {
    EXPECT_EQ(verdict(signed_raw(with_member(kHeader, member), Claims().text())),
              "not_signed_by_us")
        << member;
  }
  for (const char* name : {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "sid"}) {
    const std::string again = "\"" + std::string(name) + "\":\"x\"";
    EXPECT_EQ(verdict(signed_raw(kHeader, with_member(Claims().text(), again))), "bad_claims")
        << name;
  }
  EXPECT_EQ(verdict(signed_raw(kHeader, Claims().text())), "accepted");
}

/// Is it more than what the limits for headers, which are narrower than those for claims, let pass?
bool is_beyond(const std::string& text, const json::Limits& limits) {
  const auto error = json::parse(text, limits);
  return !error && error.error() != json::ParseError::syntax &&
         error.error() != json::ParseError::incomplete &&
         error.error() != json::ParseError::trailing_bytes;
}

// JSONTestSuite: each text as a member of a header, as a claim, as the whole header, as all claims.
TEST(StrictJson, J07_JsonTestSuiteInsideTokens) {
  const auto folder = testing_vectors::find("jsontestsuite/test_parsing");
  if (!folder) GTEST_SKIP() << "JSONTestSuite: no vectors (RECANT_VECTORS)";
  int accepted = 0;
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename();
    const std::string text = testing_vectors::read(entry.path());
    if (name.starts_with("i_")) continue;
    // Alone, none of them is a token's: those that are objects have no `alg` and no `iss`.
    EXPECT_NE(verdict(signed_raw(text, Claims().text())), "accepted") << name;
    EXPECT_NE(verdict(signed_raw(kHeader, text)), "accepted") << name;
    if (name.starts_with("n_")) {
      // Two of them are longer than a token may be.
      EXPECT_EQ(in_claims(text), text.size() > 5'000 ? "not_signed_by_us" : "bad_claims") << name;
      EXPECT_EQ(in_header(text), "not_signed_by_us") << name;
      ++refused;
    } else if (!is_beyond(text, {.string_bytes = 512})) {
      EXPECT_EQ(in_claims(text), "accepted") << name;
      EXPECT_EQ(in_header(text), "accepted") << name;
      ++accepted;
    }
  }
  EXPECT_GE(accepted, 90);
  EXPECT_EQ(refused, 188);
}

}  // namespace
}  // namespace recant::verify
