#include "crypto/password.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "crypto/random.hpp"

namespace recant::crypto {
namespace {

using namespace std::literals;

constexpr PasswordOptions kQuick{.memory_kib = 64, .iterations = 1};

SecretString secret(std::string_view text) { return SecretString(std::string(text)); }
std::string quick_hash(std::string_view password) {
  SystemRandom random;
  return hash_password(secret(password), kQuick, random);
}

// From the tests of the reference implementation (P-H-C/phc-winner-argon2), made by another code.
constexpr std::string_view kReference =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

TEST(Password, VerifiesTheReferenceImplementationsHash) {
  EXPECT_TRUE(verify_password(kReference, secret("password")));
  EXPECT_FALSE(verify_password(kReference, secret("passwore")));
  EXPECT_FALSE(verify_password(kReference, secret("")));
}

TEST(Password, A13_WritesAPhcStringWithTheParametersAndVerifiesIt) {
  SystemRandom random;
  const std::string phc = hash_password(secret("correct horse"), {}, random);
  EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << phc;
  EXPECT_TRUE(verify_password(phc, secret("correct horse")));
  EXPECT_FALSE(verify_password(phc, secret("correct horsf")));
}

TEST(Password, SaltsEachHash) { EXPECT_NE(quick_hash("same"), quick_hash("same")); }

TEST(Password, A14_EveryByteCounts) {
  struct Pair {
    std::string_view right, wrong;
  };
  const std::string longest(1024, 'x');
  const std::string longer_by_one(1025, 'x');
  for (const auto& [right, wrong] :
       {Pair{"a\0b"sv, "a\0c"sv}, Pair{"a\0b"sv, "a"sv}, Pair{"a"sv, "a\0"sv},
        Pair{"pässword"sv, "passwort"sv}, Pair{longest, longer_by_one}, Pair{"Case"sv, "case"sv},
        Pair{" x"sv, "x"sv}, Pair{""sv, "\0"sv}}) {
    const std::string phc = quick_hash(right);
    EXPECT_TRUE(verify_password(phc, secret(right)));
    EXPECT_FALSE(verify_password(phc, secret(wrong)));
  }
}

TEST(Password, A13_AsksForARehashWhenParametersDiffer) {
  const std::string phc = quick_hash("x");
  EXPECT_FALSE(needs_rehash(phc, kQuick));
  EXPECT_TRUE(needs_rehash(phc, {.memory_kib = 128, .iterations = 1}));
  EXPECT_TRUE(needs_rehash(phc, {.memory_kib = 64, .iterations = 2}));
  EXPECT_TRUE(needs_rehash("", kQuick));
  EXPECT_TRUE(needs_rehash("$2b$12$abcdefghijklmnopqrstuv", kQuick));
}

TEST(Password, RefusesWhatIsNoArgon2idString) {
  const std::string good = quick_hash("x");
  ASSERT_TRUE(verify_password(good, secret("x")));
  for (const std::string& phc :
       {""s, "x"s, "$argon2id$"s, good.substr(0, good.size() - 1), good + "A", good + '\0',
        "$argon2i$" + good.substr(10), std::string(10'000, '$'), '\0' + good}) {
    EXPECT_FALSE(verify_password(phc, secret("x"))) << phc.substr(0, 100);
  }
}

TEST(Password, RefusesParametersThatArgon2DoesNotHave) {
  SystemRandom random;
  EXPECT_THROW(hash_password(secret("x"), {.memory_kib = 7, .iterations = 1}, random),
               std::invalid_argument);
  EXPECT_THROW(hash_password(secret("x"), {.memory_kib = 64, .iterations = 0}, random),
               std::invalid_argument);
}

}  // namespace
}  // namespace recant::crypto
