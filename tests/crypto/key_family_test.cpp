// What holds for keys of one family only.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "../hex.hpp"
#include "crypto/key.hpp"
#include "crypto/random.hpp"

namespace recant::crypto {

inline void PrintTo(KeyError error, std::ostream* out) { *out << to_string(error); }

namespace {

using enum Algorithm;
constexpr std::string_view kMessage = "a message";

SigningKey draw(Algorithm algorithm) {
  SystemRandom random;
  return *SigningKey::generate(algorithm, random);
}

KeyError refusal(Algorithm algorithm, const PublicMembers& members) {
  const auto key = VerificationKey::from_public(algorithm, members);
  EXPECT_FALSE(key);
  return key ? KeyError{} : key.error();
}

/// a - b, big-endian, of one length.
ByteVector minus(ByteVector a, Bytes b) {
  int borrow = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int digit = a[i] - b[i] - borrow;
    borrow = digit < 0;
    a[i] = static_cast<std::uint8_t>(digit & 0xff);
  }
  return a;
}

ByteVector joined(Bytes a, Bytes b) {
  ByteVector out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

// --- ECDSA. Orders of the curves: FIPS 186-4 §D.1.2.

struct Curve {
  Algorithm algorithm;
  const char* order;
};
constexpr Curve kCurves[] = {
    {es256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
    {es384,
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52"
     "973"},
    {es512,
     "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f"
     "709"
     "a5d03bb5c9b8899c47aebb6fb71e91386409"},
};

TEST(EcKey, J25_RefusesEveryRAndSOutOfRange) {
  for (const auto& [algorithm, order_hex] : kCurves) {
    const ByteVector order = from_hex(order_hex);
    ByteVector one(order.size(), 0);
    one.back() = 1;
    const std::vector<ByteVector> edges = {ByteVector(order.size(), 0), order,
                                           minus(order, minus(ByteVector(order.size(), 0), one)),
                                           ByteVector(order.size(), 0xff)};
    const SigningKey key = draw(algorithm);
    const ByteVector good = key.sign(kMessage);
    const Bytes r = Bytes(good).first(order.size());
    const Bytes s = Bytes(good).last(order.size());
    for (const ByteVector& edge : edges) {
      for (const ByteVector& other : edges) {
        EXPECT_FALSE(key.verification_key().verify(kMessage, joined(edge, other)));
      }
      EXPECT_FALSE(key.verification_key().verify(kMessage, joined(edge, s)));
      EXPECT_FALSE(key.verification_key().verify(kMessage, joined(r, edge)));
    }
    EXPECT_TRUE(key.verification_key().verify(kMessage, good));
  }
}

TEST(EcKey, J26_WritesTheLowSAndAcceptsTheHighOne) {
  for (const auto& [algorithm, order_hex] : kCurves) {
    const ByteVector order = from_hex(order_hex);
    const SigningKey key = draw(algorithm);
    for (int i = 0; i < 32; ++i) {  // a signer that did not choose would pass once in 2^32
      const ByteVector signature = key.sign(kMessage);
      const Bytes s = Bytes(signature).last(order.size());
      const ByteVector high = minus(order, s);
      EXPECT_TRUE(std::lexicographical_compare(s.begin(), s.end(), high.begin(), high.end()));
      EXPECT_TRUE(key.verification_key().verify(
          kMessage, joined(Bytes(signature).first(order.size()), high)));
    }
  }
}

TEST(EcKey, J36_RefusesCoordinatesOfAnotherLength) {
  const auto good = std::get<EcPublic>(draw(es256).verification_key().public_members());
  ASSERT_TRUE(VerificationKey::from_public(es256, good));
  EcPublic members = good;
  members.x.insert(members.x.begin(), 0);
  EXPECT_EQ(refusal(es256, members), KeyError::wrong_length);
  members = good;
  members.y.pop_back();
  EXPECT_EQ(refusal(es256, members), KeyError::wrong_length);
  EXPECT_EQ(refusal(es256, EcPublic{}), KeyError::wrong_length);
  EXPECT_EQ(refusal(es384, good), KeyError::wrong_length);
}

TEST(EcKey, J36_RefusesPointsThatAreNotOnTheCurve) {
  const auto good = std::get<EcPublic>(draw(es256).verification_key().public_members());
  EcPublic members = good;
  members.y.back() ^= 1;
  EXPECT_EQ(refusal(es256, members), KeyError::not_on_curve);
  EXPECT_EQ(refusal(es256, EcPublic{ByteVector(32, 0), ByteVector(32, 0)}), KeyError::not_on_curve);
  EXPECT_EQ(refusal(es256, EcPublic{ByteVector(32, 0xff), ByteVector(32, 0xff)}),
            KeyError::not_on_curve);
  members = good;
  std::swap(members.x, members.y);
  EXPECT_EQ(refusal(es256, members), KeyError::not_on_curve);
}

TEST(Key, J36_RefusesMembersOfAnotherFamily) {
  const auto ec = draw(es256).verification_key().public_members();
  const auto okp = draw(eddsa).verification_key().public_members();
  EXPECT_EQ(refusal(eddsa, ec), KeyError::wrong_algorithm);
  EXPECT_EQ(refusal(rs256, ec), KeyError::wrong_algorithm);
  EXPECT_EQ(refusal(es256, okp), KeyError::wrong_algorithm);
  EXPECT_EQ(refusal(es256, NoPublic{}), KeyError::wrong_algorithm);
  EXPECT_EQ(refusal(hs256, NoPublic{}), KeyError::wrong_algorithm);
}

// --- Ed25519.

TEST(OkpKey, J27_RefusesPublicKeysOfSmallOrderInEverySpelling) {
  for (const char* x : {
           // The eight points of small order ...
           "0100000000000000000000000000000000000000000000000000000000000000",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0000000000000000000000000000000000000000000000000000000000000080",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
           // ... with the sign of a zero x set ...
           "0100000000000000000000000000000000000000000000000000000000000080",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           // ... and with y + p instead of y.
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       }) {
    EXPECT_EQ(refusal(eddsa, OkpPublic{from_hex(x)}), KeyError::weak_point) << x;
  }
}

TEST(OkpKey, J27_RefusesPointsThatAreNotInTheGroup) {
  for (const char* x : {
           // The base point plus a point of order 8.
           "98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819",
           // y = 2 is on no point of the curve.
           "0200000000000000000000000000000000000000000000000000000000000000",
           // Not canonical, and of no small order: y = p + 3.
           "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    EXPECT_EQ(refusal(eddsa, OkpPublic{from_hex(x)}), KeyError::weak_point) << x;
  }
  EXPECT_EQ(refusal(eddsa, OkpPublic{ByteVector(31, 5)}), KeyError::wrong_length);
  EXPECT_EQ(refusal(eddsa, OkpPublic{ByteVector(33, 5)}), KeyError::wrong_length);
}

TEST(OkpKey, J27_RefusesARAndAnSThatVerifyByTheEquationAlone) {
  // RFC 8032 §7.1 test 1's key; R is the identity and S = h * a, so that S * B = R + h * A holds.
  const auto key = VerificationKey::from_public(
      eddsa,
      OkpPublic{from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")});
  ASSERT_TRUE(key);
  EXPECT_FALSE(key->verify(
      kMessage, from_hex("0100000000000000000000000000000000000000000000000000000000000000"
                         "122fd636491f2819c3b26f6c7bcdff0c0af508f4aacb44f80eec2e2263f84405")));

  // S + L is congruent to S.
  const ByteVector order =
      from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const SigningKey signer = draw(eddsa);
  ByteVector signature = signer.sign(kMessage);
  ASSERT_TRUE(signer.verification_key().verify(kMessage, signature));
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature[32 + i] + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_FALSE(signer.verification_key().verify(kMessage, signature));
}

// --- RSA. A modulus is not factored at import, so any odd number of the right size will do.

ByteVector modulus(std::size_t bits) {
  ByteVector n((bits + 7) / 8, 0x55);
  n.front() = static_cast<std::uint8_t>(1u << (bits - 1) % 8);
  n.back() = 0x57;
  return n;
}
const ByteVector kF4 = {0x01, 0x00, 0x01};

TEST(RsaKey, J34_BoundsTheModulus) {
  EXPECT_EQ(refusal(rs256, RsaPublic{modulus(2047), kF4}), KeyError::too_small);
  EXPECT_TRUE(VerificationKey::from_public(rs256, RsaPublic{modulus(2048), kF4}));
  EXPECT_TRUE(VerificationKey::from_public(rs256, RsaPublic{modulus(8192), kF4}));
  EXPECT_EQ(refusal(rs256, RsaPublic{modulus(8193), kF4}), KeyError::too_large);
  EXPECT_EQ(refusal(rs256, RsaPublic{modulus(100'000), kF4}), KeyError::too_large);
  EXPECT_EQ(refusal(rs256, RsaPublic{modulus(2048), modulus(100'000)}), KeyError::too_large);
  EXPECT_EQ(refusal(rs256, RsaPublic{{}, kF4}), KeyError::bad_modulus);
  EXPECT_EQ(refusal(rs256, RsaPublic{{0x03}, kF4}), KeyError::too_small);
}

TEST(RsaKey, J34_RefusesMalformedNumbers) {
  ByteVector even = modulus(2048);
  even.back() = 0x56;
  EXPECT_EQ(refusal(rs256, RsaPublic{even, kF4}), KeyError::bad_modulus);
  EXPECT_EQ(refusal(rs256, RsaPublic{joined(ByteVector{0}, modulus(2048)), kF4}),
            KeyError::bad_modulus);
  for (const ByteVector& e :
       {ByteVector{}, ByteVector{0}, ByteVector{1}, ByteVector{3}, ByteVector{0xff, 0xff},
        ByteVector{0x01, 0x00, 0x02}, ByteVector{0x00, 0x01, 0x00, 0x01}, ByteVector(9, 0x01)}) {
    EXPECT_EQ(refusal(rs256, RsaPublic{modulus(2048), e}), KeyError::bad_exponent) << to_hex(e);
  }
  EXPECT_TRUE(VerificationKey::from_public(rs256, RsaPublic{modulus(2048), {0x01, 0x00, 0x03}}));
  EXPECT_TRUE(VerificationKey::from_public(rs256, RsaPublic{modulus(2048), ByteVector(8, 0x01)}));
}

TEST(RsaKey, J34_RefusesModuliOfTheRocaGenerator) {
  // 65537^128 is a power of 65537 modulo every prime, as those moduli are.
  ByteVector power(300, 0);  // little-endian
  power[0] = 1;
  for (int i = 0; i < 128; ++i) {
    ByteVector next = power;  // n * 65537 = n + (n << 16)
    int carry = 0;
    for (std::size_t j = 2; j < next.size(); ++j) {
      carry += next[j] + power[j - 2];
      next[j] = static_cast<std::uint8_t>(carry & 0xff);
      carry >>= 8;
    }
    power = next;
  }
  while (power.back() == 0) power.pop_back();
  ByteVector n(power.rbegin(), power.rend());
  ASSERT_EQ(n.size(), 257u);
  EXPECT_EQ(refusal(rs256, RsaPublic{n, kF4}), KeyError::bad_modulus);
  n.back() = static_cast<std::uint8_t>(n.back() + 2);
  EXPECT_TRUE(VerificationKey::from_public(rs256, RsaPublic{n, kF4}));
}

// ASVS 11.2.3: 128 bits of security.
TEST(RsaKey, A09_ANewKeyHas3072Bits) {
  const SigningKey key = draw(rs256);
  EXPECT_EQ(std::get<RsaPublic>(key.verification_key().public_members()).n.size(), 384u);
}

TEST(RsaKey, J28_TheSignatureIsAsLongAsTheModulus) {
  const SigningKey key = draw(rs256);
  const auto& members = std::get<RsaPublic>(key.verification_key().public_members());
  EXPECT_EQ(key.sign(kMessage).size(), members.n.size());
}

// --- HMAC.

ByteVector counting(std::size_t length) {
  ByteVector out(length);
  for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<std::uint8_t>(i);
  return out;
}

KeyError secret_refusal(Algorithm algorithm, Bytes secret) {
  const auto key = VerificationKey::from_secret(algorithm, secret);
  EXPECT_FALSE(key);
  return key ? KeyError{} : key.error();
}

TEST(SecretKey, J35_IsAtLeastAsLongAsItsHash) {
  for (const auto& [algorithm, length] :
       {std::pair{hs256, 32u}, std::pair{hs384, 48u}, std::pair{hs512, 64u}}) {
    EXPECT_TRUE(VerificationKey::from_secret(algorithm, counting(length)));
    EXPECT_EQ(secret_refusal(algorithm, counting(length - 1)), KeyError::too_small);
    EXPECT_EQ(secret_refusal(algorithm, {}), KeyError::too_small);
  }
}

TEST(SecretKey, J35_IsNotSomethingThatSomebodyTyped) {
  for (const char* secret :
       {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "passwordpasswordpasswordpassword",
        "0123456789abcdef0123456789abcdef", "abababababababababababababababab",
        "the-secret-of-mine the-secret-of-mine ", "00000000000000000000000000000001"}) {
    EXPECT_EQ(secret_refusal(hs256, as_bytes(secret)), KeyError::weak_secret) << secret;
  }
  EXPECT_TRUE(VerificationKey::from_secret(  // 32 random bytes written as hex digits
      hs256, as_bytes("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")));
}

TEST(SecretKey, J35_ASecretOfOurOwnWasDrawn) {
  const auto own = [](std::string_view secret) {
    return SigningKey::import_private(hs256, SecretString(std::string(secret)));
  };
  for (const std::string& secret :
       {std::string(64, '\0'), std::string(32, '\xff'), std::string(32, 'a')}) {
    ASSERT_FALSE(own(secret));
    EXPECT_EQ(own(secret).error(), KeyError::weak_secret);
  }
  const ByteVector drawn = counting(32);
  EXPECT_TRUE(own({reinterpret_cast<const char*>(drawn.data()), drawn.size()}));
  // Another issuer's may be anything that nobody typed: Wycheproof's is 32 zeros.
  EXPECT_TRUE(VerificationKey::from_secret(hs256, ByteVector(32, 0)));
}

}  // namespace
}  // namespace recant::crypto
