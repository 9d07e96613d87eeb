#include "config_fixture.hpp"

namespace recant::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class IssuerConfigTest : public ConfigTest {
 public:
  /// A table that is good but for what is added: its line 1 is the [[issuer]].
  static std::string table(const std::string& more, const std::string& name = "legacy") {
    return "[[issuer]]\nname = \"" + name + "\"\niss = \"https://" + name +
           ".example.com\"\naudience = [\"api\"]\n" + more;
  }
};

constexpr const char* kSecret = "algorithms = [\"HS256\"]\nsecret_file = \"/run/secret\"\n";

TEST_F(IssuerConfigTest, EveryKeyIsRead) {
  const Config config = file(
                            "[[issuer]]\n"
                            "name = \"partner\"\n"
                            "iss = \"https://id.partner.example\"\n"
                            "audience = [\"api\", \"reports\"]\n"
                            "algorithms = [\"RS256\", \"ES256\"]\n"
                            "jwks_file = \"/etc/recant/partner.json\"\n"
                            "profile = \"jwt\"\n"
                            "sid_claim = \"sid\"\n"
                            "max_ttl = \"2h\"\n"
                            "shared_ids = true\n")
                            .good();
  ASSERT_EQ(config.issuers.size(), 1u);
  const Config::Issuer& issuer = config.issuers[0];
  EXPECT_EQ(issuer.name, "partner");
  EXPECT_EQ(issuer.iss, "https://id.partner.example");
  EXPECT_THAT(issuer.audience, ElementsAre("api", "reports"));
  EXPECT_THAT(issuer.algorithms, ElementsAre("RS256", "ES256"));
  EXPECT_EQ(issuer.jwks_file, "/etc/recant/partner.json");
  EXPECT_EQ(issuer.secret_file, "");
  EXPECT_EQ(issuer.profile, "jwt");
  EXPECT_EQ(issuer.sid_claim, "sid");
  EXPECT_EQ(issuer.max_ttl, std::chrono::hours(2));
  EXPECT_TRUE(issuer.shared_ids);
  EXPECT_EQ(issuer.where, *sources_.file + ", line 1");
}

TEST_F(IssuerConfigTest, DefaultsAreTheStrictOnes) {
  const Config config = file(table(kSecret)).good();
  ASSERT_EQ(config.issuers.size(), 1u);
  EXPECT_EQ(config.issuers[0].profile, "rfc9068");
  EXPECT_EQ(config.issuers[0].sid_claim, "");
  EXPECT_EQ(config.issuers[0].max_ttl, std::chrono::hours(24));
  EXPECT_FALSE(config.issuers[0].shared_ids);
}

TEST_F(IssuerConfigTest, TablesKeepTheirOrderAndTheirOwnValues) {
  const Config config =
      file(table(std::string("shared_ids = true\n") + kSecret, "first") + table(kSecret, "second"))
          .good();
  ASSERT_EQ(config.issuers.size(), 2u);
  EXPECT_EQ(config.issuers[0].name, "first");
  EXPECT_TRUE(config.issuers[0].shared_ids);
  EXPECT_EQ(config.issuers[1].name, "second");
  EXPECT_FALSE(config.issuers[1].shared_ids);
  EXPECT_EQ(config.issuers[1].where, *sources_.file + ", line 8");
}

class IssuerMistakeTest : public IssuerConfigTest, public testing::WithParamInterface<Mistake> {};

TEST_P(IssuerMistakeTest, IsOneSentenceWithFileLineAndRemedy) {
  const std::string error = file(GetParam().toml).only_error();
  EXPECT_THAT(error, HasSubstr(*sources_.file + ", line " + std::to_string(GetParam().line) + ":"));
  for (const char* part : GetParam().says) EXPECT_THAT(error, HasSubstr(part));
}

#define GOOD_ISSUER                                                                    \
  "[[issuer]]\nname = \"x\"\niss = \"https://x\"\naudience = [\"api\"]\nalgorithms = " \
  "[\"HS256\"]\n"

INSTANTIATE_TEST_SUITE_P(
    All, IssuerMistakeTest,
    testing::Values(
        Mistake{"[issuer]\nname = \"x\"\niss = \"y\"\n", {"[[issuer]]", "two brackets"}},
        Mistake{GOOD_ISSUER "secret_file = \"s\"\nisss = \"y\"\n",
                {"no key \"issuer.isss\"", "did you mean issuer.iss?"},
                7},
        Mistake{GOOD_ISSUER "secret_file = \"s\"\njwks_url = \"https://x/jwks.json\"\n",
                {"\"issuer.jwks_url\" yet"},
                7},
        Mistake{GOOD_ISSUER "secret_file = \"s\"\nprofile = \"oidc\"\n",
                {"issuer.profile must be one of rfc9068, jwt", "given was \"oidc\""},
                7},
        Mistake{GOOD_ISSUER "secret_file = \"s\"\nmax_ttl = \"0s\"\n",
                {"issuer.max_ttl must be from 1s to 365d"},
                7},
        Mistake{GOOD_ISSUER "secret_file = \"\"\n", {"issuer.secret_file must be a path"}, 6},
        Mistake{GOOD_ISSUER, {"has no keys", "jwks_file", "secret_file"}},
        Mistake{GOOD_ISSUER "secret_file = \"s\"\njwks_file = \"j\"\n",
                {"has both", "one of them"}},
        Mistake{GOOD_ISSUER "jwks_file = \"j\"\n",
                {"allows HS256", "secret_file instead of jwks_file"}},
        Mistake{"[[issuer]]\nname = \"a/b\"\n", {"issuer.name must be", "given was \"a/b\""}, 2},
        Mistake{"[[issuer]]\nalgorithms = [\"none\"]\n", {"issuer.algorithms must be", "ES256"}, 2},
        Mistake{"[[issuer]]\naudience = []\n", {"issuer.audience must have 1 to 16 entries"}, 2},
        Mistake{"[[issuer]]\niss = \"https://x\"\naudience = [\"api\"]\nalgorithms = [\"HS256\"]\n"
                "secret_file = \"s\"\n",
                {"has no name"}},
        Mistake{"[[issuer]]\nname = \"x\"\naudience = [\"api\"]\nalgorithms = [\"HS256\"]\n"
                "secret_file = \"s\"\n",
                {"has no iss"}},
        Mistake{"[[issuer]]\nname = \"x\"\niss = \"https://x\"\nalgorithms = [\"HS256\"]\n"
                "secret_file = \"s\"\n",
                {"has no audience"}},
        Mistake{"[[issuer]]\nname = \"x\"\niss = \"https://x\"\naudience = [\"api\"]\n"
                "secret_file = \"s\"\n",
                {"has no algorithms"}},
        Mistake{"[[issuer]]\nname = \"x\"\niss = \"recant\"\naudience = [\"api\"]\n"
                "algorithms = [\"HS256\"]\nsecret_file = \"s\"\n",
                {"has the iss of our own tokens", "token.issuer"}}));

// CVE-2015-9235 and its kin: a public key must never be offered as a secret, nor the reverse.
TEST_F(IssuerConfigTest, J13_ASecretTakesNoAlgorithmOfPublicKeys) {
  file(table("algorithms = [\"HS256\", \"RS256\"]\nsecret_file = \"s\"\n"));
  EXPECT_THAT(only_error(), AllOf(HasSubstr("allows RS256"), HasSubstr("no shared secret")));
  file(table("algorithms = [\"RS256\", \"HS256\"]\njwks_file = \"j\"\n"));
  EXPECT_THAT(only_error(), AllOf(HasSubstr("allows HS256"), HasSubstr("secret_file")));
}

TEST_F(IssuerConfigTest, NamesAndIssAreEachOnesOwn) {
  file(table(kSecret) + table(kSecret));
  EXPECT_THAT(bad(),
              ElementsAre(AllOf(HasSubstr("line 7:"), HasSubstr("has the name of the one in"),
                                HasSubstr("line 1:")),
                          HasSubstr("has the iss of the one in")));
}

TEST_F(IssuerConfigTest, VariablesCannotSayWhichTableTheyMean) {
  variable("RECANT_ISSUER_NAME", "x");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("RECANT_ISSUER_NAME"), HasSubstr("[[issuer]]"),
                                  HasSubstr("recant.toml only")));
}

}  // namespace
}  // namespace recant::app
