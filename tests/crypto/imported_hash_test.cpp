#include "crypto/imported_hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/password.hpp"

namespace recant::crypto {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;

SecretString secret(std::string_view text) { return SecretString(std::string(text)); }

/// Made by passlib 1.7.4 and Python's hashlib from the password "correct horse".
struct Example {
  const char* name;
  const char* hash;
};
constexpr Example kExamples[] = {
    {"Bcrypt", "$2b$05$wcstdXf.xgV5A58peWxdde8/C3fA9yR1OOohm0pCZvD9qPRsf3XTq"},
    {"PhcScrypt",
     "$scrypt$ln=10,r=8,p=1$mLPW2vsfYyzlnPP+P+ecEw$/quaxxMFqJIetJvs1azD+c+vRfctrWmIGsolgPSo42k"},
    {"WerkzeugScrypt",
     "scrypt:1024:8:1$abcSALT$8b6870e42c54bd7849a354b3e9aaba7feb9942f89057c31dddafd095f8dac82ed02a3"
     "f16aae81a9fd3e56d7a725f844f28c338a8ff6d2e2f0b1340ca5d5374dc"},
    {"PasslibPbkdf2Sha1", "$pbkdf2$1000$vpeS0joHoPR.jzFGKOU8pw$VmWthPbVcCvEYHGrwjVu05YyaRQ"},
    {"PasslibPbkdf2Sha256",
     "$pbkdf2-sha256$1000$XovxHsNYy9kbQ4ixdq5V6g$AxcVQkVvGMRNCAb/klPijnpK9lvRpTZzlN0S3qLTjm0"},
    {"PasslibPbkdf2Sha512",
     "$pbkdf2-sha512$1000$ohSidI5xLuVcK0WIMWas9Q$4scUJU95D05V1LrOXLdfWtF/"
     "h0RstAOpgIpvXX9gM3.4TzaB8M3kytUb9qslPWbyvN3q77hpHrR.ApVp4CQ1hg"},
    {"PhcPbkdf2Sha512",
     "$pbkdf2-sha512$i=1000,l=64$c2FsdHNhbHRzYWx0MDEyMw$"
     "AR72hnUHZ3L3X1ZrbUplXLNhMKPoih11A2k/"
     "3xdo7RfZwzRdgp5LtDxG+PiEv0W7HOCDxPuCrwsXKDyFT+Z4ww"},
    {"DjangoPbkdf2Sha256",
     "pbkdf2_sha256$1000$TmONPZL5SaGv$x/4Yjst/mhSAH1MvipBaPufR7jdLRCg0YiL9RT6LfbM="},
    {"DjangoPbkdf2Sha1", "pbkdf2_sha1$1000$Qm5mxR9j1ytZ$+owbRreyPJnxFPWF0uy0/DCsWN4="},
    {"WerkzeugPbkdf2Sha256",
     "pbkdf2:sha256:1000$abcSALT$84797c605991986d95fa202ce331d04977245cb896425dfdfd4cb3690e8b8b3a"},
    {"Argon2idOfFourLanes",
     "$argon2id$v=19$m=256,t=2,p=4$ZkzpHQOglFIqJWTMmTPmfA$8bkArsV2HuBiCBhZH2EluA"},
    {"Argon2i", "$argon2i$v=19$m=256,t=3,p=1$wth77z1njNH6H4OQkvKesw$D3Coc/zCZArbStugXDEmbA"},
};

class ImportedHashTest : public ::testing::TestWithParam<Example> {};

TEST_P(ImportedHashTest, MatchesItsPasswordAndNoOther) {
  const auto hash = ImportedHash::parse(GetParam().hash);
  ASSERT_TRUE(hash) << hash.error();
  EXPECT_TRUE(hash->matches(secret("correct horse")));
  for (const auto wrong : {"correct horsf"sv, "Correct horse"sv, "correct horse "sv, ""sv,
                           "correct horse\0"sv, "correct"sv}) {
    EXPECT_FALSE(hash->matches(secret(wrong))) << wrong;
  }
}

TEST_P(ImportedHashTest, IsComparedByALoginAndThenOutdated) {
  EXPECT_TRUE(verify_password(GetParam().hash, secret("correct horse")));
  EXPECT_FALSE(verify_password(GetParam().hash, secret("correct horsf")));
  EXPECT_TRUE(needs_rehash(GetParam().hash, {}));
}

TEST_P(ImportedHashTest, CutAnywhereMatchesNothing) {
  std::string whole = GetParam().hash;
  while (whole.ends_with('=')) whole.pop_back();  // padding says nothing
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto hash = ImportedHash::parse(whole.substr(0, size));
    if (!hash) continue;
    EXPECT_FALSE(hash->matches(secret("correct horse"))) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ImportedHashTest, ::testing::ValuesIn(kExamples),
                         [](const auto& example) { return std::string(example.param.name); });

// From the documentation of Openwall's crypt_blowfish (its test vectors).
TEST(ImportedHash, ReadsTheThreeNamesOfBcrypt) {
  const std::string tail = "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  for (const std::string begin : {"$2a$", "$2b$", "$2y$"}) {
    const auto hash = ImportedHash::parse(begin + tail);
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->matches(secret("U*U"))) << begin;
    EXPECT_FALSE(hash->matches(secret("U*V"))) << begin;
  }
}

// The vector of the same documentation whose password goes on behind what bcrypt looks at.
TEST(ImportedHash, BcryptKnowsNoPasswordBeyondWhatItLooksAt) {
  const auto hash =
      ImportedHash::parse("$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui");
  ASSERT_TRUE(hash);
  const std::string looked_at =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  ASSERT_EQ(looked_at.size(), 72U);
  EXPECT_TRUE(hash->matches(secret(looked_at)));
  EXPECT_FALSE(hash->matches(secret(looked_at + "chars after 72 are ignored")));
  EXPECT_FALSE(hash->matches(secret(looked_at + "x")));
  EXPECT_FALSE(hash->matches(secret(looked_at + "\0"s)));
}

struct Refused {
  std::string text;
  std::string why;
};

TEST(ImportedHash, SaysWhatIsWrong) {
  const std::string salt = "mLPW2vsfYyzlnPP+P+ecEw";
  const std::string hash = "/quaxxMFqJIetJvs1azD+c+vRfctrWmIGsolgPSo42k";
  for (const auto& [text, why] : {
           Refused{"", "no password hash"},
           Refused{"hunter2", "no password hash"},
           Refused{"5f4dcc3b5aa765d61d8327deb882cf99", "no password hash"},  // MD5
           Refused{"$1$abc$defghijklmnopqrstuvwxy", "no password hash"},
           Refused{"$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                   "no password hash"},
           Refused{"$argon2d$v=19$m=256,t=3,p=1$RSilVOodI6T0PodQylnLOQ$KykzvOHm21pp6vx9G5fRGw",
                   "no password hash"},
           Refused{"pbkdf2_md5$1000$salt$" + hash, "no password hash"},
           Refused{"$2b$05$tooshort", "damaged"},
           Refused{"$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "damaged"},
           Refused{"$2b$05$CCCCCCCCCCCCCCCCCCCCC:E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "damaged"},
           Refused{"$scrypt$ln=10,r=8$" + salt + "$" + hash, "damaged"},
           Refused{"$scrypt$ln=0,r=8,p=1$" + salt + "$" + hash, "damaged"},
           Refused{"$scrypt$ln=10,r=8,p=1$" + salt + "$AAAA", "damaged"},
           Refused{"scrypt:1000:8:1$salt$" + std::string(128, '0'), "damaged"},
           Refused{"scrypt:1024:8:1$salt$" + std::string(64, '0'), "damaged"},
           Refused{"pbkdf2_sha256$0$salt$" + hash, "damaged"},
           Refused{"pbkdf2_sha256$1000$$" + hash, "damaged"},
           Refused{"$pbkdf2-sha256$i=1000,l=64$" + salt + "$" + hash, "damaged"},
           Refused{"$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + hash, "damaged"},
           Refused{"$argon2id$v=19$m=7,t=2,p=1$" + salt + "$" + hash, "damaged"},
           Refused{"$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "costs more"},
           Refused{"$scrypt$ln=24,r=64,p=1$" + salt + "$" + hash, "costs more"},
           Refused{"$scrypt$ln=60,r=8,p=1$" + salt + "$" + hash, "costs more"},
           Refused{"scrypt:1024:8:4000000000$salt$" + std::string(128, '0'), "costs more"},
           Refused{"pbkdf2_sha256$4000000000$salt$" + hash, "costs more"},
           Refused{"$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + hash, "costs more"},
           Refused{"$argon2id$v=19$m=256,t=4000000,p=1$" + salt + "$" + hash, "costs more"},
           Refused{"$2b$05$" + std::string(600, 'C'), "no password hash"},
           Refused{"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe\0"s, "no password"},
       }) {
    const auto parsed = ImportedHash::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error(), HasSubstr(why)) << text;
  }
}

TEST(ImportedHash, TakesWhatOtherSystemsMakeByDefaultAndNothingThatStallsAServer) {
  const std::string salt = "mLPW2vsfYyzlnPP+P+ecEw";
  const std::string hash = "/quaxxMFqJIetJvs1azD+c+vRfctrWmIGsolgPSo42k";
  const std::string end = "$" + salt + "$" + hash;
  const std::string bcrypt = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  for (const std::string& usual : {
           "$argon2id$v=19$m=65536,t=4,p=1" + end,   // PHP
           "$argon2id$v=19$m=65536,t=3,p=4" + end,   // argon2-cffi
           "$argon2id$v=19$m=102400,t=2,p=8" + end,  // Django
           "$scrypt$ln=17,r=8,p=1" + end,            // OWASP
           "pbkdf2_sha256$1200000$salt$" + hash,     // Django
           "$2b$13" + bcrypt,
       }) {
    EXPECT_TRUE(ImportedHash::parse(usual)) << usual;
  }
  // Each number of these is one that is taken elsewhere: it is the whole that costs too much.
  for (const std::string& costly : {
           "$argon2id$v=19$m=262144,t=64,p=16" + end,
           "$argon2id$v=19$m=65536,t=5,p=1" + end,
           "$argon2i$v=19$m=262144,t=3,p=1" + end,
           "$scrypt$ln=17,r=8,p=2" + end,
           "$scrypt$ln=18,r=8,p=1" + end,
           "pbkdf2_sha256$1500001$salt$" + hash,
           "$2b$14" + bcrypt,
       }) {
    const auto parsed = ImportedHash::parse(costly);
    ASSERT_FALSE(parsed) << costly;
    EXPECT_THAT(parsed.error(), HasSubstr("costs more")) << costly;
  }
}

}  // namespace
}  // namespace recant::crypto
