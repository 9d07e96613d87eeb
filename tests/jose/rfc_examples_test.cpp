// The examples of RFC 7515 appendices A and E, RFC 7519 §3.1, §6.1 and appendix A, RFC 7520 §4.2
// and §4.3 (whose s is the high one), RFC 7638 §3.1 and RFC 8037 appendix A.
#include <gtest/gtest.h>

#include "jose/jwks.hpp"
#include "jose/sign.hpp"
#include "tokens.hpp"

namespace recant::jose {
namespace {

struct Example {
  const char* name;
  const char* jwk;  ///< its members, without `alg`'s
  const char* alg;
  const char* token;
  std::string_view payload;
};
void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }

constexpr char kPayload[] =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

// RFC 7520 §4: the apostrophes and the dash are not ASCII.
constexpr char kProverb[] =
    "It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you "
    "don't keep your feet, there’s no knowing where you might be swept off to.";

const Example kExamples[] = {
    {"Rfc7515_A1_HS256",
     R"("kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")",
     "HS256",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q."
     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
     kPayload},
    {"Rfc7515_A2_RS256",
     R"("kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB")",
     "RS256",
     "eyJhbGciOiJSUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q."
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
     "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
     "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
     "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
     kPayload},
    {"Rfc7515_A3_ES256",
     R"("kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")",
     "ES256",
     "eyJhbGciOiJFUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q."
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
     kPayload},
    {"Rfc8037_A5_EdDSA",
     R"("kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")", "EdDSA",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
     "Example of Ed25519 signing"},
    {"Rfc7520_4_2_PS384",
     R"("kid":"bilbo.baggins@hobbiton.example","kty":"RSA","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB")",
     "PS384",
     "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9."
     "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250b"
     "yB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcm"
     "UgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4."
     "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TT"
     "B5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrY"
     "RXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtf"
     "a64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
     kProverb},
    {"Rfc7520_4_3_ES512_HighS",
     R"("kid":"bilbo.baggins@hobbiton.example","kty":"EC","crv":"P-521","x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt","y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1")",
     "ES512",
     "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9."
     "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250b"
     "yB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcm"
     "UgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4."
     "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3"
     "mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
     kProverb},
    {"Rfc7515_A4_ES512",
     R"("kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2")",
     "ES512",
     "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
     "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8G"
     "aSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
     "Payload"},
};

std::string set_of(const Example& example, const std::string& more) {
  return std::string("{\"keys\":[{") + example.jwk + more + "}]}";
}

class RfcExample : public testing::TestWithParam<Example> {
 protected:
  KeySet keys() {
    const auto set =
        parse_jwks(set_of(GetParam(), ",\"alg\":\"" + std::string(GetParam().alg) + "\""));
    EXPECT_TRUE(set) << set.error().message();
    return set ? *set : KeySet();
  }
};

TEST_P(RfcExample, Verifies) {
  const auto verified = verify_jws(GetParam().token, keys());
  ASSERT_TRUE(verified) << name_of(verified.error());
  EXPECT_EQ(to_string(verified->algorithm()), GetParam().alg);
  EXPECT_EQ(verified->payload(), GetParam().payload);
}

TEST_P(RfcExample, IsRefusedWithAnyBitOfItsSignatureFlipped) {
  const std::string text = GetParam().token;
  const std::size_t last_dot = text.rfind('.');
  auto signature = *base64url_decode(text.substr(last_dot + 1));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    signature[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_EQ(verdict(text.substr(0, last_dot + 1) + base64url_encode(signature), keys()),
              "bad_signature");
    signature[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
}

TEST_P(RfcExample, IsRefusedWithAnyCharacterChanged) {
  const std::string text = GetParam().token;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = text[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(verdict(changed, keys()), "accepted") << "character " << i;
  }
}

TEST_P(RfcExample, J12_AKeyWithoutAlgMeansTheOneThatItsKindImplies) {
  const auto set = parse_jwks(set_of(GetParam(), ""));
  const std::string_view alg = GetParam().alg;
  ASSERT_EQ(set.has_value(), alg != "HS256");  // nothing implies a secret's
  if (set) {
    EXPECT_EQ(verdict(GetParam().token, *set), alg == "PS384" ? "wrong_algorithm" : "accepted");
  }
}

INSTANTIATE_TEST_SUITE_P(All, RfcExample, testing::ValuesIn(kExamples),
                         [](const auto& test) { return std::string(test.param.name); });

// What the RFCs show besides, and what nobody is let in by: an unsecured JWS, a JWE, JSON.
TEST(RfcExample, WhatIsNotSignedIsRefusedByItsName) {
  const std::string unsecured =
      "eyJhbGciOiJub25lIn0."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ.";
  const std::string jwe =
      "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0."
      "QR1Owv2ug2WyPBnbQrRARTeEk9kDO2w8qDcjiHnSJflSdv1iNqhWXaKH4MqAkQtM"
      "oNfABIPJaZm0HaA415sv3aeuBWnD8J-Ui7Ah6cWafs3ZwwFKDFUUsWHSK-IPKxLG"
      "TkND09XyjORj_CHAgOPJ-Sd8ONQRnJvWn_hXV1BNMHzUjPyYwEsRhDhzjAD26ima"
      "sOTsgruobpYGoQcXUwFDn7moXPRfDE8-NoQX7N7ZYMmpUDkR-Cx9obNGwJQ3nM52"
      "YCitxoQVPzjbl7WBuB7AohdBoZOdZ24WlN1lVIeh8v1K4krB8xgKvRU8kgFrEn_a"
      "1rZgN5TiysnmzTROF869lQ.AxY8DCtDaGlsbGljb3RoZQ."
      "MKOle7UQrG6nSxTLX6Mqwt0orbHvAKeWnDYvpIAeZ72deHxz3roJDXQyhxx0wKaM"
      "HDjUEOKIwrtkHthpqEanSBNYHZgmNOV7sln1Eu9g3J8.fiK51VwhsxJ-siBMR-YFiA";
  const std::string critical =
      "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9l"
      "eGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.";
  const std::string_view es256 = kExamples[2].token;
  const std::string flattened =
      R"({"payload":")" + std::string(es256.substr(21, es256.rfind('.') - 21)) +
      R"(","protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},)" +
      R"("signature":")" + std::string(es256.substr(es256.rfind('.') + 1)) + R"("})";
  const auto keys = parse_jwks(set_of(kExamples[2], R"(,"alg":"ES256")"));
  ASSERT_TRUE(keys);
  ASSERT_EQ(verdict(es256, *keys), "accepted");
  EXPECT_EQ(verdict(unsecured, *keys), "bad_algorithm") << "RFC 7515 A.5, RFC 7519 §6.1";
  EXPECT_EQ(verdict(jwe, *keys), "encrypted") << "RFC 7519 A.1";
  EXPECT_EQ(verdict(flattened, *keys), "not_compact") << "RFC 7515 A.7";
  EXPECT_NE(verdict(critical, *keys), "accepted") << "RFC 7515 E";
}

TEST(RfcExample, Rfc8037_A4_OurSignerWritesTheSameBytes) {
  const auto key = crypto::SigningKey::import_private(crypto::Algorithm::eddsa, SecretString(R"(
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
)"));
  ASSERT_TRUE(key);
  EXPECT_EQ(sign_jws(*key, "", "", "Example of Ed25519 signing"), kExamples[3].token);
}

TEST(Thumbprint, J40_Rfc7638_3_1_Rsa) {
  const auto set = parse_jwks(
      R"({"keys":[{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}]})");
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(thumbprint(set->keys().front().key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Thumbprint, J40_Rfc8037_A3_Okp) {
  const auto set = parse_jwks(set_of(kExamples[3], ""));
  ASSERT_TRUE(set);
  EXPECT_EQ(thumbprint(set->keys().front().key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Thumbprint, J40_OfASecretIsOverKAndKty) {
  std::string secret;
  for (char c = 0; c < 32; ++c) secret += c;
  const auto key =
      crypto::SigningKey::import_private(crypto::Algorithm::hs256, SecretString(secret));
  ASSERT_TRUE(key);
  const auto expected =
      crypto::sha256(R"({"k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","kty":"oct"})");
  EXPECT_EQ(thumbprint(*key), base64url_encode(expected));
  EXPECT_THROW(thumbprint(key->verification_key()), std::invalid_argument);
}

}  // namespace
}  // namespace recant::jose
