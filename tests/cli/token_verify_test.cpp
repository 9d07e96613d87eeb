#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "cli/command_line.hpp"
#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "jose/jwks.hpp"
#include "jose/sign.hpp"

namespace recant::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TokenVerifyTest : public testing::Test {
 protected:
  TokenVerifyTest() {
    std::string name = (std::filesystem::temp_directory_path() / "recant-test-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    jwks(json::serialize(jose::publish_jwks(jose::KeySet({{"k1", key_.verification_key()}}))));
  }
  ~TokenVerifyTest() override { std::filesystem::remove_all(directory_); }

  void jwks(const std::string& text) { std::ofstream(directory_ / "jwks.json") << text; }

  std::string token(json::Object changes = {}) const {
    const std::int64_t now = recant::count(recant::SystemClock().wall()) / 1000;
    json::Object claims{{"iss", "recant"},
                        {"sub", "ada"},
                        {"aud", "api"},
                        {"client_id", "recant"},
                        {"iat", now},
                        {"exp", now + 600},
                        {"jti", "0190a8a0-0000-7000-8000-000000000001"},
                        {"sid", "0190a8a0-0000-7000-8000-000000000002"}};
    for (const json::Member& change : changes) claims.set(change.name, change.value);
    return jose::sign_jws(key_, "k1", "at+jwt", json::serialize(claims));
  }

  int run(std::vector<std::string> words, const std::string& input = {}) {
    words.insert(words.begin(), {"token", "verify", "--jwks", (directory_ / "jwks.json").string()});
    std::istringstream in(input);
    out_.str("");
    err_.str("");
    return run_command_line(commands_, words, {in, out_, err_});
  }

  crypto::SystemRandom random_;
  crypto::SigningKey key_ = *crypto::SigningKey::generate(crypto::Algorithm::es256, random_);
  std::filesystem::path directory_;
  std::vector<Command> commands_ = {token_verify_command()};
  std::ostringstream out_, err_;
};

TEST_F(TokenVerifyTest, AGoodToken) {
  EXPECT_EQ(run({token()}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("valid\nheader {"), HasSubstr("\"sub\":\"ada\"")));
  EXPECT_EQ(run({"--json", token()}), kDone);
  const auto line = json::parse(out_.str().substr(0, out_.str().size() - 1));
  ASSERT_TRUE(line);
  EXPECT_EQ(*line->find("valid"), json::Value(true));
  EXPECT_EQ(*line->find("header")->string("kid"), "k1");
  EXPECT_EQ(*line->find("claims")->string("sub"), "ada");
}

TEST_F(TokenVerifyTest, ABadTokenAndWhy) {
  std::string forged = token();
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(run({forged}), kRefused);
  EXPECT_EQ(out_.str(), "invalid: bad_signature\n");
  EXPECT_EQ(run({"--json", token({{"exp", 1'000'000'000}, {"iat", 999'999'000}})}), kRefused);
  EXPECT_EQ(out_.str(), "{\"valid\":false,\"reason\":\"expired\"}\n");
}

TEST_F(TokenVerifyTest, IssuerAndAudienceAreAskedFor) {
  const std::string foreign = token({{"iss", "them"}, {"aud", "theirs"}});
  EXPECT_EQ(run({foreign}), kRefused);
  EXPECT_EQ(out_.str(), "invalid: wrong_issuer\n");
  EXPECT_EQ(run({"--issuer", "them", foreign}), kRefused);
  EXPECT_EQ(out_.str(), "invalid: wrong_audience\n");
  EXPECT_EQ(run({"--issuer", "them", "--audience", "theirs", foreign}), kDone);
}

TEST_F(TokenVerifyTest, OneLineForEachLine) {
  const std::string good = token();
  EXPECT_EQ(run({"-"}, good + "\nnonsense\n" + good + "\n"), kRefused);
  std::istringstream lines(out_.str());
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_THAT(all[0], HasSubstr("{\"valid\":true,\"header\":{"));
  EXPECT_EQ(all[1], "{\"valid\":false,\"reason\":\"not_compact\"}");
  EXPECT_EQ(all[0], all[2]);
  EXPECT_EQ(run({"-"}, good + "\r\n" + good), kDone);
}

TEST_F(TokenVerifyTest, SignatureOnlyTakesAnyPayload) {
  const std::string odd = jose::sign_jws(key_, "k1", "", "no JSON at all");
  EXPECT_EQ(run({odd}), kRefused);
  EXPECT_EQ(run({"--signature-only", "--json", odd}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"claims\":\"no JSON at all\""));
}

TEST_F(TokenVerifyTest, AKeySetNotToRelyOnIsUsage) {
  jwks("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}");
  EXPECT_EQ(run({token()}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("jwks.json is not a JWK set to rely on"));
  jwks("nonsense");
  EXPECT_EQ(run({"-"}, token()), kUsage);
  std::filesystem::remove(directory_ / "jwks.json");
  EXPECT_EQ(run({token()}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("cannot be read"));
}

TEST_F(TokenVerifyTest, NeitherADirectoryNorAFileWithoutEndIsAKeySet) {
  const auto jwks = directory_ / "jwks.json";
  std::filesystem::remove(jwks);
  std::filesystem::create_directory(jwks);
  EXPECT_EQ(run({token()}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("cannot be read"));
  std::filesystem::remove(jwks);
  std::filesystem::create_symlink("/dev/zero", jwks);
  EXPECT_EQ(run({token()}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("larger than 1 MiB"));
}

}  // namespace
}  // namespace recant::cli
