#include "cli/token_remarks.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "base/base64url.hpp"
#include "cli/command_line.hpp"

namespace recant::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// 2026-11-18T11:06:40Z
constexpr UnixMillis kNow = unix_millis(1'795'000'000'000);

std::vector<std::string> codes(const ReadToken& token) {
  std::vector<std::string> out;
  for (const Remark& remark : remarks_on(token, kNow)) {
    out.push_back((remark.grave ? "!" : "") + remark.code);
  }
  return out;
}

/// A token of Recant's own, issued a minute ago.
ReadToken good() {
  ReadToken token;
  token.header = json::Object{{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", "k"}};
  token.claims = json::Object{
      {"iss", "recant"},      {"sub", "s"},           {"aud", "api"}, {"client_id", "recant"},
      {"iat", 1'794'999'940}, {"exp", 1'795'000'840}, {"jti", "j"},   {"sid", "i"}};
  token.signature_bytes = 86;
  token.bytes = 500;
  return token;
}

json::Value with(const json::Value& object, const char* name, json::Value value) {
  json::Object changed = *object.as_object();
  changed.set(name, std::move(value));
  return changed;
}

json::Value without(const json::Value& object, const char* name) {
  json::Object changed;
  for (const json::Member& member : *object.as_object()) {
    if (member.name != name) changed.set(member.name, member.value);
  }
  return changed;
}

TEST(TokenRemarks, OurOwnTokenIsUnremarkable) { EXPECT_THAT(codes(good()), IsEmpty()); }

TEST(TokenRemarks, OfTheHeader) {
  const auto header = [](const char* name, json::Value value) {
    ReadToken token = good();
    token.header = with(token.header, name, std::move(value));
    return codes(token);
  };
  for (const char* none : {"none", "None", "NONE", "nOnE"}) {
    EXPECT_THAT(header("alg", none), ElementsAre("!alg_none")) << none;
  }
  EXPECT_THAT(header("alg", "HS256"), ElementsAre("shared_secret"));
  EXPECT_THAT(header("alg", 5), ElementsAre("!no_alg"));
  EXPECT_THAT(header("jku", "https://x"), ElementsAre("!brings_its_key"));
  EXPECT_THAT(header("jwk", json::Object{}), ElementsAre("!brings_its_key"));
  EXPECT_THAT(header("crit", json::Array{}), ElementsAre("!critical"));
  EXPECT_THAT(header("typ", "JWT"), ElementsAre("not_rfc9068"));
  ReadToken token = good();
  token.header = without(without(token.header, "kid"), "typ");
  token.signature_bytes = 0;
  EXPECT_THAT(codes(token), ElementsAre("!no_signature", "not_rfc9068", "no_kid"));
}

TEST(TokenRemarks, OfTimes) {
  const auto claim = [](const char* name, json::Value value) {
    ReadToken token = good();
    token.claims = with(token.claims, name, std::move(value));
    return codes(token);
  };
  EXPECT_THAT(claim("exp", 1'795'000'000), ElementsAre("!expired"));
  EXPECT_THAT(claim("exp", 1'795'000'001), IsEmpty());
  EXPECT_THAT(claim("exp", 1'795'000'840.5), IsEmpty());
  EXPECT_THAT(claim("exp", 1'795'000'840'000), ElementsAre("!milliseconds"));
  EXPECT_THAT(claim("exp", "1795000840"), ElementsAre("!no_time"));
  EXPECT_THAT(claim("exp", -5), ElementsAre("!no_time"));
  EXPECT_THAT(claim("exp", 1'795'000'000 + 86'400), ElementsAre("long_life"));
  EXPECT_THAT(claim("nbf", 1'795'000'061), ElementsAre("!not_yet_valid"));
  EXPECT_THAT(claim("nbf", 1'795'000'060), IsEmpty());
  EXPECT_THAT(claim("iat", 1'795'000'061), ElementsAre("!from_the_future"));
  EXPECT_THAT(claim("iat", 1'795'000'900), ElementsAre("!from_the_future", "!no_life"));
  ReadToken token = good();
  token.claims = without(token.claims, "exp");
  EXPECT_THAT(codes(token), ElementsAre("!no_exp"));
}

TEST(TokenRemarks, OfWhatIsMissing) {
  ReadToken token = good();
  for (const char* name : {"iss", "sub", "aud", "jti", "sid"}) {
    token.claims = without(token.claims, name);
  }
  EXPECT_THAT(codes(token), ElementsAre("no_jti", "no_sid", "no_iss", "no_sub", "no_aud"));
  token = good();
  token.bytes = 8 * 1024 + 1;
  EXPECT_THAT(codes(token), ElementsAre("!too_long"));
}

class TokenInspectTest : public testing::Test {
 protected:
  int run(std::vector<std::string> words, const std::string& input = {}) {
    words.insert(words.begin(), {"token", "inspect"});
    const std::vector<Command> commands = {token_inspect_command()};
    std::istringstream in(input);
    out_.str("");
    err_.str("");
    return run_command_line(commands, words, {in, out_, err_});
  }
  static std::string token(const std::string& header, const std::string& claims,
                           const std::string& signature = "c2ln") {
    return base64url_encode(header) + "." + base64url_encode(claims) + "." + signature;
  }
  std::ostringstream out_, err_;
};

TEST_F(TokenInspectTest, SaysThatNothingIsVerifiedAndTimesAsPeopleReadThem) {
  EXPECT_EQ(run({token(R"({"alg":"ES256"})", R"({"exp":1000000000,"name":"a\u001b[2J"})")}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("NOT VERIFIED"), HasSubstr("alg  ES256"),
                                HasSubstr("(2001-09-09 01:46:40 UTC, "), HasSubstr(" ago)"),
                                HasSubstr("! It has expired"), HasSubstr("a\\x1b[2J")));
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
}

TEST_F(TokenInspectTest, TakesWhatPeopleCopyAlong) {
  const std::string text = token(R"({"alg":"ES256"})", R"({"sub":"ada"})");
  for (const std::string& copied :
       {text, "  " + text + " \n", "Bearer " + text, "Authorization: Bearer " + text,
        "\"" + text + "\"", "authorization: bearer " + text}) {
    EXPECT_EQ(run({"-"}, copied), kDone) << copied;
    EXPECT_THAT(out_.str(), HasSubstr("sub  ada"));
  }
}

TEST_F(TokenInspectTest, JsonIsOneLineForEachToken) {
  const std::string one = token(R"({"alg":"none"})", R"({"exp":1})", "");
  EXPECT_EQ(run({"--json", "-"}, one + "\n\nnonsense\n"), kRefused);
  std::istringstream lines(out_.str());
  std::string first, second, third;
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_FALSE(std::getline(lines, third));
  const auto said = json::parse(first);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->find("verified")->as_bool(), false);
  EXPECT_EQ(*said->find("header")->string("alg"), "none");
  EXPECT_EQ(said->find("claims")->find("exp")->as_int64(), 1);
  EXPECT_EQ(*said->find("remarks")->as_array()->front().string("code"), "alg_none");
  EXPECT_THAT(second, HasSubstr("three parts"));
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(TokenInspectTest, WhatCannotBeReadIsOneWithTheReason) {
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"rt_abc", "refresh token"},
      {"ak_abc", "admin key"},
      {"a.b", "has 2"},
      {"a.b.c.d", "has 4"},
      {"!.e30.x", "header is not base64url"},
      {token("[]", "{}"), "header is no JSON object"},
      {token("{", "{}"), "header is no JSON object: "},
      {token(R"({"alg":"A","alg":"B"})", "{}"), "two members of one name"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(run({one.text}), kRefused) << one.text;
    EXPECT_THAT(err_.str(), HasSubstr(one.why));
    EXPECT_THAT(out_.str(), IsEmpty());
  }
  EXPECT_EQ(run({"-"}, "\n \n"), kUsage);
}

TEST_F(TokenInspectTest, OfAPayloadThatIsNoneTheHeaderIsStillShown) {
  EXPECT_EQ(run({token(R"({"alg":"ES256"})", "not JSON")}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("alg  ES256"), HasSubstr("It has no claims")));
  EXPECT_EQ(run({token(R"({"alg":"RSA-OAEP","enc":"A256GCM"})", "x") + ".y.z"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("encrypted"));
}

}  // namespace
}  // namespace recant::cli
