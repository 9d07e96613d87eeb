// Keys that come and go: in files, and on a web site that fails in every way.
#include "embed/key_keeper.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

#include "fetch/web_site.hpp"
#include "testing/temporary_directory.hpp"
#include "world.hpp"

namespace recant::embed {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TemporaryDirectory;
using testing::WebSite;
using testing::write_text;

class Keeper : public ::testing::Test {
 protected:
  Keeper() {
    options.own = verify::options();
    options.urls.every = 1h;
    options.urls.unknown_kid_pause = 0ms;
    options.urls.first_pause = 10ms;
    options.urls.longest_pause = 10ms;
    options.file_every = 10ms;
    site.say_body(signer.jwks());
  }

  KeySource from_site() {
    return {"jwks_url", "us", *fetch::parse_web_url(site.url()), {crypto::Algorithm::eddsa}};
  }
  KeySource from_file() {
    return {"jwks_file", "us", JwksFile{directory / "keys.json"}, {crypto::Algorithm::eddsa}};
  }

  void start(KeySource source) {
    options.own_keys = std::move(source);
    keeper.emplace(options, clock, random, log);
    wrong = keeper->read_files();
    verifier = keeper->verifier();
    keeper->start(io.get_executor(), [this](KeyKeeper::VerifierPtr made) {
      verifier = std::move(made);
      ++changes;
    });
  }
  /// Runs the keeper until this is so.
  ::testing::AssertionResult until(const std::function<bool()>& so) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!so()) {
      if (std::chrono::steady_clock::now() > end) return ::testing::AssertionFailure() << "never";
      io.run_for(5ms);
      io.restart();
    }
    return ::testing::AssertionSuccess();
  }
  bool accepts(const std::string& token) { return verifier->verify(token, now()).has_value(); }
  std::string token() { return signer.sign(Session().claims()); }

  boost::asio::io_context io{1};
  SystemClock clock;
  crypto::SystemRandom random;
  std::vector<std::string> lines;
  const Log log{[this](LogLevel, std::string_view line) { lines.emplace_back(line); }};
  Signer signer;
  WebSite site;
  const TemporaryDirectory directory;
  KeyKeeperOptions options;
  std::optional<KeyKeeper> keeper;
  KeyKeeper::VerifierPtr verifier;
  std::optional<std::string> wrong;
  int changes = 0;
};

TEST_F(Keeper, FetchesKeys) {
  start(from_site());
  EXPECT_FALSE(accepts(token()));
  EXPECT_EQ(keeper->missing(), "the keys of us are not there: they have not been fetched yet");
  EXPECT_TRUE(until([&] { return accepts(token()); }));
  EXPECT_EQ(keeper->missing(), "");
}

TEST_F(Keeper, J16_LooksForAKeyThatIsNew) {
  start(from_site());
  ASSERT_TRUE(until([&] { return accepts(token()); }));
  signer.rotate();
  site.say_body(signer.jwks());
  EXPECT_FALSE(accepts(token()));
  EXPECT_TRUE(keeper->look_for_key_of(token()));
  EXPECT_TRUE(until([&] { return accepts(token()); }));
  EXPECT_FALSE(keeper->look_for_key_of(token()));
}

TEST_F(Keeper, J16_AsksNoMoreOftenThanItIsTold) {
  options.urls.unknown_kid_pause = 1h;
  start(from_site());
  ASSERT_TRUE(until([&] { return accepts(token()); }));
  signer.rotate();
  for (int i = 0; i < 100; ++i) {
    keeper->look_for_key_of(token());
    io.run_for(1ms);
    io.restart();
  }
  EXPECT_EQ(site.requests().size(), 1U);
}

TEST_F(Keeper, J16_NothingThatIsNoTokenMakesItAsk) {
  start(from_site());
  for (const char* text : {"", "x", "a.b.c", "a.b.c.d.e"}) {
    EXPECT_FALSE(keeper->look_for_key_of(text)) << text;
  }
}

TEST_F(Keeper, KeepsItsKeysWhileTheyCannotBeFetched) {
  options.urls.every = 20ms;
  start(from_site());
  ASSERT_TRUE(until([&] { return accepts(token()); }));
  const char* const answers[] = {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}"};
  for (const char* answer : answers) {
    const auto before = site.requests().size();
    site.say(answer);
    ASSERT_TRUE(until([&] { return site.requests().size() > before + 1; }));
    EXPECT_TRUE(accepts(token())) << answer;
  }
  EXPECT_EQ(changes, 1);
  EXPECT_THAT(lines,
              ::testing::Contains(HasSubstr("answered 500. The keys that were there still")));
}

TEST_F(Keeper, ForgetsKeysThatNobodyHasConfirmedForTooLong) {
  options.urls.every = 20ms;
  options.urls.longest_kept = 300ms;
  start(from_site());
  ASSERT_TRUE(until([&] { return accepts(token()); }));
  site.say("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(until([&] { return !accepts(token()); }));
  EXPECT_THAT(keeper->missing(), HasSubstr("answered 500"));
  site.say_body(signer.jwks());
  EXPECT_TRUE(until([&] { return accepts(token()); }));
  EXPECT_EQ(keeper->missing(), "");
}

TEST_F(Keeper, WhatIsTheSameChangesNothing) {
  options.urls.every = 20ms;
  start(from_site());
  ASSERT_TRUE(until([&] { return site.requests().size() > 5; }));
  EXPECT_EQ(changes, 1);
}

TEST_F(Keeper, ReadsFilesAgainWhenTheyChange) {
  write_text(directory / "keys.json", signer.jwks());
  start(from_file());
  ASSERT_FALSE(wrong) << *wrong;
  EXPECT_TRUE(accepts(token()));
  signer.rotate();
  write_text(directory / "keys.json", signer.jwks());
  EXPECT_TRUE(until([&] { return accepts(token()); }));
}

TEST_F(Keeper, KeepsTheKeysOfAFileThatIsSpoilt) {
  write_text(directory / "keys.json", signer.jwks());
  start(from_file());
  write_text(directory / "keys.json", "{");
  ASSERT_TRUE(until([&] { return !lines.empty(); }));
  EXPECT_THAT(lines.front(), HasSubstr("is not a JWK set to rely on"));
  EXPECT_TRUE(accepts(token()));
}

TEST_F(Keeper, TakesAFileBackThatWasAwayForTooLongAndIsAsItWas) {
  options.urls.longest_kept = 300ms;
  const auto folder = directory / "keys";
  std::filesystem::create_directory(folder);
  write_text(folder / "keys.json", signer.jwks());
  KeySource source = from_file();
  source.place = JwksFile{folder / "keys.json"};
  start(source);
  io.run_for(100ms);  // it looks once more, and keeps in mind how the file is
  io.restart();
  ASSERT_TRUE(accepts(token()));
  std::filesystem::rename(folder, directory / "away");
  ASSERT_TRUE(until([&] { return !accepts(token()); }));
  std::filesystem::rename(directory / "away", folder);
  EXPECT_TRUE(until([&] { return accepts(token()); }));
}

TEST_F(Keeper, AKeyThatIsForAnotherAlgorithmIsAnotherKey) {
  const auto key = *crypto::SigningKey::generate(crypto::Algorithm::rs256, random);
  std::string jwks =
      json::serialize(jose::publish_jwks(jose::KeySet({{"k", key.verification_key()}})));
  write_text(directory / "keys.json", jwks);
  KeySource source = from_file();
  source.algorithms = {crypto::Algorithm::rs256, crypto::Algorithm::ps256};
  start(source);
  const std::string token = jose::sign_jws(key, "k", "at+jwt", Session().claims().text());
  ASSERT_TRUE(accepts(token));
  jwks.replace(jwks.find("RS256"), 5, "PS256");
  write_text(directory / "keys.json", jwks);
  EXPECT_TRUE(until([&] { return !accepts(token); }));
}

TEST_F(Keeper, SaysAtOnceWhatIsWrongWithAFile) {
  start(from_file());
  EXPECT_THAT(*wrong, StartsWith("jwks_file " + (directory / "keys.json").string() +
                                 " cannot be read (No such file"));
}

TEST_F(Keeper, TakesASecretFromItsOwnersFileAlone) {
  const auto file = directory / "secret";
  const std::string secret = "gpDmVZ7Ui0xvB3Q9sT1kHcX5rYw2aLnE";
  write_text(file, secret + "\n");
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  start({"secret_file", "us", SecretFile{file}, {crypto::Algorithm::hs256}});
  EXPECT_THAT(*wrong, HasSubstr("chmod 600"));
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  start({"secret_file", "us", SecretFile{file}, {crypto::Algorithm::hs256}});
  ASSERT_FALSE(wrong) << *wrong;
  const auto key =
      *crypto::SigningKey::import_private(crypto::Algorithm::hs256, SecretString(secret));
  EXPECT_TRUE(accepts(jose::sign_jws(key, "any", "at+jwt", Session().claims().text())));
}

class KeeperOfTwo : public Keeper {
 protected:
  KeeperOfTwo() {
    options.others.push_back(
        {.name = "other", .issuer = "https://other", .audience = {"api"}, .keys = {}});
    write_text(directory / "keys.json", signer.jwks());
  }
  void have_other(KeySource source) {
    source.owner = "issuer other";
    options.other_keys = {std::move(source)};
  }
  KeySource from(const std::filesystem::path& file) {
    KeySource source = from_file();
    source.place = JwksFile{file};
    return source;
  }
  bool has_said(const std::string& words) const {
    return std::ranges::any_of(
        lines, [&](const std::string& line) { return line.find(words) != std::string::npos; });
  }
};

TEST_F(KeeperOfTwo, RefusesAKeyThatIsAnotherIssuersToo) {
  have_other(from_file());
  start(from_file());
  EXPECT_THAT(wrong.value_or(""), HasSubstr("has a key that is also us's"));
}

TEST_F(KeeperOfTwo, AFileWithAnothersKeyStaysRefusedUntilTheKeyIsItsAlone) {
  write_text(directory / "other.json", Signer("other-").jwks());
  have_other(from(directory / "other.json"));
  start(from_file());
  ASSERT_FALSE(wrong) << *wrong;
  write_text(directory / "other.json", signer.jwks());
  ASSERT_TRUE(until([&] { return has_said("has a key that is also us's"); }));
  io.run_for(200ms);  // it is looked at again, and is as it was
  io.restart();
  EXPECT_FALSE(has_said("can be read again"));
  signer.rotate();
  write_text(directory / "keys.json", signer.jwks());
  EXPECT_TRUE(until([&] { return has_said("can be read again"); }));
}

TEST_F(KeeperOfTwo, NobodyTakesOurKeysByPublishingThemFirst) {
  WebSite theirs;
  theirs.say_body(signer.jwks());
  site.say("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  KeySource source = from_site();
  source.place = *fetch::parse_web_url(theirs.url());
  have_other(source);
  start(from_site());
  ASSERT_TRUE(until([&] { return keeper->missing().find("other") == std::string::npos; }));
  site.say_body(signer.jwks());
  EXPECT_TRUE(until([&] { return accepts(token()); }));
  EXPECT_THAT(keeper->missing(), HasSubstr("the keys of issuer other are not there"));
  EXPECT_TRUE(has_said("has a key that is also us's: its keys count no longer"));
}

TEST_F(KeeperOfTwo, ANameThatAnotherIssuersKeyHasSaysNothingOfKeysThatAreMissing) {
  write_text(directory / "other.json", Signer().jwks());
  have_other(from(directory / "other.json"));
  site.say("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  start(from_site());
  ASSERT_FALSE(wrong) << *wrong;
  EXPECT_TRUE(keeper->look_for_key_of(token()));
  site.say_body(signer.jwks());
  ASSERT_TRUE(until([&] { return accepts(token()); }));
  EXPECT_FALSE(keeper->look_for_key_of(token()));
}

}  // namespace
}  // namespace recant::embed
