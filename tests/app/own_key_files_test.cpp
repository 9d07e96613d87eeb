// Keys of the operator's own, as openssl makes them.
#include "app/own_key_files.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/base64url.hpp"
#include "file_rights.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using ::testing::AllOf;
using ::testing::HasSubstr;

class OwnKeyFilesTest : public ::testing::Test {
 protected:
  /// Runs `openssl …`, with @OUT and @IN standing for files; the file that was made, for its owner.
  std::string openssl(std::string arguments, const std::string& in = {}) {
    const std::string out = (home_ / ("key-" + std::to_string(++made_) + ".pem")).string();
    // No name of a directory has an @ in it by chance.
    for (const auto& [name, path] : {std::pair{std::string("@OUT"), out}, {"@IN", in}}) {
      if (const auto at = arguments.find(name); at != std::string::npos) {
        arguments.replace(at, name.size(), path);
      }
    }
    const std::string command = "openssl " + arguments + " >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: a fixed command line
    ::chmod(out.c_str(), 0600);
    return out;
  }
  std::string ec(const std::string& curve) {
    return openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" + curve + " -out @OUT");
  }
  std::string rsa(int bits) {
    return openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:" + std::to_string(bits) +
                   " -out @OUT");
  }
  std::string secret(const std::string& text) {
    const auto file = home_ / ("secret-" + std::to_string(++made_));
    write_text(file, text);
    ::chmod(file.c_str(), 0600);
    return file.string();
  }
  static std::string refusal(const std::vector<std::string>& files, Algorithm algorithm) {
    const auto keys = read_own_keys(files, algorithm);
    return keys ? "taken" : keys.error().sentence;
  }

  TemporaryDirectory home_;
  int made_ = 0;
};

TEST_F(OwnKeyFilesTest, TakesWhatOpensslMakes) {
  for (const auto& [algorithm, file] : std::vector<std::pair<Algorithm, std::string>>{
           {Algorithm::es256, ec("P-256")},
           {Algorithm::es384, ec("P-384")},
           {Algorithm::es512, ec("P-521")},
           {Algorithm::eddsa, openssl("genpkey -algorithm ED25519 -out @OUT")},
           {Algorithm::rs256, rsa(2048)},
           {Algorithm::ps512, rsa(2048)},
           {Algorithm::hs256, openssl("rand -base64 -out @OUT 64")}}) {
    const auto keys = read_own_keys({file}, algorithm);
    ASSERT_TRUE(keys) << keys.error().sentence;
    ASSERT_EQ(keys->size(), 1u);
    EXPECT_EQ(keys->front().named.key.algorithm(), algorithm);
    EXPECT_EQ(keys->front().named.kid, jose::thumbprint(keys->front().named.key));
    EXPECT_EQ(keys->front().file, file);
  }
}

TEST_F(OwnKeyFilesTest, TheBytesOfTheFileAreTheSecret) {
  const std::string bytes = "0123456789abcdefghijklmnopqrstuvwxyz-_ABC";
  for (const std::string& text : {bytes, bytes + "\n"}) {
    const auto keys = read_own_keys({secret(text)}, Algorithm::hs256);
    ASSERT_TRUE(keys) << keys.error().sentence;
    EXPECT_EQ(keys->front().named.key.export_private().reveal(), bytes);
  }
}

TEST_F(OwnKeyFilesTest, OfFurtherFilesTheKindOfKeyTellsTheAlgorithm) {
  const auto keys =
      read_own_keys({rsa(2048), ec("P-384"), rsa(2048), ec("P-256")}, Algorithm::ps256);
  ASSERT_TRUE(keys) << keys.error().sentence;
  const auto algorithm = [&](std::size_t i) { return (*keys)[i].named.key.algorithm(); };
  EXPECT_EQ(algorithm(0), Algorithm::ps256);
  EXPECT_EQ(algorithm(1), Algorithm::es384);
  EXPECT_EQ(algorithm(2), Algorithm::ps256);
  EXPECT_EQ(algorithm(3), Algorithm::es256);
  // A service that moves away from a public algorithm to a secret still checks what it signed.
  const auto mixed = read_own_keys(
      {secret(std::string(22, 'x') + "abcdefghijklmnopqrstuv"), ec("P-256")}, Algorithm::hs256);
  ASSERT_TRUE(mixed) << mixed.error().sentence;
  EXPECT_EQ((*mixed)[1].named.key.algorithm(), Algorithm::es256);
}

/// Each with the file's name and what to do.
TEST_F(OwnKeyFilesTest, SaysWhatIsWrongWithAFile) {
  const std::string good = ec("P-256");
  const std::string small = rsa(1024);
  const std::string rsa_key = rsa(2048);
  struct Case {
    std::string file;
    Algorithm algorithm;
    std::vector<std::string> said;
  };
  for (const auto& [file, algorithm, said] : std::vector<Case>{
           {openssl("pkey -pubout -in @IN -out @OUT", good), Algorithm::es256, {"public key"}},
           {openssl("pkey -aes256 -passout pass:secret -in @IN -out @OUT", good),
            Algorithm::es256,
            {"encrypted", "openssl pkey"}},
           {openssl("rsa -traditional -aes256 -passout pass:secret -in @IN -out @OUT", rsa_key),
            Algorithm::rs256,
            {"encrypted", "openssl pkey"}},
           {openssl("ec -in @IN -out @OUT", good),
            Algorithm::es256,
            {"older form", "openssl pkey"}},
           {openssl("rsa -traditional -in @IN -out @OUT", rsa_key),
            Algorithm::rs256,
            {"older form", "openssl pkey"}},
           {openssl("req -x509 -new -subj /CN=x -key @IN -out @OUT", good),
            Algorithm::es256,
            {"certificate", "private key"}},
           {small, Algorithm::rs256, {"too short", "2048"}},
           {ec("P-384"), Algorithm::es256, {"ES384", "token.algorithm = ES256", "P-256"}},
           {good, Algorithm::eddsa, {"ES256", "token.algorithm = EdDSA", "Ed25519"}},
           {good, Algorithm::rs256, {"ES256", "token.algorithm = RS256", "RSA key"}},
           {rsa_key, Algorithm::es256, {"RSA key", "token.algorithm = ES256", "P-256"}},
           {openssl("genpkey -algorithm ED448 -out @OUT"), Algorithm::eddsa, {"another kind"}},
           {openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out @OUT"),
            Algorithm::es256,
            {"another kind", "P-256"}},
           {secret("no PEM at all"), Algorithm::es256, {"not PEM", "BEGIN PRIVATE KEY"}},
           {secret(read_text(good) + read_text(good)), Algorithm::es256, {"PEM of one key"}},
           {secret(read_text(good).substr(0, 80)), Algorithm::es256, {"PEM of one key"}},
           {secret("short"), Algorithm::hs256, {"too short", "32 random bytes", "openssl rand"}},
           {secret(std::string(64, 'a')), Algorithm::hs512, {"not random"}},
           {good, Algorithm::hs256, {"PEM", "HS256 takes a secret"}},
           {(home_ / "nowhere.pem").string(), Algorithm::es256, {"cannot be read"}}}) {
    const std::string sentence = refusal({file}, algorithm);
    EXPECT_THAT(sentence, HasSubstr(file));
    for (const std::string& part : said) EXPECT_THAT(sentence, HasSubstr(part));
  }
}

TEST_F(OwnKeyFilesTest, AFurtherRsaKeyOfNoKnownAlgorithmIsRefused) {
  EXPECT_THAT(refusal({ec("P-256"), rsa(2048)}, Algorithm::es256),
              AllOf(HasSubstr("RSA"), HasSubstr("nothing tells")));
}

TEST_F(OwnKeyFilesTest, TheSameKeyTwiceIsRefused) {
  const std::string file = ec("P-256");
  const std::string copy = secret(read_text(file));
  EXPECT_THAT(refusal({file, copy}, Algorithm::es256),
              AllOf(HasSubstr(copy), HasSubstr("same key as " + file)));
}

TEST_F(OwnKeyFilesTest, OwnerAndGroupMayReadItAndNobodyElse) {
  const std::string file = ec("P-256");
  for (const int mode : {0400, 0440, 0600, 0640}) {
    ::chmod(file.c_str(), mode);
    EXPECT_EQ(refusal({file}, Algorithm::es256), "taken") << std::oct << mode;
  }
  for (const int mode : {0604, 0644, 0660, 0602}) {
    ::chmod(file.c_str(), mode);
    EXPECT_THAT(refusal({file}, Algorithm::es256), HasSubstr("chmod 640 " + file))
        << std::oct << mode;
  }
}

}  // namespace
}  // namespace recant::app
