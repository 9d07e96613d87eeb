#include "verify/verdict_cache.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "testing/seeded_random.hpp"
#include "tokens.hpp"

namespace recant::verify {
namespace {

/// What no signature is needed for: the cache believes whoever puts.
std::string token_named(std::size_t number, std::size_t bytes = 500) {
  std::string token = "header." + std::to_string(number) + ".";
  std::mt19937 letters(static_cast<unsigned>(number));
  while (token.size() < bytes) token += static_cast<char>('a' + letters() % 26);
  return token;
}

Identity identity_of(const Claims& claims) {
  return Identity::of(*verifier().verify(signed_token(claims), kNow));
}

Identity identity_of(std::string_view subject) {
  return identity_of(Claims().set("sub", '"' + std::string(subject) + '"'));
}

/// Writes down what it is told; without room, refuses.
class Writer final : public Listener {
 public:
  explicit Writer(bool has_room = true) : has_room_(has_room) {}
  char* room_for(const Told& what) override {
    told = what;
    text.assign(what.size(), '?');
    return has_room_ ? text.data() : nullptr;
  }
  Told told;
  std::string text;

 private:
  const bool has_room_;
};

class VerdictCacheTest : public ::testing::Test {
 protected:
  testing::SeededRandom random{7};
  Stamps stamps{random};
  Identity somebody = identity_of("somebody");

  void put(VerdictCache& cache, const std::string& token, std::uint64_t stamp = 1) {
    put(cache, token, somebody, stamp);
  }
  static void put(VerdictCache& cache, const std::string& token, const Identity& identity,
                  std::uint64_t stamp = 1) {
    Noted noted;
    noted.stamps[0] = stamp;
    cache.put({token, identity, {{11, 12, 13, 14}, 4}, kNow + seconds{900}, noted});
  }
};

TEST_F(VerdictCacheTest, GivesBackWhatWasPut) {
  VerdictCache cache(10, stamps, random);
  Noted noted{3, 5, 6, {21, 22, 23, 24}, SteadyInstant{seconds{99}}, SteadyInstant{seconds{199}}};
  const auto identity = identity_of(
      Claims().set("scope", R"("read write")").set("aud", R"(["other","api","third"])"));
  cache.put({"a.b.c", identity, {{11, 12, 13}, 3}, kNow + seconds{7}, noted});

  const auto found = cache.find("a.b.c");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->expired_at, kNow + seconds{7});
  EXPECT_EQ(found->places.count, 3u);
  EXPECT_THAT(found->places.all, ::testing::ElementsAre(11, 12, 13, 0));
  EXPECT_EQ(found->noted.keys, 3u);
  EXPECT_EQ(found->noted.everything, 5u);
  EXPECT_EQ(found->noted.unheard, 6u);
  EXPECT_THAT(found->noted.stamps, ::testing::ElementsAre(21, 22, 23, 24));
  EXPECT_EQ(found->noted.asked_at, noted.asked_at);
  EXPECT_EQ(found->noted.place_ends_at, noted.place_ends_at);

  const auto same = cache.identity(*found);
  ASSERT_TRUE(same);
  EXPECT_EQ(*same, identity);
  EXPECT_EQ(same->subject(), "0190a1b2-0000-7000-8000-000000000001");
  EXPECT_EQ(same->session(), kSid);
  EXPECT_EQ(same->jti(), "018bcfe5-6800-7000-8000-00000000000a");
  EXPECT_EQ(same->begun(), unix_millis(0x018bcfe56400));
  EXPECT_EQ(same->issued_at(), UnixSeconds{seconds{1699999990}});
  EXPECT_FALSE(same->has_shared_ids());
  EXPECT_EQ(same->scope(), "read write");
  EXPECT_EQ(same->client_id(), "web");
  EXPECT_EQ(same->issuer_name(), "");
  EXPECT_EQ(same->expires_at(), UnixSeconds{seconds{1700000890}});
  EXPECT_TRUE(same->is_own());
  for (const char* audience : {"other", "api", "third"}) EXPECT_TRUE(same->is_for(audience));
  for (const char* audience : {"", "ap", "apis", "other\napi"}) {
    EXPECT_FALSE(same->is_for(audience)) << audience;
  }
}

TEST_F(VerdictCacheTest, GivesBackWhatWasPutOfAForeignIssuer) {
  for (const bool shared_ids : {false, true}) {
    ForeignIssuer other{.name = "legacy",
                        .issuer = "https://legacy.example",
                        .audience = {"old-api"},
                        .keys = jose::KeySet({{"k1", signing_key().verification_key()}}),
                        .profile = Profile::jwt};
    other.shared_ids = shared_ids;
    const AccessTokenVerifier tokens(options(), {}, {other});
    Claims claims;
    claims.set("iss", R"("https://legacy.example")").set("aud", R"("old-api")");
    claims.drop("iat").drop("jti").drop("sid").drop("client_id");
    const auto verified = tokens.verify(signed_token(claims.text(), "JWT"), kNow);
    ASSERT_TRUE(verified) << name_of(verified.error());
    VerdictCache cache(10, stamps, random);
    put(cache, "a.b.c", Identity::of(*verified));

    const auto same = cache.identity(*cache.find("a.b.c"));
    ASSERT_TRUE(same);
    EXPECT_EQ(*same, Identity::of(*verified));
    EXPECT_EQ(same->jti(), "");
    EXPECT_EQ(same->session(), "");
    EXPECT_EQ(same->issuer_name(), "legacy");
    EXPECT_EQ(same->begun(), UnixMillis{});
    EXPECT_EQ(same->issued_at(), std::nullopt);
    EXPECT_EQ(same->has_shared_ids(), shared_ids);
    EXPECT_FALSE(same->is_own());
  }
}

TEST_F(VerdictCacheTest, ATokenIsNeverRecognisedByLessThanAllOfItsBytes) {
  for (const std::size_t bytes : {41u, 48u, 500u, 501u, 503u}) {
    VerdictCache cache(10, stamps, random);
    const std::string token = token_named(1, bytes);
    put(cache, token);
    ASSERT_TRUE(cache.find(token));
    for (std::size_t i = 0; i < token.size(); ++i) {
      std::string other = token;
      other[i] ^= 1;
      EXPECT_FALSE(cache.find(other)) << "byte " << i << " of " << bytes;
    }
    EXPECT_FALSE(cache.find(token.substr(0, token.size() - 1)));
    EXPECT_FALSE(cache.find(token.substr(1)));
    EXPECT_FALSE(cache.find(token + '\0'));
    EXPECT_FALSE(cache.find("x" + token));
    EXPECT_FALSE(cache.find(""));
  }
}

TEST_F(VerdictCacheTest, ALaterFindingTakesThePlaceOfAnEarlierOne) {
  VerdictCache cache(10, stamps, random);
  put(cache, "a.b.c", 1);
  const auto before = cache.find("a.b.c");
  for (std::uint64_t stamp = 2; stamp < 100'000; ++stamp) put(cache, "a.b.c", stamp);
  const auto found = cache.find("a.b.c");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->noted.stamps[0], 99'999u);
  EXPECT_EQ(found->position, before->position) << "it took no room of others";
}

TEST_F(VerdictCacheTest, TheNewestMakeTheOldestGo) {
  VerdictCache cache(100, stamps, random);
  constexpr std::size_t kAll = 5'000;
  for (std::size_t i = 0; i < kAll; ++i) put(cache, token_named(i));
  std::size_t known = 0;
  for (std::size_t i = 0; i < kAll; ++i) known += cache.find(token_named(i)) ? 1 : 0;
  EXPECT_GE(known, 100u);
  EXPECT_LE(known, 300u) << "(100 + 64) KiB hold no more of them";
  for (std::size_t i = kAll - 50; i < kAll; ++i) EXPECT_TRUE(cache.find(token_named(i))) << i;
  EXPECT_FALSE(cache.find(token_named(0)));
}

TEST_F(VerdictCacheTest, WhatIsAskedForStaysAndWhatIsNotGoes) {
  VerdictCache cache(100, stamps, random);
  put(cache, token_named(0));
  put(cache, token_named(1));
  for (std::size_t i = 2; i < 5'000; ++i) {
    ASSERT_TRUE(cache.find(token_named(0))) << i;
    put(cache, token_named(i));
  }
  EXPECT_FALSE(cache.find(token_named(1)));
}

TEST_F(VerdictCacheTest, ManyThatAreAskedForStillMakeRoom) {
  VerdictCache cache(100, stamps, random);
  for (std::size_t i = 0; i < 5'000; ++i) {
    put(cache, token_named(i, 100 + i % 3'000));
    ASSERT_TRUE(cache.find(token_named(i, 100 + i % 3'000))) << i;
  }
}

// The smallest has one bucket, and a ring of some ten of these tokens: what is spared meets the
// newest in both.
TEST_F(VerdictCacheTest, TheNewestIsThereWhateverIsSparedForIt) {
  VerdictCache cache(1, stamps, random);
  std::mt19937 engine(11);
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < 40; ++i) tokens.push_back(token_named(i, 100 + engine() % 10'000));
  for (std::size_t step = 0; step < 20'000; ++step) {
    put(cache, tokens[engine() % tokens.size()]);
    const std::string& token = tokens[engine() % tokens.size()];
    put(cache, token);
    if (engine() % 2 == 0) continue;  // what nobody asks for is not spared
    ASSERT_TRUE(cache.find(token)) << "step " << step;
    for (int other = 0; other < 4; ++other) cache.find(tokens[engine() % tokens.size()]);
  }
}

TEST_F(VerdictCacheTest, WhatOtherKeysVerifiedTakesThePlaceOfAllOfIt) {
  VerdictCache cache(10, stamps, random);
  put(cache, "a.b.c");
  Noted noted;
  noted.keys = 1;
  const auto other = identity_of("another");
  cache.put({"a.b.c", other, {{21}, 1}, kNow + seconds{60}, noted});
  const auto found = cache.find("a.b.c");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->places.count, 1u);
  EXPECT_EQ(found->expired_at, kNow + seconds{60});
  EXPECT_EQ(cache.identity(*found), other);
}

TEST_F(VerdictCacheTest, AnIdentityWhoseEntryHasGoneIsNotGiven) {
  VerdictCache cache(1, stamps, random);
  put(cache, token_named(0));
  const auto found = cache.find(token_named(0));
  ASSERT_TRUE(found);
  ASSERT_TRUE(cache.identity(*found));
  for (std::size_t i = 1; i < 1'000; ++i) put(cache, token_named(i));
  EXPECT_FALSE(cache.identity(*found));
}

TEST_F(VerdictCacheTest, TellsWhatItWouldGive) {
  for (const std::size_t length : {1u, 7u, 8u, 15u, 16u, 17u, 100u, 300u}) {
    VerdictCache cache(10, stamps, random);
    const auto identity = identity_of(Claims().set("scope", '"' + std::string(length, 's') + '"'));
    put(cache, "a.b.c", identity);
    Writer writer;
    ASSERT_TRUE(cache.tell(*cache.find("a.b.c"), writer)) << length;
    EXPECT_EQ(writer.text, identity.told_text());
    EXPECT_EQ(writer.told.ends, identity.told().ends);
    EXPECT_EQ(writer.told.expires_at, identity.expires_at());
  }
}

TEST_F(VerdictCacheTest, TellsNothingWhereThereIsNoRoomOrTheEntryHasGone) {
  VerdictCache cache(1, stamps, random);
  put(cache, token_named(0));
  const auto found = cache.find(token_named(0));
  ASSERT_TRUE(found);
  Writer nowhere(false), writer;
  EXPECT_FALSE(cache.tell(*found, nowhere));
  ASSERT_TRUE(cache.tell(*found, writer));
  for (std::size_t i = 1; i < 1'000; ++i) put(cache, token_named(i));
  EXPECT_FALSE(cache.tell(*found, writer));
}

TEST_F(VerdictCacheTest, TheLargestTokenFitsTheSmallestCache) {
  VerdictCache cache(1, stamps, random);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto token = token_named(i, std::size_t{16} * 1024);
    put(cache, token);
    EXPECT_TRUE(cache.find(token));
  }
  const auto beyond = token_named(99, std::size_t{16} * 1024 + 1);
  put(cache, beyond);
  EXPECT_FALSE(cache.find(beyond));
}

TEST_F(VerdictCacheTest, WhatIsForgottenIsNotFoundAndMayComeAgain) {
  VerdictCache cache(10, stamps, random);
  put(cache, token_named(1));
  put(cache, token_named(2));
  cache.forget(token_named(1));
  EXPECT_FALSE(cache.find(token_named(1)));
  EXPECT_TRUE(cache.find(token_named(2)));
  put(cache, token_named(1));
  EXPECT_TRUE(cache.find(token_named(1)));
}

TEST_F(VerdictCacheTest, OneWithoutRoomRemembersNothing) {
  VerdictCache cache(0, stamps, random);
  put(cache, "a.b.c");
  EXPECT_FALSE(cache.find("a.b.c"));
}

// Against a map that forgets nothing: whatever is found is what was put last.
TEST_F(VerdictCacheTest, NeverTellsOfOneTokenWhatHoldsForAnother) {
  std::vector<Identity> people;
  for (int i = 0; i < 16; ++i) people.push_back(identity_of("p" + std::string(i * 16, 'x')));
  std::mt19937 engine(5);
  for (const std::size_t entries : {1u, 7u, 40u}) {
    VerdictCache cache(entries, stamps, random);
    std::map<std::string, std::pair<std::size_t, std::uint64_t>> model;
    std::size_t hits = 0;
    for (std::uint64_t step = 1; step < 30'000; ++step) {
      const std::size_t number = engine() % 400;
      const auto token = token_named(number, 60 + number * 7);
      if (engine() % 2 == 0) {
        // The same token speaks of the same person, as it would.
        put(cache, token, people[number % people.size()], step);
        model[token] = {number % people.size(), step};
        continue;
      }
      const auto found = cache.find(token);
      if (!found) continue;
      ++hits;
      const auto& [person, stamp] = model.at(token);
      ASSERT_EQ(found->noted.stamps[0], stamp);
      ASSERT_EQ(cache.identity(*found)->subject(), people[person].subject());
    }
    EXPECT_GT(hits, 100u);
  }
}

// Under TSan too: readers while the ring comes round again and again.
TEST_F(VerdictCacheTest, ReadersSeeWholeEntriesWhileTheRingComesRound) {
  constexpr std::size_t kTokens = 300;
  std::vector<std::string> tokens;
  std::vector<Identity> people;
  for (std::size_t i = 0; i < kTokens; ++i) {
    tokens.push_back(token_named(i, 100 + i * 5));
    people.push_back(identity_of("subject-" + std::to_string(i)));
  }
  VerdictCache cache(20, stamps, random);
  std::atomic<bool> done{false};
  std::atomic<std::size_t> hits{0};
  const auto read = [&](unsigned seed) {
    std::mt19937 engine(seed);
    while (!done) {
      const std::size_t i = engine() % kTokens;
      const auto found = cache.find(tokens[i]);
      if (!found) continue;
      // Each word of the notes says the same, or they were torn.
      for (const auto stamp : found->noted.stamps) ASSERT_EQ(stamp, found->noted.stamps[0]);
      const auto identity = cache.identity(*found);
      if (!identity) continue;
      ASSERT_EQ(identity->subject(), people[i].subject());
      Writer writer;
      if (!cache.tell(*found, writer)) continue;
      ASSERT_EQ(writer.text, people[i].told_text());
      ++hits;
    }
  };
  std::thread one(read, 1);
  std::thread other(read, 2);
  std::mt19937 engine(3);
  for (std::uint64_t step = 0; step < 100'000 || (hits < 1'000 && !HasFailure()); ++step) {
    const std::size_t i = engine() % (step % 2 == 0 ? kTokens : 20);
    cache.put({tokens[i], people[i], {{1, 2, 3, 4}, 4}, kNow, {0, 0, 0, {step, step, step, step}}});
  }
  done = true;
  one.join();
  other.join();
}

}  // namespace
}  // namespace recant::verify
