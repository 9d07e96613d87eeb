// C2SP Wycheproof: "valid" must verify, all else ("acceptable" too) must not.
#include <gtest/gtest.h>

#include "../hex.hpp"
#include "../vectors.hpp"
#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/key.hpp"

namespace recant::crypto {
namespace {

using enum Algorithm;

struct Suite {
  const char* file;
  Algorithm algorithm;
  int tests;  ///< in the file, so that none is passed over
};
inline void PrintTo(const Suite& suite, std::ostream* out) { *out << suite.file; }

/// Of a group of tests. Some EC groups come without a JWK, as their point has leading zeros.
PublicMembers members_of(const json::Value& group) {
  const json::Value* jwk = group.find("publicKeyJwk");
  if (jwk == nullptr) jwk = group.find("keyJwk");
  if (jwk == nullptr) {
    const auto point = from_hex(*group.find("publicKey")->string("uncompressed"));
    const auto half = static_cast<std::ptrdiff_t>(point.size() / 2);
    return EcPublic{{point.begin() + 1, point.begin() + 1 + half},
                    {point.end() - half, point.end()}};
  }
  const auto member = [&](const char* name) {
    return base64url_decode(*jwk->string(name)).value();
  };
  if (*jwk->string("kty") == "EC") return EcPublic{member("x"), member("y")};
  if (*jwk->string("kty") == "OKP") return OkpPublic{member("x")};
  return RsaPublic{member("n"), member("e")};
}

class Wycheproof : public ::testing::TestWithParam<Suite> {
 protected:
  void SetUp() override {
    const auto path = testing_vectors::find(std::string("wycheproof/") + GetParam().file);
    if (!path) GTEST_SKIP() << GetParam().file << ": no vectors (RECANT_VECTORS)";
    const auto parsed =
        json::parse(testing_vectors::read(*path), {.members = 100'000, .string_bytes = 1'000'000});
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    document_ = *parsed;
  }

  /// Calls `check(group, test, valid)` for each test of the file.
  template <class Check>
  void for_each_test(Check check) {
    int seen = 0;
    for (const json::Value& group : *document_.find("testGroups")->as_array()) {
      for (const json::Value& test : *group.find("tests")->as_array()) {
        check(group, test, *test.string("result") == "valid");
        ++seen;
      }
    }
    EXPECT_EQ(seen, GetParam().tests);
  }

  static std::string describe(const json::Value& test) {
    return "tcId " + std::to_string(*test.find("tcId")->as_int64()) + ": " +
           *test.string("comment");
  }

 private:
  json::Value document_;
};

class WycheproofSignatures : public Wycheproof {};

TEST_P(WycheproofSignatures, J24_J25_J27_J28_J29_EachVerdictAsLabelled) {
  for_each_test([](const json::Value& group, const json::Value& test, bool valid) {
    const PublicMembers members = members_of(group);
    const auto key = VerificationKey::from_public(GetParam().algorithm, members);
    const auto* rsa = std::get_if<RsaPublic>(&members);
    if (rsa && rsa->e == ByteVector{3}) {
      ASSERT_FALSE(key);  // J34: such a key verifies nothing, whatever the label
      return;
    }
    ASSERT_TRUE(key) << to_string(key.error());
    const auto message = from_hex(*test.string("msg"));
    const std::string_view text(reinterpret_cast<const char*>(message.data()), message.size());
    EXPECT_EQ(key->verify(text, from_hex(*test.string("sig"))), valid) << describe(test);
  });
}

INSTANTIATE_TEST_SUITE_P(
    Files, WycheproofSignatures,
    ::testing::Values(Suite{"ecdsa_secp256r1_sha256_p1363_test.json", es256, 262},
                      Suite{"ecdsa_secp384r1_sha384_p1363_test.json", es384, 280},
                      Suite{"ecdsa_secp521r1_sha512_p1363_test.json", es512, 318},
                      Suite{"ed25519_test.json", eddsa, 151},
                      Suite{"rsa_signature_2048_sha256_test.json", rs256, 259},
                      Suite{"rsa_pss_2048_sha256_mgf1_32_test.json", ps256, 108}),
    [](const auto& test) { return std::string(to_string(test.param.algorithm)); });

class WycheproofMacs : public Wycheproof {};

TEST_P(WycheproofMacs, J30_EachVerdictAsLabelledAndHalfATagNever) {
  int short_tags = 0;
  for_each_test([&](const json::Value& group, const json::Value& test, bool valid) {
    const auto key = from_hex(*test.string("key"));
    const auto message = from_hex(*test.string("msg"));
    const auto tag = from_hex(*test.string("tag"));
    const bool whole = group.find("tagSize")->as_int64() == 256;
    if (!whole) ++short_tags;
    EXPECT_EQ(equal_in_constant_time(hmac_sha256(key, message), tag), valid && whole)
        << describe(test);
    // As a token's key, where it is long and random enough to be one.
    if (const auto hs256_key = VerificationKey::from_secret(hs256, key)) {
      const std::string_view text(reinterpret_cast<const char*>(message.data()), message.size());
      EXPECT_EQ(hs256_key->verify(text, tag), valid && whole) << describe(test);
    }
  });
  EXPECT_GT(short_tags, 0);
}

INSTANTIATE_TEST_SUITE_P(Files, WycheproofMacs,
                         ::testing::Values(Suite{"hmac_sha256_test.json", hs256, 174}),
                         [](const auto&) { return std::string("HS256"); });

}  // namespace
}  // namespace recant::crypto
