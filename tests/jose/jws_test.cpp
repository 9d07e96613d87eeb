#include "jose/jws.hpp"

#include <gtest/gtest.h>

#include "jose/sign.hpp"
#include "tokens.hpp"

namespace recant::jose {
namespace {

using enum crypto::Algorithm;
using namespace std::literals;

const crypto::SigningKey& ed_key() {
  static const crypto::SigningKey key = draw(eddsa);
  return key;
}
const KeySet& ed_keys() {
  static const KeySet keys = one_key(ed_key());
  return keys;
}
constexpr std::string_view kHeader = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1"})";

std::string with_header(std::string_view header) {
  return verdict(token(ed_key(), header), ed_keys());
}

TEST(Jws, SignsWhatItVerifies) {
  const std::string text = sign_jws(ed_key(), "k1", "at+jwt", R"({"sub":"x"})");
  const auto verified = verify_jws(text, ed_keys());
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->typ(), "at+jwt");
  EXPECT_EQ(verified->kid(), "k1");
  EXPECT_FALSE(verified->has_cty());
  EXPECT_EQ(verified->algorithm(), eddsa);
  EXPECT_EQ(verified->payload(), R"({"sub":"x"})");
  EXPECT_EQ(text.substr(0, text.find('.')), base64url_encode(kHeader));
}

// --- Form.

TEST(Jws, J01_BoundsItsLength) {
  const std::string whole = token(ed_key(), kHeader, std::string(5'000, ' '));
  ASSERT_LT(whole.size(), 8u * 1024);
  EXPECT_EQ(verdict(whole, ed_keys()), "accepted");
  EXPECT_EQ(verdict(whole, ed_keys(), {.max_bytes = whole.size()}), "accepted");
  EXPECT_EQ(verdict(whole, ed_keys(), {.max_bytes = whole.size() - 1}), "too_long");
  const std::string longer = token(ed_key(), kHeader, std::string(7'000, ' '));
  EXPECT_EQ(verdict(longer, ed_keys()), "too_long");
  EXPECT_EQ(verdict(longer, ed_keys(), {.max_bytes = 16 * 1024}), "accepted");
  const std::string beyond = token(ed_key(), kHeader, std::string(13'000, ' '));
  EXPECT_EQ(verdict(beyond, ed_keys(), {.max_bytes = 1'000'000}), "too_long");
  EXPECT_EQ(verdict(std::string(1'000'000, '.'), ed_keys()), "too_long");
}

TEST(Jws, J02_J03_HasExactlyThreeSegments) {
  const std::string good = token(ed_key(), kHeader);
  for (const std::string& text :
       {""s, "."s, ".."s, "a"s, "a.b"s, good + ".", "." + good, good + ".x",
        good.substr(0, good.rfind('.')), std::string(8'000, '.'), "a..b.c"s}) {
    EXPECT_NE(verdict(text, ed_keys()), "accepted") << text.substr(0, 80);
  }
  EXPECT_EQ(verdict("a.b", ed_keys()), "not_compact");
  EXPECT_EQ(verdict("a.b.c.d", ed_keys()), "not_compact");
  EXPECT_EQ(verdict("a.b.c.d.e", ed_keys()), "encrypted");
  EXPECT_EQ(verdict("a.b.c.d.e.f", ed_keys()), "not_compact");
}

TEST(Jws, J04_RefusesEveryByteOutsideItsAlphabetEverywhere) {
  const std::string good = token(ed_key(), kHeader);
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.') continue;
    for (const std::size_t at :
         {std::size_t{0}, good.find('.') + 1, good.rfind('.') + 1, good.size()}) {
      std::string text = good;
      text.insert(at, 1, c);
      EXPECT_EQ(verdict(text, ed_keys()), "not_compact") << byte << " at " << at;
    }
  }
  EXPECT_EQ(verdict(good, ed_keys()), "accepted");
}

TEST(Jws, J05_RefusesTheJsonSerialization) {
  const std::string good = token(ed_key(), kHeader);
  const std::size_t first = good.find('.');
  const std::size_t last = good.rfind('.');
  const std::string flattened = R"({"protected":")" + good.substr(0, first) + R"(","payload":")" +
                                good.substr(first + 1, last - first - 1) + R"(","signature":")" +
                                good.substr(last + 1) + "\"}";
  EXPECT_EQ(verdict(flattened, ed_keys()), "not_compact");
}

TEST(Jws, J06_RefusesEveryOtherSpellingOfItsBytes) {
  const std::string good = token(ed_key(), kHeader);
  ASSERT_EQ(verdict(good, ed_keys()), "accepted");
  // 64 bytes leave four bits over in the last of 86 characters: fifteen other spellings of the
  // same.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t value = kAlphabet.find(good.back());
  ASSERT_EQ(value % 16, 0u);
  for (std::size_t low = 1; low < 16; ++low) {
    std::string text = good;
    text.back() = kAlphabet[value + low];
    EXPECT_EQ(verdict(text, ed_keys()), "bad_base64url");
  }
  EXPECT_EQ(verdict(good + "=", ed_keys()), "not_compact");
  EXPECT_EQ(verdict(good + "==", ed_keys()), "not_compact");
  EXPECT_EQ(verdict(good + "AAA", ed_keys()), "bad_base64url");
  EXPECT_EQ(verdict("A" + good.substr(good.find('.')), ed_keys()), "bad_base64url");
}

TEST(Jws, J07_J08_J09_RefusesAHeaderThatIsNotOneStrictJsonObject) {
  for (const auto header :
       {""sv, " "sv, "null"sv, "[]"sv, "\"x\""sv, "{"sv, R"({"alg":"EdDSA","kid":"k1"} x)"sv,
        R"({"alg":"EdDSA","kid":"k1"}{})"sv, "\xef\xbb\xbf{\"alg\":\"EdDSA\",\"kid\":\"k1\"}"sv,
        "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x\":\"\xc0\xaf\"}"sv,
        "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x\":\"\\ud800\"}"sv,
        R"({"alg":"EdDSA","alg":"EdDSA","kid":"k1"})"sv,
        R"({"alg":"none","\u0061lg":"EdDSA","kid":"k1"})"sv,
        R"({"alg":"EdDSA","kid":"k1","x":{"a":1,"a":1}})"sv,
        R"({"alg":"EdDSA","kid":"k1","x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]})"sv,
        R"({'alg':'EdDSA'})"sv}) {
    EXPECT_EQ(with_header(header), "bad_header") << header;
  }
  EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":"k1","x":")" + std::string(513, 'x') + "\"}"),
            "bad_header");
  EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":"k1","x":")" + std::string(512, 'x') + "\"}"),
            "accepted");
  EXPECT_EQ(with_header(" {\"kid\" : \"k1\",\r\n\"alg\":\"EdDSA\"} "), "accepted");
}

// --- Header.

TEST(Jws, J11_RefusesNoneAndEveryUnknownAlgorithm) {
  for (const char* alg : {"null",
                          "1",
                          "true",
                          "[\"EdDSA\"]",
                          "{}",
                          "\"\"",
                          "\"none\"",
                          "\"None\"",
                          "\"noNE\"",
                          "\"NONE\"",
                          "\"nOnE\"",
                          "\"eddsa\"",
                          "\"EDDSA\"",
                          "\"EdDSA \"",
                          "\" EdDSA\"",
                          "\"EdDSA\\u0000\"",
                          "\"Ed448\"",
                          "\"ES256K\"",
                          "\"HS1\"",
                          "\"dir\"",
                          "\"RSA1_5\"",
                          "\"ECDH-ES\"",
                          "\"PBES2-HS256+A128KW\""}) {
    EXPECT_EQ(with_header(R"({"kid":"k1","alg":)" + std::string(alg) + "}"), "bad_algorithm")
        << alg;
  }
  EXPECT_EQ(with_header(R"({"kid":"k1"})"), "bad_algorithm");
  EXPECT_EQ(with_header(R"({"kid":"k1","alg":"EdDSA"})"), "accepted");
}

TEST(Jws, J11_J31_RefusesAnUnsignedToken) {
  for (const char* alg : {"none", "None", "NONE", "noNE"}) {
    const std::string input = signing_input(R"({"alg":")" + std::string(alg) + "\"}", "{}");
    EXPECT_EQ(verdict(input + ".", ed_keys()), "bad_algorithm");
    EXPECT_EQ(verdict(input + ".", KeySet()), "bad_algorithm");
  }
}

TEST(Jws, J12_RefusesEveryAlgorithmButThatOfTheKey) {
  for (const auto& [algorithm, own] :
       {std::pair{es256, "ES256"sv}, std::pair{eddsa, "EdDSA"sv}, std::pair{hs256, "HS256"sv}}) {
    const auto key = draw(algorithm);
    for (const auto name :
         {"ES256"sv, "ES384"sv, "ES512"sv, "EdDSA"sv, "RS256"sv, "RS384"sv, "RS512"sv, "PS256"sv,
          "PS384"sv, "PS512"sv, "HS256"sv, "HS384"sv, "HS512"sv}) {
      const std::string header = R"({"alg":")" + std::string(name) + R"(","kid":"k1"})";
      EXPECT_EQ(verdict(token(key, header), one_key(key)),
                name == own ? "accepted" : "wrong_algorithm")
          << name << " with a key of " << own;
    }
  }
}

// CVE-2015-9235 and many after it: a public key is known to all, so it must never be a secret.
TEST(Jws, J13_NeverTakesAPublicKeyForASecret) {
  const auto key = draw(es256);
  const auto& point = std::get<crypto::EcPublic>(key.verification_key().public_members());
  const std::string input = signing_input(R"({"alg":"HS256","kid":"k1"})", "{}");
  for (const crypto::ByteVector& secret : {point.x, point.y}) {
    const auto mac = crypto::hmac_sha256(secret, crypto::as_bytes(input));
    EXPECT_EQ(verdict(input + "." + base64url_encode(mac), one_key(key)), "wrong_algorithm");
    EXPECT_EQ(verdict(input + "." + base64url_encode(mac), KeySet({{"", key.verification_key()}})),
              "unknown_key");
  }
}

TEST(Jws, J14_NeverTakesAKeyFromTheToken) {
  const auto attacker = draw(eddsa);
  const auto& x = std::get<crypto::OkpPublic>(attacker.verification_key().public_members()).x;
  const std::string jwk =
      R"({"kty":"OKP","crv":"Ed25519","kid":"k1","x":")" + base64url_encode(x) + "\"}";
  for (const std::string& member :
       {R"("jwk":)" + jwk, R"("jku":"https://attacker.example/jwks.json")"s,
        R"("x5u":"https://attacker.example/x")"s, R"("x5c":["MIIB"])"s, R"("x5t":"AAAA")"s,
        R"("x5t#S256":"AAAA")"s}) {
    const std::string named = R"({"alg":"EdDSA","kid":"k1",)" + member + "}";
    const std::string unnamed = R"({"alg":"EdDSA",)" + member + "}";
    EXPECT_EQ(verdict(token(attacker, named), ed_keys()), "bad_signature") << member;
    EXPECT_EQ(verdict(token(attacker, unnamed), ed_keys()), "bad_signature") << member;
    EXPECT_EQ(verdict(token(attacker, unnamed), KeySet()), "unknown_key") << member;
    EXPECT_EQ(verdict(token(ed_key(), named), ed_keys()), "accepted") << member;  // ignored
  }
}

TEST(Jws, J15_LooksAKidUpByItsExactBytes) {
  for (const char* kid :
       {"null", "1", "[\"k1\"]", "{}", "\"k1\\u0000\"", "\"k1\\r\\nX: y\"", "\"\\u007f\""}) {
    EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":)" + std::string(kid) + "}"), "bad_member")
        << kid;
  }
  for (const char* kid : {"", "k", "K1", "k1 ", " k1", "k11", "*", "k?", "../../../../dev/null",
                          "k1' OR '1'='1", "k1)(|(uid=*", "k1%00"}) {
    EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":")" + std::string(kid) + "\"}"), "unknown_key")
        << kid;
  }
  const std::string longest(128, 'k');
  const std::string header = R"({"alg":"EdDSA","kid":")";
  EXPECT_EQ(verdict(token(ed_key(), header + longest + "\"}"), one_key(ed_key(), longest)),
            "accepted");
  EXPECT_EQ(verdict(token(ed_key(), header + longest + "k\"}"), one_key(ed_key(), longest + "k")),
            "bad_member");
}

TEST(Jws, J15_ATokenWithoutKidNeedsASetOfOneKey) {
  const std::string unnamed = token(ed_key(), R"({"alg":"EdDSA"})");
  EXPECT_EQ(verdict(unnamed, ed_keys()), "accepted");
  EXPECT_EQ(verdict(unnamed, KeySet({{"", ed_key().verification_key()}})), "accepted");
  EXPECT_EQ(verdict(unnamed, KeySet()), "unknown_key");
  const KeySet two({{"k1", ed_key().verification_key()}, {"k2", draw(es256).verification_key()}});
  EXPECT_EQ(verdict(unnamed, two), "unknown_key");
  EXPECT_EQ(verdict(token(ed_key(), kHeader), two), "accepted");
}

TEST(Jws, J17_J18_RefusesEveryCriticalExtension) {
  for (const char* member :
       {R"("crit":[])", R"("crit":["exp"],"exp":1)", R"("crit":["b64"],"b64":false)",
        R"("crit":["b64"],"b64":true)", R"("crit":["alg"])", R"("crit":["x","x"],"x":1)",
        R"("crit":"exp")", R"("crit":null)", R"("crit":[1])", R"("crit":["absent"])",
        R"("b64":false)", R"("b64":true)", R"("b64":null)"}) {
    EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":"k1",)" + std::string(member) + "}"),
              "critical_extension")
        << member;
  }
}

TEST(Jws, J19_RefusesMembersOfEncryptionOnly) {
  for (const char* member :
       {R"("zip":"DEF")", R"("enc":"A256GCM")", R"("epk":{})", R"("apu":"")", R"("apv":"")",
        R"("iv":"")", R"("tag":"")", R"("p2s":"")", R"("p2c":1000000000)", R"("zip":null)"}) {
    EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":"k1",)" + std::string(member) + "}"),
              "encryption_header")
        << member;
  }
}

TEST(Jws, J20_J23_TypAndCtyAreStrings) {
  for (const char* member :
       {R"("typ":1)", R"("typ":null)", R"("typ":["at+jwt"])", R"("cty":1)", R"("cty":{})"}) {
    EXPECT_EQ(with_header(R"({"alg":"EdDSA","kid":"k1",)" + std::string(member) + "}"),
              "bad_member")
        << member;
  }
  const auto nested =
      verify_jws(token(ed_key(), R"({"alg":"EdDSA","kid":"k1","cty":"JWT"})"), ed_keys());
  ASSERT_TRUE(nested);
  EXPECT_TRUE(nested->has_cty());
  EXPECT_EQ(nested->typ(), "");
}

TEST(Jws, J22_TakesTheNamesOfEd25519ThatAreConfigured) {
  const std::string old_name = token(ed_key(), R"({"alg":"EdDSA","kid":"k1"})");
  const std::string new_name = token(ed_key(), R"({"alg":"Ed25519","kid":"k1"})");
  EXPECT_EQ(verdict(old_name, ed_keys()), "accepted");
  EXPECT_EQ(verdict(new_name, ed_keys()), "accepted");
  EXPECT_EQ(verdict(old_name, ed_keys(), {.accept_eddsa = false}), "bad_algorithm");
  EXPECT_EQ(verdict(new_name, ed_keys(), {.accept_eddsa = false}), "accepted");
  EXPECT_EQ(verdict(old_name, ed_keys(), {.accept_ed25519 = false}), "accepted");
  EXPECT_EQ(verdict(new_name, ed_keys(), {.accept_ed25519 = false}), "bad_algorithm");
}

// --- Signature.

TEST(Jws, J31_RefusesAnEmptySignature) {
  for (const auto algorithm : {es256, eddsa, hs256}) {
    const auto key = draw(algorithm);
    const std::string header =
        R"({"alg":")" + std::string(to_string(algorithm)) + R"(","kid":"k1"})";
    EXPECT_EQ(verdict(signing_input(header, "{}") + ".", one_key(key)), "bad_signature");
  }
}

TEST(Jws, J33_SignsTheReceivedBytes) {
  // The same JSON written otherwise is another message.
  const std::string good = token(ed_key(), kHeader, R"({"sub":"x"})");
  const std::string header = good.substr(0, good.find('.'));
  const std::string signature = good.substr(good.rfind('.'));
  EXPECT_EQ(verdict(header + "." + base64url_encode(R"({"sub": "x"})") + signature, ed_keys()),
            "bad_signature");
  // And whatever way it is written, its own signature is right.
  EXPECT_EQ(verdict(token(ed_key(), kHeader, "{ \"sub\" :\t\"x\" }"), ed_keys()), "accepted");
}

TEST(Jws, J33_TakesSegmentsOfOneTokenOnly) {
  const std::string a = token(ed_key(), kHeader, R"({"sub":"a"})");
  const std::string b = token(ed_key(), kHeader, R"({"sub":"b"})");
  EXPECT_EQ(verdict(a.substr(0, a.rfind('.')) + b.substr(b.rfind('.')), ed_keys()),
            "bad_signature");
}

TEST(Jws, CarriesAnyPayload) {
  for (const auto payload : {""sv, "not JSON"sv, "\0\xff"sv}) {
    const auto verified = verify_jws(sign_jws(ed_key(), "k1", "", payload), ed_keys());
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->payload(), payload);
  }
}

TEST(ParsedJws, ShowsATokenThatNobodyVouchesFor) {
  const auto parsed = parse_jws(signing_input(R"({"alg":"none"})", "{}") + ".");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->header().string("alg"), "none");
  EXPECT_EQ(parsed->payload(), "{}");
}

TEST(KeySet, RefusesTwoKeysOfOneName) {
  const auto key = ed_key().verification_key();
  EXPECT_THROW(KeySet({{"a", key}, {"b", key}, {"a", key}}), std::invalid_argument);
  EXPECT_NO_THROW(KeySet({{"a", key}, {"b", key}, {"", key}, {"", key}}));
}

}  // namespace
}  // namespace recant::jose
