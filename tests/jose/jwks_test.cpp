#include "jose/jwks.hpp"

#include <gtest/gtest.h>

#include "tokens.hpp"

namespace recant::jose {

inline void PrintTo(const JwksError& error, std::ostream* out) { *out << error.message(); }

namespace {

using enum crypto::Algorithm;

// RFC 7515 A.3, RFC 8037 A.2 and RFC 7515 A.1: members without kid and alg.
constexpr char kEc[] =
    R"("kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
constexpr char kOkp[] =
    R"("kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
constexpr char kOct[] =
    R"("kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")";
constexpr char kRsa[] =
    R"("kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")";

std::string joined(const std::string& a, const std::string& b) {
  return b.empty() ? a : a + "," + b;
}
std::string set_of(const std::string& jwk) { return "{\"keys\":[{" + jwk + "}]}"; }
std::string set_of(const std::string& a, const std::string& b) {
  return "{\"keys\":[{" + a + "},{" + b + "}]}";
}

/// The fault of a set, or nothing when it is taken.
std::optional<JwksFault> fault_of(const std::string& text) {
  const auto set = parse_jwks(text);
  return set ? std::nullopt : std::optional(set.error().fault);
}
/// What is known of a set's only key, or of none.
std::size_t usable_keys(const std::string& text) {
  const auto set = parse_jwks(text);
  EXPECT_TRUE(set) << set.error().message();
  return set ? set->keys().size() : 99;
}
std::optional<crypto::KeyError> key_error_of(const std::string& text) {
  const auto set = parse_jwks(text);
  EXPECT_FALSE(set) << text;
  return set ? std::nullopt : set.error().key_error;
}

TEST(Jwks, ReadsAKeyOfEachKind) {
  const auto set = parse_jwks(
      "{\"keys\":[{" + joined(kEc, R"("kid":"a")") + "},{" + joined(kOkp, R"("kid":"b")") + "},{" +
      joined(kRsa, R"("kid":"c","alg":"PS256","use":"sig","key_ops":["verify"])") +
      "}],\"more\":1}");
  ASSERT_TRUE(set) << set.error().message();
  ASSERT_EQ(set->keys().size(), 3u);
  EXPECT_EQ(set->find("a")->algorithm(), es256);
  EXPECT_EQ(set->find("b")->algorithm(), eddsa);
  EXPECT_EQ(set->find("c")->algorithm(), ps256);
  EXPECT_EQ(set->find("d"), nullptr);
  EXPECT_EQ(parse_jwks(set_of(kRsa))->only()->algorithm(), rs256);
  EXPECT_EQ(parse_jwks(set_of(kOct))->only()->algorithm(), hs256);
  EXPECT_EQ(usable_keys(R"({"keys":[]})"), 0u);
}

TEST(Jwks, J12_BindsAKeyToOneAlgorithm) {
  EXPECT_EQ(parse_jwks(set_of(joined(kRsa, R"("alg":"RS512")")))->only()->algorithm(), rs512);
  EXPECT_EQ(parse_jwks(set_of(joined(kOkp, R"("alg":"EdDSA")")))->only()->algorithm(), eddsa);
  EXPECT_EQ(parse_jwks(set_of(joined(kOkp, R"("alg":"Ed25519")")))->only()->algorithm(), eddsa);
}

TEST(Jwks, TakesTheMisspelledEs521ForEs512) {
  const auto signer = draw(es512);
  std::string text = json::serialize(publish_jwks(one_key(signer)));
  text.replace(text.find("ES512"), 5, "ES521");
  const auto set = parse_jwks(text);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(verdict(token(signer, R"({"alg":"ES512","kid":"k1"})"), *set), "accepted");
  EXPECT_EQ(verdict(token(signer, R"({"alg":"ES521","kid":"k1"})"), *set), "bad_algorithm");
  EXPECT_EQ(key_error_of(set_of(joined(kEc, R"("alg":"ES521")"))),
            crypto::KeyError::wrong_algorithm);
}

TEST(Jwks, J13_J36_RefusesAnAlgorithmOfAnotherKindOfKey) {
  for (const auto& [jwk, alg] :
       {std::pair{kEc, "RS256"}, std::pair{kEc, "ES384"}, std::pair{kEc, "HS256"},
        std::pair{kEc, "EdDSA"}, std::pair{kOkp, "ES256"}, std::pair{kOkp, "HS256"},
        std::pair{kRsa, "HS256"}, std::pair{kRsa, "ES256"}}) {
    const std::string text = set_of(joined(jwk, R"("alg":")" + std::string(alg) + "\""));
    EXPECT_EQ(key_error_of(text), crypto::KeyError::wrong_algorithm) << text;
  }
}

TEST(Jwks, J37_PassesOverKeysThatAreNotForVerifying) {
  for (const char* member :
       {R"("use":"enc")", R"("use":"other")", R"("key_ops":["sign"])", R"("key_ops":[])",
        R"("key_ops":["encrypt"])", R"("use":"enc","key_ops":["encrypt"])", R"("alg":"ECDH-ES")",
        R"("alg":"ES256K")", R"("alg":"none")"}) {
    EXPECT_EQ(usable_keys(set_of(joined(kEc, member))), 0u) << member;
  }
  for (const char* member :
       {R"("use":"sig")", R"("key_ops":["verify"])", R"("key_ops":["verify","sign"])",
        R"("use":"sig","key_ops":["verify"])"}) {
    EXPECT_EQ(usable_keys(set_of(joined(kEc, member))), 1u) << member;
  }
}

TEST(Jwks, J37_RefusesContradictions) {
  for (const char* member :
       {R"("use":"enc","key_ops":["verify"])", R"("use":"sig","key_ops":["encrypt"])",
        R"("use":"sig","key_ops":["verify","encrypt"])", R"("key_ops":["verify","verify"])"}) {
    EXPECT_EQ(fault_of(set_of(joined(kEc, member))), JwksFault::inconsistent_use) << member;
  }
}

TEST(Jwks, J38_RefusesTwoKeysOfOneName) {
  EXPECT_EQ(fault_of(set_of(joined(kEc, R"("kid":"a")"), joined(kOkp, R"("kid":"a")"))),
            JwksFault::duplicate_kid);
  // Also when one of them is not for us: its owner may mean either.
  EXPECT_EQ(fault_of(set_of(joined(kEc, R"("kid":"a","use":"enc")"), joined(kOkp, R"("kid":"a")"))),
            JwksFault::duplicate_kid);
  EXPECT_EQ(usable_keys(set_of(joined(kEc, R"("kid":"a")"), joined(kOkp, R"("kid":"A")"))), 2u);
  EXPECT_EQ(usable_keys(set_of(kEc, kOkp)), 2u);
}

TEST(Jwks, J38_RefusesSecretsAmongPublicKeys) {
  EXPECT_EQ(fault_of(set_of(kEc, kOct)), JwksFault::secrets_among_public);
  EXPECT_EQ(fault_of(set_of(kOct, kEc)), JwksFault::secrets_among_public);
  EXPECT_EQ(usable_keys(set_of(joined(kOct, R"("kid":"a")"), joined(kOct, R"("kid":"b")"))), 2u);
}

TEST(Jwks, J38_RefusesPrivateMembers) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    for (const char* jwk : {kEc, kOkp, kRsa}) {
      const std::string text = set_of(joined(jwk, "\"" + std::string(name) + R"(":"AQAB")"));
      EXPECT_EQ(fault_of(text), JwksFault::private_key) << text;
    }
  }
  EXPECT_EQ(fault_of(set_of(joined(kEc, R"("use":"enc","d":"AQAB")"))), JwksFault::private_key);
}

TEST(Jwks, J38_PassesOverUnknownKindsAndCurves) {
  EXPECT_EQ(usable_keys(set_of(R"("kty":"AKP","pub":"AAAA")", kEc)), 1u);
  EXPECT_EQ(usable_keys(set_of(R"("kty":"ec")", kEc)), 1u);
  EXPECT_EQ(usable_keys(set_of(R"("kty":"OKP","crv":"X25519","x":"AAAA")", kEc)), 1u);
  EXPECT_EQ(usable_keys(set_of(R"("kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA")", kEc)), 1u);
}

TEST(Jwks, J39_RefusesWhatIsNotASet) {
  for (const char* text :
       {"", "x", "{\"keys\":[}", "{\"keys\":[],\"keys\":[]}", "{\"keys\":[]} x"}) {
    EXPECT_EQ(fault_of(text), JwksFault::not_json) << text;
  }
  for (const char* text : {"[]", "null", "{}", R"({"keys":null})", R"({"keys":"x"})",
                           R"({"keys":{}})", R"({"KEYS":[]})"}) {
    EXPECT_EQ(fault_of(text), JwksFault::not_a_set) << text;
  }
  EXPECT_EQ(fault_of(std::string(100'000, '[')), JwksFault::not_json);
  EXPECT_EQ(fault_of("{\"keys\":[]" + std::string(256 * 1024, ' ') + "}"), JwksFault::not_json);
}

TEST(Jwks, J39_RefusesMembersOfTheWrongType) {
  for (const char* entry :
       {"1", "null", "\"x\"", "[]", "{}", R"({"kty":null})", R"({"kty":5})", R"({"kty":["EC"]})"}) {
    EXPECT_EQ(fault_of("{\"keys\":[" + std::string(entry) + "]}"), JwksFault::malformed_key)
        << entry;
  }
  for (const char* member :
       {R"("alg":5)", R"("alg":null)", R"("kid":1)", R"("kid":null)", R"("use":1)",
        R"("use":["sig"])", R"("key_ops":"verify")", R"("key_ops":[1])", R"("key_ops":null)"}) {
    EXPECT_EQ(fault_of(set_of(joined(kEc, member))), JwksFault::malformed_key) << member;
  }
  EXPECT_EQ(fault_of(set_of(joined(kEc, R"("kid":")" + std::string(129, 'k') + "\""))),
            JwksFault::malformed_key);
  EXPECT_EQ(fault_of(set_of(joined(kEc, R"("kid":")" + std::string(128, 'k') + "\""))),
            std::nullopt);
}

TEST(Jwks, J06_J39_RefusesMissingAndMalformedNumbers) {
  for (const char* jwk :
       {R"("kty":"EC")", R"("kty":"EC","crv":"P-256")", R"("kty":"EC","crv":1,"x":"AA","y":"AA")",
        R"("kty":"EC","crv":"P-256","x":"AA")", R"("kty":"EC","crv":"P-256","x":1,"y":2)",
        R"("kty":"EC","crv":"P-256","x":"AA==","y":"AA")",
        R"("kty":"EC","crv":"P-256","x":"AB","y":"AA")", R"("kty":"OKP")",
        R"("kty":"OKP","crv":"Ed25519")", R"("kty":"RSA","e":"AQAB")", R"("kty":"RSA","n":"AQAB")",
        R"("kty":"oct","alg":"HS256")", R"("kty":"oct","alg":"HS256","k":"+/=")"}) {
    EXPECT_EQ(fault_of(set_of(jwk)), JwksFault::malformed_key) << jwk;
  }
}

TEST(Jwks, J34_J35_J36_RefusesAWeakKeyAndSaysWhichAndWhy) {
  EXPECT_EQ(key_error_of(set_of(R"("kty":"EC","crv":"P-256","x":"AA","y":"AA")")),
            crypto::KeyError::wrong_length);
  EXPECT_EQ(
      key_error_of(set_of(
          R"("kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")")),
      crypto::KeyError::not_on_curve);
  EXPECT_EQ(
      key_error_of(set_of(
          R"("kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")),
      crypto::KeyError::weak_point);
  EXPECT_EQ(key_error_of(set_of(R"("kty":"RSA","e":"AQAB","n":"AQAB")")),
            crypto::KeyError::too_small);
  EXPECT_EQ(key_error_of(set_of(R"("kty":"oct","alg":"HS256","k":"AAAA")")),
            crypto::KeyError::too_small);
  EXPECT_EQ(key_error_of(set_of(R"("kty":"oct","alg":"HS256","k":"")")),
            crypto::KeyError::too_small);
  EXPECT_EQ(fault_of(set_of(R"("kty":"oct","k":"AAAA")")), JwksFault::missing_algorithm);

  const auto set = parse_jwks(set_of(kEc, R"("kty":"RSA","e":"AQAB","n":"AQAB")"));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().message(), "key 2: it is too short for the algorithm");
}

TEST(Jwks, J39_HoldsAtMost64Keys) {
  const auto set = [](int count) {
    std::string text = "{\"keys\":[";
    for (int i = 0; i < count; ++i)
      text += (i ? ",{" : "{") + joined(kOkp, "\"kid\":\"" + std::to_string(i) + "\"") + "}";
    return text + "]}";
  };
  EXPECT_EQ(usable_keys(set(64)), 64u);
  EXPECT_EQ(fault_of(set(65)), JwksFault::too_many_keys);
}

TEST(Jwks, O27_PublishesPublicMembersWithKidAlgAndUse) {
  const crypto::VerificationKey ec = *parse_jwks(set_of(kEc))->only();
  const crypto::VerificationKey okp = *parse_jwks(set_of(kOkp))->only();
  const crypto::VerificationKey oct = *parse_jwks(set_of(kOct))->only();
  const KeySet keys({{"first", ec}, {"second", okp}, {"secret", oct}});
  EXPECT_EQ(
      json::serialize(publish_jwks(keys)),
      R"({"keys":[{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"first","alg":"ES256","use":"sig"},)"
      R"({"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
      R"("kid":"second","alg":"EdDSA","use":"sig"}]})");
  EXPECT_EQ(json::serialize(publish_jwks(KeySet())), R"({"keys":[]})");
}

TEST(Jwks, ReadsWhatItPublishes) {
  const auto signer = draw(es512);
  const auto again = parse_jwks(json::serialize(publish_jwks(one_key(signer, "mine"))));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(verdict(token(signer, R"({"alg":"ES512","kid":"mine"})"), *again), "accepted");
}

}  // namespace
}  // namespace recant::jose
