#include "redis/keys.hpp"

#include <gtest/gtest.h>

#include <set>

namespace recant::redis {
namespace {

TEST(KeysTest, AreSpelledAsTheContractSpellsThem) {
  const Keys keys;
  EXPECT_EQ(keys.blacklisted_jti("j-1"), "blacklist:jti:j-1");
  EXPECT_EQ(keys.blacklisted_session("s-1"), "blacklist:session:s-1");
  EXPECT_EQ(keys.blacklisted_subject("alice"), "blacklist:user:alice");
  EXPECT_EQ(keys.blacklisted_all(), "blacklist:all");
  EXPECT_EQ(keys.whitelisted_jti("alice", "j-1"), "whitelist:user:alice:jti:j-1");
  EXPECT_EQ(keys.whitelisted_jti("a:jti:b", "c:d"), "whitelist:user:a%3Ajti%3Ab:jti:c%3Ad");
  EXPECT_EQ(keys.refresh_token("alice", "Zm9v"), "refresh_token:Zm9v");
  EXPECT_EQ(keys.session("alice", "s-1"), "session:user:alice:s-1");
  EXPECT_EQ(keys.sessions("alice"), "sessions:user:alice");
  EXPECT_EQ(keys.reason_for_jti("j-1"), "recant:reason:jti:j-1");
  EXPECT_EQ(keys.reason_for_session("s-1"), "recant:reason:session:s-1");
  EXPECT_EQ(keys.reason_for_subject("alice"), "recant:reason:user:alice");
  EXPECT_EQ(keys.reason_for_all(), "recant:reason:all");
  EXPECT_EQ(keys.horizon(), "recant:horizon");
  EXPECT_EQ(keys.ahead(), "recant:ahead");
  EXPECT_EQ(keys.policy(), "recant:policy");
}

TEST(KeysTest, AnEmptyIdGivesWhatTheFamilyBeginsWith) {
  const Keys keys;
  EXPECT_EQ(keys.blacklisted_jti({}) + "j", keys.blacklisted_jti("j"));
  EXPECT_EQ(keys.blacklisted_session({}) + "s", keys.blacklisted_session("s"));
  EXPECT_EQ(keys.refresh_token("alice", {}) + "r", keys.refresh_token("alice", "r"));
  EXPECT_EQ(keys.session("alice", {}) + "s", keys.session("alice", "s"));
  EXPECT_EQ(keys.whitelisted_jti("alice", {}) + "j", keys.whitelisted_jti("alice", "j"));
  EXPECT_EQ(keys.reason_for_jti({}) + "j", keys.reason_for_jti("j"));
  EXPECT_EQ(keys.reason_for_session({}) + "s", keys.reason_for_session("s"));
}

TEST(KeysTest, APrefixGoesBeforeAllOfThemAsItIs) {
  const Keys keys(KeyOptions{"my:app{1}:"});
  EXPECT_EQ(keys.blacklisted_jti("j"), "my:app{1}:blacklist:jti:j");
  EXPECT_EQ(keys.blacklisted_all(), "my:app{1}:blacklist:all");
  EXPECT_EQ(keys.session("u", "s"), "my:app{1}:session:user:u:s");
  EXPECT_EQ(keys.horizon(), "my:app{1}:recant:horizon");
  EXPECT_EQ(keys.policy(), "my:app{1}:recant:policy");
  EXPECT_EQ(keys.whitelisted_jti("u", "j"), "my:app{1}:whitelist:user:u:jti:j");
}

TEST(KeysTest, TaggedTheSubjectStandsInBraces) {
  const Keys keys(KeyOptions{"app:", true});
  EXPECT_EQ(keys.blacklisted_subject("alice"), "app:blacklist:user:{alice}");
  EXPECT_EQ(keys.refresh_token("alice", "Zm9v"), "app:refresh_token:{alice}Zm9v");
  EXPECT_EQ(keys.refresh_token("alice", {}), "app:refresh_token:{alice}");
  EXPECT_EQ(keys.session("alice", "s-1"), "app:session:user:{alice}:s-1");
  EXPECT_EQ(keys.session("alice", {}), "app:session:user:{alice}:");
  EXPECT_EQ(keys.sessions("alice"), "app:sessions:user:{alice}");
  EXPECT_EQ(keys.whitelisted_jti("alice", "j-1"), "app:whitelist:user:{alice}:jti:j-1");
  EXPECT_EQ(keys.reason_for_subject("alice"), "app:recant:reason:user:{alice}");
  // No subject, no tag: what readers know by the jti or sid alone is spelled as ever.
  EXPECT_EQ(keys.blacklisted_jti("j-1"), "app:blacklist:jti:j-1");
  EXPECT_EQ(keys.blacklisted_session("s-1"), "app:blacklist:session:s-1");
  EXPECT_EQ(keys.blacklisted_all(), "app:blacklist:all");
  EXPECT_EQ(keys.reason_for_jti("j-1"), "app:recant:reason:jti:j-1");
  EXPECT_EQ(keys.reason_for_session("s-1"), "app:recant:reason:session:s-1");
  EXPECT_EQ(keys.horizon(), "app:recant:horizon");
  EXPECT_EQ(keys.policy(), "app:recant:policy");
}

// A Cluster hashes what stands between the first `{` and the next `}`.
TEST(KeysTest, TheTagIsTheWholeSubjectWhateverItsName) {
  const Keys keys(KeyOptions{"app:", true});
  for (const std::string subject : {"alice", "{", "}", "{}", "a}b", "}{x}", "a:b"}) {
    for (const std::string& key : {keys.blacklisted_subject(subject),
                                   keys.refresh_token(subject, "id"), keys.session(subject, "sid"),
                                   keys.sessions(subject), keys.whitelisted_jti(subject, "jti")}) {
      const auto open = key.find('{');
      const auto close = key.find('}', open);
      EXPECT_EQ(key.substr(open + 1, close - open - 1), encode_in_key(subject)) << key;
    }
  }
}

TEST(KeysTest, APatternHoldsTheSubjectToTheLetter) {
  EXPECT_EQ(Keys().whitelist_pattern("alice"), "whitelist:user:alice:jti:*");
  EXPECT_EQ(Keys(KeyOptions{"app:", true}).whitelist_pattern("alice"),
            "app:whitelist:user:{alice}:jti:*");
  EXPECT_EQ(Keys(KeyOptions{"[a]*:"}).whitelist_pattern("*?[a-z]^\\:"),
            "\\[a\\]\\*:whitelist:user:\\*\\?\\[a-z\\]^\\\\%3A:jti:*");
  EXPECT_EQ(Keys(KeyOptions{"[a]*:"}).subjects_pattern(), "\\[a\\]\\*:*user:*");
}

TEST(KeysTest, OfASubjectAreTakenApartInTheirOwnForm) {
  using Kind = Keys::SubjectKey::Kind;
  for (const bool tags : {false, true}) {
    const Keys keys(KeyOptions{"app:", tags});
    const Keys others = keys.in_other_form();
    const std::string subject = "a:b{c}";
    const std::vector<std::pair<std::string, Kind>> of_subject = {
        {keys.blacklisted_subject(subject), Kind::watermark},
        {keys.sessions(subject), Kind::index},
        {keys.session(subject, "sid"), Kind::record},
        {keys.reason_for_subject(subject), Kind::other}};
    for (const auto& [key, kind] : of_subject) {
      const auto parts = keys.take_apart(key);
      ASSERT_TRUE(parts) << key;
      EXPECT_EQ(parts->kind, kind) << key;
      EXPECT_EQ(keys.put_together(*parts), key);
      EXPECT_EQ(keys.refresh_tokens_of(*parts), keys.refresh_token(subject, {}));
      EXPECT_FALSE(others.take_apart(key)) << key;
      EXPECT_EQ(keys.put_together(*others.take_apart(others.put_together(*parts))), key);
    }
    EXPECT_EQ(others.put_together(*keys.take_apart(keys.session(subject, "sid"))),
              others.session(subject, "sid"));
    for (const std::string& key :
         {keys.blacklisted_jti("j"), keys.blacklisted_all(), keys.horizon(),
          keys.refresh_token(subject, "id"), keys.reason_for_all(), keys.sessions("") + ":x",
          std::string("blacklist:user:alice"), std::string("app:blacklist:user:"),
          std::string("app:blacklist:user:{}"), std::string("app:blacklist:user:{x"),
          std::string("app:session:user:alice"), std::string()}) {
      EXPECT_FALSE(keys.take_apart(key)) << key;
    }
  }
}

struct Encoding {
  std::string_view id;
  std::string_view in_key;
};

class EncodingTest : public ::testing::TestWithParam<Encoding> {};

TEST_P(EncodingTest, EncodesWhatSeparatesAndNothingElse) {
  EXPECT_EQ(encode_in_key(GetParam().id), GetParam().in_key);
}

INSTANTIATE_TEST_SUITE_P(
    Table, EncodingTest,
    ::testing::Values(Encoding{"", ""}, Encoding{"alice", "alice"}, Encoding{"%", "%25"},
                      Encoding{"{", "%7B"}, Encoding{"}", "%7D"}, Encoding{":", "%3A"},
                      Encoding{" ", "%20"}, Encoding{"%3A", "%253A"},
                      Encoding{"\t\r\n", "%09%0D%0A"}, Encoding{{"\0", 1}, "%00"},
                      Encoding{"\x1f", "%1F"}, Encoding{"\x7f", "%7F"}, Encoding{"a/b", "a/b"},
                      Encoding{"*?[]\\", "*?[]\\"},
                      Encoding{"!\"#$&'()+,-./;<=>@^_`|~", "!\"#$&'()+,-./;<=>@^_`|~"},
                      Encoding{"j\u00fcrgen\u4e16", "j\u00fcrgen\u4e16"}));

// What makes J49 hold for keys: a name cannot pretend to be another name with an id behind it.
class KeyFormTest : public ::testing::TestWithParam<KeyOptions> {};

TEST_P(KeyFormTest, J49_NoTwoNamesSpellOneKey) {
  const Keys keys(GetParam());
  std::set<std::string> spelled;
  std::size_t names = 0;
  constexpr std::string_view kBytes = ":%{} 3A5aB";
  for (const char first : kBytes) {
    for (const char second : kBytes) {
      for (const char third : kBytes) {
        spelled.insert(keys.sessions(std::string{first, second, third}));
        spelled.insert(keys.session(std::string{first, second}, std::string{third}));
        spelled.insert(keys.session(std::string{first}, std::string{second, third}));
        names += 3;
      }
    }
  }
  EXPECT_EQ(spelled.size(), names);
}

INSTANTIATE_TEST_SUITE_P(Forms, KeyFormTest,
                         ::testing::Values(KeyOptions{}, KeyOptions{"app:", false},
                                           KeyOptions{"", true}));

}  // namespace
}  // namespace recant::redis
