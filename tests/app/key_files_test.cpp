#include "app/key_files.hpp"

#include <gmock/gmock.h>

#include <set>

#include "app/first_admin_key.hpp"
#include "app/key_file_name.hpp"
#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "temporary_directory.hpp"
#include "testing/manual_clock.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using recant::testing::ManualClock;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class KeyFilesTest : public ::testing::Test {
 protected:
  Keys load(Algorithm algorithm = Algorithm::es256) {
    clock_.advance(milliseconds(1000));
    auto keys = load_or_make_keys(directory(), algorithm, clock_, random_);
    if (keys) return *std::move(keys);
    ADD_FAILURE() << keys.error().sentence;
    return {};
  }
  std::string refusal(Algorithm algorithm = Algorithm::es256) {
    auto keys = load_or_make_keys(directory(), algorithm, clock_, random_);
    return keys ? "loaded" : keys.error().sentence;
  }
  std::filesystem::path directory() const { return home_ / "keys"; }
  std::filesystem::path file_of(const std::string& part) const {
    for (const std::string& name : names_in(directory())) {
      if (name.find(part) != std::string::npos) return directory() / name;
    }
    ADD_FAILURE() << "no file " << part;
    return {};
  }
  static std::string kid(const Keys& keys) { return keys.signing.front().kid; }

  TemporaryDirectory home_;
  ManualClock clock_;
  crypto::SystemRandom random_;
};

TEST_F(KeyFilesTest, TheFirstStartMakesOneOfEach) {
  const Keys keys = load();
  EXPECT_EQ(keys.signing.size(), 1u);
  EXPECT_EQ(keys.refresh.size(), 1u);
  EXPECT_THAT(keys.warnings, IsEmpty());
  EXPECT_EQ(mode_of(directory()), 0700);
  EXPECT_EQ(names_in(directory()).size(), 2u);
  for (const std::string& name : names_in(directory())) {
    EXPECT_EQ(mode_of(directory() / name), 0600);
  }
  EXPECT_THAT(read_text(file_of("signing-1700000001000-ES256-" + kid(keys) + ".pem")),
              HasSubstr("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(base64url_decode(read_text(file_of("refresh-")).substr(0, 43))->size(), 32u);
}

TEST_F(KeyFilesTest, TheNextStartFindsTheSameKeys) {
  for (const Algorithm algorithm :
       {Algorithm::es256, Algorithm::eddsa, Algorithm::hs256, Algorithm::rs256}) {
    const Keys first = load(algorithm);
    const Keys second = load(algorithm);
    EXPECT_EQ(kid(first), kid(second));
    EXPECT_EQ(second.signing.front().key.algorithm(), algorithm);
    EXPECT_EQ(first.refresh.front().secret, second.refresh.front().secret);
    EXPECT_EQ(first.refresh.front().id, second.refresh.front().id);
    const auto signature = first.signing.front().key.sign("message");
    EXPECT_TRUE(second.signing.front().key.verification_key().verify("message", signature));
  }
}

TEST_F(KeyFilesTest, AnotherAlgorithmMakesAKeyAndKeepsTheOldOnes) {
  const std::string old_kid = kid(load(Algorithm::es256));
  const Keys keys = load(Algorithm::eddsa);
  ASSERT_EQ(keys.signing.size(), 2u);
  EXPECT_EQ(keys.signing[0].key.algorithm(), Algorithm::eddsa);
  EXPECT_EQ(keys.signing[1].kid, old_kid);
  // And back again: the old key is taken up, none is made.
  const Keys back = load(Algorithm::es256);
  EXPECT_EQ(kid(back), old_kid);
  EXPECT_EQ(back.signing.size(), 2u);
}

TEST_F(KeyFilesTest, TheNewestOfTheAlgorithmSigns) {
  const Keys first = load();
  const auto old_file = file_of("signing-");
  write_text(home_ / "aside", read_text(old_file));
  const std::string old_name = old_file.filename().string();
  std::filesystem::remove(old_file);
  const Keys second = load();
  ASSERT_NE(kid(first), kid(second));
  std::filesystem::rename(home_ / "aside", directory() / old_name);
  ::chmod((directory() / old_name).c_str(), 0600);
  const Keys both = load();
  ASSERT_EQ(both.signing.size(), 2u);
  EXPECT_EQ(both.signing[0].kid, kid(second));
  EXPECT_EQ(both.signing[1].kid, kid(first));
}

TEST_F(KeyFilesTest, AKeyFileOpenToOthersIsRefused) {
  load();
  for (const char* part : {"signing-", "refresh-"}) {
    const auto file = file_of(part);
    ::chmod(file.c_str(), 0640);
    EXPECT_THAT(refusal(), HasSubstr("chmod 600 " + file.string()));
    ::chmod(file.c_str(), 0600);
  }
  EXPECT_EQ(refusal(), "loaded");
}

TEST_F(KeyFilesTest, AKeysDirectoryThatOthersMayWriteIsRefused) {
  load();
  ::chmod(directory().c_str(), 0720);
  EXPECT_THAT(refusal(), HasSubstr("chmod 700 " + directory().string()));
}

TEST_F(KeyFilesTest, ASpoiledKeyIsNamedAndNotReplaced) {
  load(Algorithm::es256);
  load(Algorithm::hs256);
  for (const std::string& name : names_in(directory())) {
    const auto file = directory() / name;
    const std::string whole = read_text(file);
    for (const std::string& spoiled :
         {std::string(), whole.substr(0, whole.size() / 2), std::string(64, '\0')}) {
      write_text(file, spoiled);
      EXPECT_THAT(refusal(), AllOf(HasSubstr(file.string()), Not(HasSubstr(whole.substr(30, 10)))));
      EXPECT_EQ(read_text(file), spoiled);
    }
    write_text(file, whole);
  }
  EXPECT_EQ(refusal(), "loaded");
}

TEST_F(KeyFilesTest, AKeyUnderAnothersNameIsRefused) {
  load(Algorithm::es256);
  const auto file = file_of("signing-");
  const auto other = directory() / to_file_name({KeyFileName::Kind::signing, unix_millis(1),
                                                 "ES256", std::string(43, 'A')});
  std::filesystem::rename(file, other);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(other.string()), HasSubstr("another key")));
}

TEST_F(KeyFilesTest, WhatIsNoKeyIsLeftAloneAndSaid) {
  load();
  write_text(directory() / "README", "mine");
  const Keys keys = load();
  EXPECT_THAT(keys.warnings, ElementsAre(HasSubstr("README")));
  EXPECT_EQ(read_text(directory() / "README"), "mine");
}

TEST_F(KeyFilesTest, WhatACutOffStartLeftBehindIsNeverUsed) {
  std::filesystem::create_directory(directory());
  ::chmod(directory().c_str(), 0700);
  write_text(directory() / "signing-1-ES256-AAAA.pem.unfinished", "half");
  const Keys keys = load();
  EXPECT_EQ(keys.signing.size(), 1u);
  EXPECT_THAT(keys.warnings, IsEmpty());
  EXPECT_EQ(names_in(directory()).size(), 2u);
}

TEST(KeyFileName, IsReadAsItIsWritten) {
  using Kind = KeyFileName::Kind;
  for (const auto& [name, text] : std::vector<std::pair<KeyFileName, std::string>>{
           {{Kind::signing, unix_millis(5), "ES256", "a-b_c"}, "signing-5-ES256-a-b_c.pem"},
           {{Kind::signing, unix_millis(5), "HS256", "x"}, "signing-5-HS256-x.secret"},
           {{Kind::refresh, unix_millis(7), "", "-_"}, "refresh-7--_.secret"}}) {
    EXPECT_EQ(to_file_name(name), text);
    const auto parsed = parse_key_file_name(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->kind, name.kind);
    EXPECT_EQ(parsed->created, name.created);
    EXPECT_EQ(parsed->algorithm, name.algorithm);
    EXPECT_EQ(parsed->id, name.id);
  }
  for (const char* text :
       {"", "signing", "signing-", "signing-x-ES256-a.pem", "signing-5-ES256-.pem",
        "signing-5-ES256-a.pem.bak", "signing-5-ES256-a.secret", "refresh-5-a",
        "signing--5-ES256-a.pem", "signing-5-ES256-a/b.pem", "refresh-5-a b.secret"}) {
    EXPECT_FALSE(parse_key_file_name(text)) << text;
  }
}

class AdminKeyTest : public ::testing::Test {
 protected:
  AdminKeyTest() {
    auto opened = database::Database::open_sqlite(home_ / "recant.db", {});
    if (!opened) throw std::runtime_error(opened.error().sentence);
    database_ = *std::move(opened);
  }
  auto load() {
    database::AdminKeyStore store(*database_);
    return load_or_make_admin_keys(store, home_ / "admin.key", clock_, random_);
  }

  TemporaryDirectory home_;
  std::unique_ptr<database::Database> database_;
  ManualClock clock_;
  crypto::SystemRandom random_;
};

TEST_F(AdminKeyTest, TheFirstStartWritesOneOfAllScopes) {
  const auto keys = load();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().name, "first");
  for (const auto scope : {service::AdminScope::users, service::AdminScope::sessions,
                           service::AdminScope::revoke, service::AdminScope::keys}) {
    EXPECT_TRUE(keys->front().allows(scope));
  }
  EXPECT_EQ(mode_of(home_ / "admin.key"), 0600);
  std::string text = read_text(home_ / "admin.key");
  ASSERT_EQ(text.size(), 3u + 43u + 1u);
  EXPECT_EQ(text.substr(0, 3), "ak_");
  text.pop_back();
  // Only its hash stands in the database, and it is the one that a caller is looked up by.
  EXPECT_EQ(keys->front().sha256, base64url_encode(crypto::sha256(text)));
  EXPECT_NE(service::AdminKeys(*keys).find(text), nullptr);
  EXPECT_EQ(service::AdminKeys(*keys).find(text + "x"), nullptr);
}

TEST_F(AdminKeyTest, TheNextStartChangesNothing) {
  const auto first = load();
  const std::string text = read_text(home_ / "admin.key");
  std::filesystem::remove(home_ / "admin.key");
  const auto second = load();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->front().sha256, first->front().sha256);
  EXPECT_FALSE(std::filesystem::exists(home_ / "admin.key"));
}

TEST_F(AdminKeyTest, AFileWithoutItsDatabaseIsReplaced) {
  write_text(home_ / "admin.key", "ak_of-a-start-that-was-cut-off\n");
  const auto keys = load();
  ASSERT_TRUE(keys);
  std::string text = read_text(home_ / "admin.key");
  text.pop_back();
  EXPECT_NE(service::AdminKeys(*keys).find(text), nullptr);
  EXPECT_EQ(mode_of(home_ / "admin.key"), 0600);
}

}  // namespace
}  // namespace recant::app
