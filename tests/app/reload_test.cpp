// What SIGHUP reads again; that it comes so far is driven by tests/e2e.
#include "app/reload.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "base/json.hpp"
#include "crypto/random.hpp"
#include "file_rights.hpp"
#include "jose/jwks.hpp"
#include "testing/manual_clock.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReloadTest : public ::testing::Test {
 protected:
  /// A new key's file; its kid comes back too.
  std::string add_key(const std::string& name) {
    const auto key = *crypto::SigningKey::generate(crypto::Algorithm::es256, random_);
    const SecretString pem = key.export_private();
    write_text(home_ / name, std::string(pem.reveal()));
    ::chmod((home_ / name).c_str(), 0600);
    const std::string kid = jose::thumbprint(key);
    const jose::KeySet set({{kid, key.verification_key()}});
    write_text(home_ / (name + ".jwks"), json::serialize(jose::publish_jwks(set)));
    return kid;
  }
  std::string path(const std::string& name) const { return (home_ / name).string(); }
  void configure(const std::string& text) {
    write_text(home_ / "recant.toml", text);
    sources_.file = path("recant.toml");
  }
  Config running() {
    const auto loaded = load_config(sources_);
    EXPECT_TRUE(loaded);
    return loaded ? loaded->config : Config();
  }
  OrRefusal<std::vector<service::OwnKey>> read_again(const Config& config) {
    LogOptions options;
    options.output = [this](std::string_view lines) { written_.append(lines); };
    Log log(std::move(options), clock_);
    return read_own_keys_again(config, sources_, log);
  }
  /// What was logged, line by line, however many lines one write took.
  std::vector<std::string> lines() const {
    std::istringstream in(written_);
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  std::string files(const std::string& list) const { return "keys.files = [" + list + "]\n"; }
  std::string quoted(const std::string& name) const { return '"' + path(name) + '"'; }

  TemporaryDirectory home_;
  crypto::SystemRandom random_;
  recant::testing::ManualClock clock_;
  ConfigSources sources_;
  std::string written_;
};

TEST_F(ReloadTest, TakesTheListAsItIsNowAndNothingElse) {
  const std::string first = add_key("first.pem");
  const std::string second = add_key("second.pem");
  configure(files(quoted("first.pem")));
  const Config config = running();
  configure(files(quoted("second.pem") + ", " + quoted("first.pem")) +
            "token.algorithm = \"ES384\"\nlog.level = \"debug\"\n");
  const auto own = read_again(config);
  ASSERT_TRUE(own) << own.error().sentence;  // by the algorithm in use, ES256
  ASSERT_THAT(*own, SizeIs(2));
  EXPECT_EQ((*own)[0].named.kid, second);
  EXPECT_EQ((*own)[1].named.kid, first);
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("restart"), HasSubstr("token.algorithm")),
                                   AllOf(HasSubstr("restart"), HasSubstr("log.level"))));
}

TEST_F(ReloadTest, SaysWhyNothingIsTaken) {
  add_key("first.pem");
  configure(files(quoted("first.pem")));
  const Config config = running();
  const auto refusal = [&] {
    const auto own = read_again(config);
    return own ? "taken" : own.error().sentence;
  };
  configure(files(quoted("nowhere.pem")));
  EXPECT_THAT(refusal(), HasSubstr("nowhere.pem"));
  configure(files(""));
  EXPECT_THAT(refusal(), HasSubstr("restart"));
  configure(files(quoted("first.pem")) + "token.leeway = \"61s\"\nno.such = 1\n");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("token.leeway"), HasSubstr("no.such")));
  EXPECT_THAT(written_, IsEmpty());
}

TEST_F(ReloadTest, AKeyOfAnotherIssuerBecomesNoneOfOurs) {
  add_key("first.pem");
  add_key("theirs.pem");
  const std::string issuer =
      "[[issuer]]\nname = \"other\"\niss = \"https://other.example\"\n"
      "audience = [\"api\"]\nalgorithms = [\"ES256\"]\njwks_file = " +
      quoted("theirs.pem.jwks") + "\n";
  configure(files(quoted("first.pem")) + issuer);
  const Config config = running();
  EXPECT_TRUE(read_again(config));
  configure(files(quoted("first.pem") + ", " + quoted("theirs.pem")) + issuer);
  const auto own = read_again(config);
  ASSERT_FALSE(own);
  EXPECT_THAT(own.error().sentence, AllOf(HasSubstr("other"), HasSubstr("also a key of")));
}

}  // namespace
}  // namespace recant::app
