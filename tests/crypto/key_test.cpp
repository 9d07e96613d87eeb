// What holds for a key of every algorithm.
#include "crypto/key.hpp"

#include <gtest/gtest.h>

#include <map>
#include <ostream>

#include "crypto/random.hpp"
#include "pem_examples.hpp"

namespace recant::crypto {

inline void PrintTo(Algorithm algorithm, std::ostream* out) { *out << to_string(algorithm); }
inline void PrintTo(KeyError error, std::ostream* out) { *out << to_string(error); }

namespace {

using enum Algorithm;
constexpr Algorithm kAll[] = {es256, es384, es512, eddsa, rs256, rs384, rs512,
                              ps256, ps384, ps512, hs256, hs384, hs512};
constexpr std::string_view kMessage = "eyJhbGciOiJ0ZXN0In0.eyJzdWIiOiJ0ZXN0In0";

/// Drawn anew, but for RSA: that takes long, so one key serves all RSA algorithms.
SigningKey draw(Algorithm algorithm) {
  SystemRandom random;
  if (info(algorithm).family != KeyFamily::rsa) return *SigningKey::generate(algorithm, random);
  static const SecretString rsa = SigningKey::generate(rs256, random)->export_private();
  return *SigningKey::import_private(algorithm, rsa);
}

const SigningKey& signing_key(Algorithm algorithm) {
  static std::map<Algorithm, SigningKey> keys;
  auto found = keys.find(algorithm);
  if (found == keys.end()) found = keys.emplace(algorithm, draw(algorithm)).first;
  return found->second;
}

class EveryAlgorithm : public testing::TestWithParam<Algorithm> {
 protected:
  const SigningKey& key() { return signing_key(GetParam()); }
  bool verifies(std::string_view message, Bytes signature) {
    return key().verification_key().verify(message, signature);
  }
};

TEST_P(EveryAlgorithm, VerifiesWhatItSigns) {
  EXPECT_EQ(key().algorithm(), GetParam());
  EXPECT_EQ(key().verification_key().algorithm(), GetParam());
  EXPECT_TRUE(verifies(kMessage, key().sign(kMessage)));
  EXPECT_TRUE(verifies("", key().sign("")));
  EXPECT_FALSE(verifies("another", key().sign(kMessage)));
}

TEST_P(EveryAlgorithm, RefusesASignatureWithAnyBitFlipped) {
  ByteVector signature = key().sign(kMessage);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    signature[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(verifies(kMessage, signature)) << "bit " << bit;
    signature[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  EXPECT_TRUE(verifies(kMessage, signature));
}

TEST_P(EveryAlgorithm, J24_J27_J28_J30_RefusesEveryOtherLength) {
  const ByteVector signature = key().sign(kMessage);
  for (std::size_t length = 0; length < signature.size(); ++length) {
    EXPECT_FALSE(verifies(kMessage, Bytes(signature).first(length))) << length;
  }
  ByteVector longer = signature;
  longer.push_back(0);
  EXPECT_FALSE(verifies(kMessage, longer));
  ByteVector padded{0};
  padded.insert(padded.end(), signature.begin(), signature.end());
  EXPECT_FALSE(verifies(kMessage, padded));
}

TEST_P(EveryAlgorithm, J31_RefusesAnEmptySignatureAndOneOfZeros) {
  EXPECT_FALSE(verifies(kMessage, {}));
  EXPECT_FALSE(verifies(kMessage, ByteVector(key().sign(kMessage).size(), 0)));
}

TEST_P(EveryAlgorithm, RefusesTheSignatureOfAnotherKey) {
  SystemRandom random;
  const auto other = SigningKey::generate(GetParam(), random);
  ASSERT_TRUE(other);
  EXPECT_FALSE(verifies(kMessage, other->sign(kMessage)));
}

TEST_P(EveryAlgorithm, SurvivesExportAndImport) {
  const SecretString text = key().export_private();
  const auto again = SigningKey::import_private(GetParam(), text);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_TRUE(verifies(kMessage, again->sign(kMessage)));
  EXPECT_EQ(again->export_private().reveal(), text.reveal());
}

TEST_P(EveryAlgorithm, AnAsymmetricKeyIsRebuiltFromItsPublicMembers) {
  const bool symmetric = info(GetParam()).family == KeyFamily::oct;
  const auto again =
      VerificationKey::from_public(GetParam(), key().verification_key().public_members());
  ASSERT_EQ(again.has_value(), !symmetric);
  if (again) {
    EXPECT_TRUE(again->verify(kMessage, key().sign(kMessage)));
  }
}

// One algorithm a key: the same key material under another name verifies nothing of it (J12).
TEST_P(EveryAlgorithm, J12_AKeyOfAnotherAlgorithmDoesNotVerify) {
  for (const Algorithm other : kAll) {
    if (other == GetParam()) continue;
    EXPECT_FALSE(signing_key(other).verification_key().verify(kMessage, key().sign(kMessage)))
        << to_string(other);
  }
}

TEST_P(EveryAlgorithm, J13_APublicKeyIsNeverAnHmacSecret) {
  const auto& members = key().verification_key().public_members();
  for (const Algorithm hmac : {hs256, hs384, hs512}) {
    EXPECT_FALSE(VerificationKey::from_public(hmac, members)) << to_string(hmac);
  }
  SystemRandom random;
  const bool symmetric = info(GetParam()).family == KeyFamily::oct;
  EXPECT_EQ(VerificationKey::from_secret(GetParam(), random.bytes<64>()).has_value(), symmetric);
}

INSTANTIATE_TEST_SUITE_P(All, EveryAlgorithm, testing::ValuesIn(kAll),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST(Algorithm, J11_NamesAreExact) {
  for (const Algorithm algorithm : kAll)
    EXPECT_EQ(parse_algorithm(to_string(algorithm)), algorithm);
  EXPECT_EQ(parse_algorithm("Ed25519"), eddsa);
  for (const char* name : {"", "none", "None", "noNE", "NONE", "es256", "ES256 ", "ES256K", "HS1",
                           "RS1", "Ed448", "EDDSA", "ed25519", "RSA-OAEP", "dir"}) {
    EXPECT_EQ(parse_algorithm(name), std::nullopt) << name;
  }
}

KeyError import_error(Algorithm algorithm, std::string_view text) {
  const auto key = SigningKey::import_private(algorithm, SecretString(std::string(text)));
  EXPECT_FALSE(key);
  return key ? KeyError{} : key.error();
}

TEST(PrivateKeyImport, TakesAnUnencryptedPkcs8Pem) {
  ASSERT_TRUE(SigningKey::import_private(es256, SecretString(kEcPem)));
  // With text before it and line ends of another system.
  std::string crlf = "a comment\r\n";
  for (const char c : std::string_view(kEcPem)) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_TRUE(SigningKey::import_private(es256, SecretString(crlf)));
}

TEST(PrivateKeyImport, RefusesWhatIsNotOneUnencryptedKey) {
  EXPECT_EQ(import_error(es256, kEcEncryptedPem), KeyError::encrypted);
  EXPECT_EQ(import_error(es256, kEcTraditionalPem), KeyError::malformed);
  EXPECT_EQ(import_error(es256, kEcPublicPem), KeyError::malformed);
  EXPECT_EQ(import_error(es256, std::string(kEcPem) + kEcPem), KeyError::malformed);
  EXPECT_EQ(import_error(es256, ""), KeyError::malformed);
  EXPECT_EQ(import_error(es256, std::string_view(kEcPem).substr(0, 100)), KeyError::malformed);
  EXPECT_EQ(import_error(es256, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            KeyError::malformed);
}

TEST(PrivateKeyImport, J36_RefusesAKeyOfAnotherKind) {
  for (const Algorithm algorithm : {es384, es512, eddsa, rs256, ps256}) {
    EXPECT_EQ(import_error(algorithm, kEcPem), KeyError::wrong_algorithm) << to_string(algorithm);
  }
  EXPECT_EQ(import_error(es256, kEcK1Pem), KeyError::wrong_algorithm);
  EXPECT_EQ(import_error(es256, kRsa1024Pem), KeyError::wrong_algorithm);
}

TEST(PrivateKeyImport, RefusesHalvesThatDoNotBelongTogether) {
  EXPECT_EQ(import_error(es256, kEcInconsistentPem), KeyError::inconsistent);
}

TEST(PrivateKeyImport, J34_RefusesWeakRsaKeys) {
  EXPECT_EQ(import_error(rs256, kRsa1024Pem), KeyError::too_small);
  EXPECT_EQ(import_error(rs256, kRsaExponent3Pem), KeyError::bad_exponent);
}

}  // namespace
}  // namespace recant::crypto
