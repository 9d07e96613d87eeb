#include "app/key_files.hpp"

#include <gmock/gmock.h>

#include <set>

#include "app/first_admin_key.hpp"
#include "app/key_file_name.hpp"
#include "app/key_manifest.hpp"
#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "file_rights.hpp"
#include "jose/key_set.hpp"
#include "service/admin_access.hpp"
#include "testing/manual_clock.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using crypto::SigningKey;
using recant::testing::ManualClock;
using service::KeyKind;
using service::KeyState;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

/// A book of one key a kind, and the keys themselves.
struct Kept {
  service::KeyBook book;
  service::KeyMaterial material;
};

service::KeyEntry entry(KeyKind kind, std::string id, std::optional<Algorithm> algorithm = {},
                        KeyState state = KeyState::signing) {
  return {kind, std::move(id), algorithm, unix_millis(5), state, unix_millis(6), seconds(900), {},
          {}};
}

class KeyFilesTest : public ::testing::Test {
 protected:
  Kept make(Algorithm algorithm = Algorithm::es256) {
    auto key = *SigningKey::generate(algorithm, random_);
    const std::string kid = jose::thumbprint(key);
    const service::RefreshSecret secret{random_.bytes<8>(), random_.bytes<32>()};
    return {{{entry(KeyKind::access, kid, algorithm),
              entry(KeyKind::refresh, base64url_encode(secret.id))}},
            {{{kid, std::move(key)}}, {secret}}};
  }
  void commit(const Kept& kept) {
    KeyFiles files(directory());
    ASSERT_TRUE(files.load());
    const auto done = files.commit(kept.book, kept.material);
    EXPECT_TRUE(done) << done.error();
  }
  service::KeyVault::Content load() {
    auto content = KeyFiles(directory()).load();
    if (content) return *std::move(content);
    ADD_FAILURE() << content.error();
    return {};
  }
  std::string refusal() {
    const auto content = KeyFiles(directory()).load();
    return content ? "loaded" : content.error();
  }
  std::filesystem::path directory() const { return home_ / "keys"; }
  std::filesystem::path file_of(const std::string& part) const {
    for (const std::string& name : names_in(directory())) {
      if (name.find(part) != std::string::npos) return directory() / name;
    }
    ADD_FAILURE() << "no file " << part;
    return {};
  }

  TemporaryDirectory home_;
  crypto::SystemRandom random_;
};

TEST_F(KeyFilesTest, AtFirstThereIsNothing) {
  const auto content = load();
  EXPECT_THAT(content.book.keys, IsEmpty());
  EXPECT_THAT(content.warnings, IsEmpty());
  EXPECT_EQ(mode_of(directory()), 0700);
}

TEST_F(KeyFilesTest, WhatWasCommittedIsThereAgain) {
  for (const Algorithm algorithm :
       {Algorithm::es256, Algorithm::eddsa, Algorithm::hs256, Algorithm::rs256}) {
    const Kept kept = make(algorithm);
    commit(kept);
    const auto content = load();
    EXPECT_EQ(content.book, kept.book);
    EXPECT_THAT(content.warnings, IsEmpty());
    ASSERT_EQ(content.material.access.size(), 1u);
    ASSERT_EQ(content.material.refresh.size(), 1u);
    EXPECT_EQ(content.material.refresh[0].secret, kept.material.refresh[0].secret);
    const auto signature = kept.material.access[0].key.sign("message");
    EXPECT_TRUE(content.material.access[0].key.verification_key().verify("message", signature));
    // The keys of the round before are named no more, so their files are gone.
    EXPECT_EQ(names_in(directory()).size(), 3u);
  }
  for (const std::string& name : names_in(directory())) {
    EXPECT_EQ(mode_of(directory() / name), 0600) << name;
  }
}

TEST_F(KeyFilesTest, TheFilesAreOfTheFormThatTheDocumentsSay) {
  const Kept kept = make();
  commit(kept);
  const std::string& kid = kept.book.keys[0].id;
  EXPECT_THAT(read_text(directory() / ("signing-5-ES256-" + kid + ".pem")),
              HasSubstr("-----BEGIN PRIVATE KEY-----"));
  const auto secret = directory() / ("refresh-5-" + kept.book.keys[1].id + ".secret");
  EXPECT_EQ(base64url_decode(read_text(secret).substr(0, 43))->size(), 32u);
  EXPECT_THAT(read_text(directory() / "keys.json"),
              AllOf(HasSubstr(kid), HasSubstr("\"signing\""), Not(HasSubstr("PRIVATE"))));
}

TEST_F(KeyFilesTest, ARetiredKeysFileGoes) {
  Kept kept = make();
  commit(kept);
  kept.book.keys[0].state = KeyState::retired;
  kept.book.keys[0].signed_until = kept.book.keys[0].removed_at = unix_millis(9);
  commit(kept);
  EXPECT_THAT(names_in(directory()), UnorderedElementsAre("keys.json", HasSubstr("refresh-")));
  EXPECT_EQ(load().book, kept.book);
}

TEST_F(KeyFilesTest, AKeyFileOpenToOthersIsRefused) {
  commit(make());
  for (const char* part : {"signing-", "refresh-"}) {
    const auto file = file_of(part);
    ::chmod(file.c_str(), 0640);
    EXPECT_THAT(refusal(), HasSubstr("chmod 600 " + file.string()));
    ::chmod(file.c_str(), 0600);
  }
  EXPECT_EQ(refusal(), "loaded");
}

TEST_F(KeyFilesTest, AKeysDirectoryThatOthersMayWriteIsRefused) {
  commit(make());
  ::chmod(directory().c_str(), 0720);
  EXPECT_THAT(refusal(), HasSubstr("chmod 700 " + directory().string()));
}

TEST_F(KeyFilesTest, ASpoiledFileIsNamedAndNotReplaced) {
  for (const Algorithm algorithm : {Algorithm::es256, Algorithm::hs256}) {
    commit(make(algorithm));
    for (const std::string& name : names_in(directory())) {
      const auto file = directory() / name;
      const std::string whole = read_text(file);
      for (const std::string& spoiled :
           {std::string(), whole.substr(0, whole.size() / 2), std::string(64, '\0')}) {
        write_text(file, spoiled);
        EXPECT_THAT(refusal(),
                    AllOf(HasSubstr(file.string()), Not(HasSubstr(whole.substr(30, 10)))));
        EXPECT_EQ(read_text(file), spoiled);
      }
      write_text(file, whole);
    }
    EXPECT_EQ(refusal(), "loaded");
  }
}

TEST_F(KeyFilesTest, AKeyInAnothersFileIsRefused) {
  const Kept kept = make();
  commit(kept);
  const Kept other = make();
  const SecretString pem = other.material.access[0].key.export_private();
  write_text(file_of("signing-"), std::string(pem.reveal()));
  EXPECT_THAT(refusal(), AllOf(HasSubstr(kept.book.keys[0].id), HasSubstr("another key")));
}

TEST_F(KeyFilesTest, WhatTheBookDoesNotNameIsLeftAloneAndSaid) {
  commit(make());
  write_text(directory() / "README", "mine");
  const std::string stray = "signing-7-ES256-" + std::string(43, 'A') + ".pem";
  write_text(directory() / stray, "whatever");
  EXPECT_THAT(load().warnings, UnorderedElementsAre(HasSubstr("README"), HasSubstr(stray)));
  EXPECT_EQ(read_text(directory() / "README"), "mine");
  EXPECT_EQ(read_text(directory() / stray), "whatever");
}

TEST_F(KeyFilesTest, AMissingFileIsNoKeyAndNoError) {
  const Kept kept = make();
  commit(kept);
  std::filesystem::remove(file_of("signing-"));
  const auto content = load();
  EXPECT_EQ(content.book, kept.book);
  EXPECT_THAT(content.material.access, IsEmpty());
  EXPECT_EQ(content.material.refresh.size(), 1u);
}

/// As an earlier version left them: whatever they signed may live as long as anything could.
TEST_F(KeyFilesTest, WithoutABookEveryKeyMayHaveSignedUntilNow) {
  const Kept kept = make();
  commit(kept);
  std::filesystem::remove(directory() / "keys.json");
  const auto content = load();
  ASSERT_EQ(content.book.keys.size(), 2u);
  for (const service::KeyEntry& one : content.book.keys) {
    EXPECT_EQ(one.state, KeyState::signing);
    EXPECT_EQ(one.created_at, unix_millis(5));
    EXPECT_EQ(one.longest_life,
              one.kind == KeyKind::access ? seconds(24 * 3600) : seconds(366 * 24 * 3600));
  }
  EXPECT_EQ(content.material.access.size(), 1u);
}

class KeyFilesCrashTest : public KeyFilesTest {
 protected:
  struct Crash {};

  /// Pulls the plug before change `at` to the directory. False: there are fewer.
  bool crashes(const Kept& before, const Kept& after, int at) {
    std::filesystem::remove_all(directory());
    commit(before);
    int steps = 0;
    KeyFiles files(directory(), [&](std::string_view) {
      if (++steps == at) throw Crash();
    });
    EXPECT_TRUE(files.load());
    try {
      EXPECT_TRUE(files.commit(after.book, after.material));
      return false;
    } catch (const Crash&) {
      return true;
    }
  }

  /// The next start finds the former book or the new one, with every key that may have been used,
  /// and no key that was retired.
  void expect_sound(const Kept& before, const Kept& after) {
    const auto found = load();
    EXPECT_THAT(found.warnings, IsEmpty());
    EXPECT_TRUE(found.book == before.book || found.book == after.book);
    std::set<std::string> kids;
    for (const auto& named : found.material.access) kids.insert(named.kid);
    for (const service::KeyEntry& one : found.book.keys) {
      if (one.kind != KeyKind::access) continue;
      if (one.state == KeyState::retired) {
        EXPECT_FALSE(kids.contains(one.id));
        EXPECT_THAT(names_in(directory()), Not(Contains(HasSubstr(one.id))));
      } else if (before.book.find(one.id) && after.book.find(one.id)) {
        EXPECT_TRUE(kids.contains(one.id)) << one.id;
      }
    }
  }

  /// How often it crashed: once before each change that the commit makes.
  int expect_sound_whenever(const Kept& before, const Kept& after) {
    int at = 1;
    for (; crashes(before, after, at); ++at) expect_sound(before, after);
    return at - 1;
  }
};

TEST_F(KeyFilesCrashTest, AtAnyMomentLeavesTheBookBeforeOrAfter) {
  const Kept first = make();
  Kept both = first;
  const Kept more = make();
  both.book.keys.push_back(more.book.keys[0]);
  both.material.access.push_back(more.material.access[0]);
  EXPECT_EQ(expect_sound_whenever(first, both), 2);  // the book, then the new file

  Kept retired = both;
  retired.book.keys[0].state = KeyState::retired;
  retired.book.keys[0].signed_until = retired.book.keys[0].removed_at = unix_millis(9);
  EXPECT_EQ(expect_sound_whenever(both, retired), 2);  // the book, then the old file

  Kept removed = both;
  removed.book.keys.erase(removed.book.keys.begin());
  EXPECT_EQ(expect_sound_whenever(both, removed), 2);  // the old file, then the book
}

TEST_F(KeyFilesTest, WhatACutOffWriteLeftBehindIsNeverUsed) {
  commit(make());
  write_text(directory() / "signing-1-ES256-AAAA.pem.unfinished", "half");
  write_text(directory() / "keys.json.unfinished", "{");
  EXPECT_THAT(load().warnings, IsEmpty());
  EXPECT_EQ(names_in(directory()).size(), 3u);
}

TEST(KeyManifest, TakesOnlyWhatItWrites) {
  service::KeyEntry gone = entry(KeyKind::refresh, "b", {}, KeyState::verifying);
  gone.signed_until = unix_millis(1'700'000'000'007);
  gone.removed_at = unix_millis(1'700'000'000'008);
  const service::KeyBook book{{entry(KeyKind::access, "a", Algorithm::ps512), gone}};
  const std::string text = to_manifest(book);
  EXPECT_EQ(parse_manifest(text), book);
  EXPECT_EQ(parse_manifest(to_manifest({})), service::KeyBook());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const auto at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  for (const std::string& spoiled :
       {std::string(), std::string("{}"), text.substr(0, text.size() - 4),
        with("\"v\": 1", "\"v\": 2"), with("\"access\"", "\"axis\""), with("PS512", "none"),
        with("\"PS512\"", "null"), with("\"signing\"", "\"sleeping\""),
        with("\"verifying\"", "\"signing\""), with("\"signing\"", "\"verifying\""),
        with("\"b\"", "\"a\""), with("\"a\"", "\"\""), with("900", "-1"), with("900", "\"900\""),
        with("1970-01-01", "1970-02-30"), with("\"removed_at\"", "\"removed\"")}) {
    EXPECT_EQ(parse_manifest(spoiled), std::nullopt) << spoiled;
  }
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
    database::SqlAdminKeys store(*database_);
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
  for (const auto scope :
       {service::AdminScope::users, service::AdminScope::sessions, service::AdminScope::revoke,
        service::AdminScope::keys, service::AdminScope::introspect}) {
    EXPECT_TRUE(keys->front().allows(scope));
  }
  EXPECT_EQ(mode_of(home_ / "admin.key"), 0600);
  std::string text = read_text(home_ / "admin.key");
  ASSERT_EQ(text.size(), 3u + 43u + 1u);
  EXPECT_EQ(text.substr(0, 3), "ak_");
  text.pop_back();
  // Only its hash stands in the database, and it is the one that a caller is looked up by.
  EXPECT_EQ(keys->front().sha256, base64url_encode(crypto::sha256(text)));
  EXPECT_EQ(service::admin_key_hash(text), keys->front().sha256);
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

TEST_F(AdminKeyTest, ANextStartRefusesAFileThatOthersMayRead) {
  ASSERT_TRUE(load());
  ASSERT_EQ(::chmod((home_ / "admin.key").c_str(), 0644), 0);
  const auto open = load();
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().sentence, HasSubstr("chmod 600 " + (home_ / "admin.key").string()));
  ASSERT_EQ(::chmod((home_ / "admin.key").c_str(), 0600), 0);
  EXPECT_TRUE(load());
}

TEST_F(AdminKeyTest, AFileWithoutItsDatabaseIsReplaced) {
  write_text(home_ / "admin.key", "ak_of-a-start-that-was-cut-off\n");
  const auto keys = load();
  ASSERT_TRUE(keys);
  std::string text = read_text(home_ / "admin.key");
  text.pop_back();
  EXPECT_EQ(service::admin_key_hash(text), keys->front().sha256);
  EXPECT_EQ(mode_of(home_ / "admin.key"), 0600);
}

}  // namespace
}  // namespace recant::app
