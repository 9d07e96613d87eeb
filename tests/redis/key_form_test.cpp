// One form of keys a Redis (ADR 10): who is refused, and that nothing is lost when keys are given
// their other names.
#include "redis/key_form.hpp"

#include <gmock/gmock.h>

#include "monitor.hpp"
#include "redis/revocation_reader.hpp"
#include "store_world.hpp"

namespace recant::redis {
namespace {

using State = KeyForm::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

const core::Subject kAlice = subject_named("alice");

class KeyFormTest : public StoreWorld {
 protected:
  const Keys plain_{KeyOptions{"app:", false}};
  const Keys tagged_{KeyOptions{"app:", true}};
  StoreClient plain{server.target(), 2, plain_};
  StoreClient tagged{server.target(), 3, tagged_};

  State claim(const Keys& keys, bool may_convert = false) {
    const auto state = client.run(KeyForm(client.connection, keys).claim(may_convert));
    if (!state) throw std::runtime_error(state.error().detail);
    return *state;
  }
  std::int64_t convert(const Keys& keys) {
    KeyForm form(client.connection, keys);
    const auto count = client.run(form.convert());
    if (!count) throw std::runtime_error(count.error().detail);
    return *count;
  }
  std::vector<std::string> all_keys(const std::string& pattern) {
    std::vector<std::string> all;
    const auto found = server.run("KEYS", pattern);
    for (const Reply& key : found.elements()) all.emplace_back(*key.text());
    return all;
  }
};

TEST_F(KeyFormTest, WithoutAWordKeysArePlain) {
  EXPECT_EQ(claim(plain_), State::ours);
  EXPECT_THAT(all_keys("*"), IsEmpty());
  plain.get(plain.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(claim(tagged_), State::other);
  EXPECT_EQ(claim(plain_), State::ours);
}

TEST_F(KeyFormTest, ARedisThatHoldsNothingIsClaimed) {
  EXPECT_EQ(claim(tagged_), State::ours);
  EXPECT_EQ(claim(tagged_), State::ours);
  EXPECT_EQ(claim(plain_), State::other);
  EXPECT_EQ(claim(tagged_), State::ours) << "asking changes nothing";
  EXPECT_EQ(value("app:recant:key_form"), "tagged");
  EXPECT_EQ(expiry("app:recant:key_form"), -1) << "for as long as any key might stand";
}

TEST_F(KeyFormTest, EachPrefixHasItsOwn) {
  EXPECT_EQ(claim(tagged_), State::ours);
  EXPECT_EQ(claim(Keys(KeyOptions{"other:", false})), State::ours);
  const Keys third(KeyOptions{"third:", true});
  EXPECT_EQ(claim(third), State::other) << "who knows what stands there";
  EXPECT_EQ(claim(third, true), State::to_be_given);
  EXPECT_EQ(convert(third), 0);
  EXPECT_EQ(claim(third), State::ours);
}

TEST_F(KeyFormTest, HalfWayNobodyMayUseIt) {
  ASSERT_EQ(claim(plain_), State::ours);
  EXPECT_EQ(claim(tagged_, true), State::to_be_given);
  for (const Keys* keys : {&plain_, &tagged_}) EXPECT_EQ(claim(*keys), State::half_way);
  EXPECT_EQ(claim(tagged_, true), State::to_be_given) << "but it may be gone on with";
  EXPECT_EQ(claim(plain_, true), State::to_be_given) << "or turned back";
  convert(plain_);
  EXPECT_EQ(claim(plain_), State::ours);
  EXPECT_EQ(claim(plain_, true), State::ours) << "there is nothing to convert";
  EXPECT_THAT(all_keys("*"), IsEmpty());
}

// Two at once, one for either form: whoever is through first must not say so, as the other goes on.
TEST_F(KeyFormTest, WhoeverIsTurnedBackMeanwhileDoesNotEndIt) {
  server.run("SET", "app:recant:policy", "v=1 strategy=blacklist");
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  ASSERT_EQ(claim(plain_, true), State::to_be_given);
  EXPECT_THROW(convert(tagged_), std::runtime_error);
  EXPECT_EQ(value("app:recant:policy"), "v=1 strategy=blacklist keys=converting");
  for (const Keys* keys : {&plain_, &tagged_}) EXPECT_EQ(claim(*keys), State::half_way);
  convert(plain_);
  EXPECT_EQ(value("app:recant:policy"), "v=1 strategy=blacklist");
  EXPECT_THROW(convert(tagged_), std::runtime_error) << "nor after that is through";
  EXPECT_EQ(claim(plain_), State::ours);
}

TEST_F(KeyFormTest, WhereTheFormIsLostThePolicySaysIt) {
  ASSERT_EQ(claim(tagged_), State::ours);
  server.run("SET", "app:recant:policy", "v=1 strategy=blacklist keys=tagged");
  server.run("DEL", "app:recant:key_form");
  EXPECT_EQ(claim(plain_), State::other);
  EXPECT_EQ(claim(tagged_), State::ours);
  server.run("SET", "app:recant:policy", "v=1 strategy=blacklist keys=converting");
  for (const Keys* keys : {&plain_, &tagged_}) EXPECT_EQ(claim(*keys), State::half_way);
  server.run("SET", "app:recant:key_form", "tagged");  // as an earlier version ends a conversion
  for (const Keys* keys : {&plain_, &tagged_}) EXPECT_EQ(claim(*keys), State::half_way);
  EXPECT_EQ(claim(plain_, true), State::to_be_given);
  convert(plain_);
  EXPECT_EQ(claim(plain_), State::ours);
  EXPECT_EQ(value("app:recant:policy"), "v=1 strategy=blacklist");
  server.run("SET", "app:recant:policy", "v=1 strategy=blacklist keys=of_whom");
  EXPECT_EQ(claim(plain_), State::ours) << "nobody of ours wrote that";
}

// Verifiers look at nothing else: not one of them may go on by the names that are given up.
TEST_F(KeyFormTest, ThePolicySaysSoWhileKeysAreConverted) {
  const std::string policy = "v=1 strategy=blacklist whitelisted_until=1700000000 more=x";
  const auto told = [&] { return value("app:recant:policy"); };
  server.run("SET", "app:recant:policy", policy);
  ASSERT_EQ(claim(tagged_), State::other);
  EXPECT_EQ(told(), policy);
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  EXPECT_EQ(told(), policy + " keys=converting");
  for (const Keys* keys : {&plain_, &tagged_}) claim(*keys);
  EXPECT_EQ(told(), policy + " keys=converting") << "it was interrupted, and stays so";
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  convert(tagged_);
  EXPECT_EQ(told(), policy + " keys=tagged");
  ASSERT_EQ(claim(plain_, true), State::to_be_given);
  EXPECT_EQ(told(), policy + " keys=converting");
  convert(plain_);
  EXPECT_EQ(told(), policy);
}

TEST_F(KeyFormTest, APolicyThatIsNoneKeepsNoConversionAway) {
  for (const bool there : {true, false}) {
    const Keys& keys = there ? tagged_ : plain_;
    ASSERT_EQ(claim(keys, true), State::to_be_given);
    EXPECT_FALSE(stands("app:recant:policy")) << "what is lost is put back by whoever serves";
    convert(keys);
    EXPECT_FALSE(stands("app:recant:policy"));
  }
  server.run("SADD", "app:recant:policy", "x");
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  convert(tagged_);
  EXPECT_EQ(claim(tagged_), State::ours);
}

TEST_F(KeyFormTest, EverythingOfASubjectGoesOnUnderItsOtherNames) {
  for (const bool there : {true, false}) {
    StoreClient& before = there ? plain : tagged;
    StoreClient& after = there ? tagged : plain;
    const auto subject = subject_named(there ? "a b:{c}%\u00fc" : "back");
    const auto name = subject.text();
    auto session = before.open(subject);
    session.live = *before.rotate(session.session, 0).live;
    const auto other = before.open(subject);
    const auto bob = subject_named("bob" + std::to_string(there));
    const auto dead = before.open(bob);
    before.get(before.store.revoke_subject(bob, core::Reason::admin));
    const auto bar = before.keys.blacklisted_subject("barred");
    server.run("SET", bar, "1", "EX", 1000);

    const auto note = [&](const Keys& keys) {
      std::vector<std::int64_t> all;
      for (const std::string& key :
           {keys.session(name, session.sid()), keys.sessions(name),
            keys.refresh_token(name, refresh_id(session.sid().substr(6), 1)),
            keys.blacklisted_subject(bob.text()), keys.reason_for_subject(bob.text()),
            keys.blacklisted_subject("barred")}) {
        all.push_back(expiry(key));
      }
      return all;
    };
    const auto expected = note(before.keys);
    EXPECT_THAT(expected, ::testing::Each(::testing::Gt(0)));

    ASSERT_EQ(claim(after.keys, true), State::to_be_given);
    EXPECT_GE(convert(after.keys), 6);
    EXPECT_EQ(claim(after.keys), State::ours);
    EXPECT_EQ(note(after.keys), expected);
    for (const auto& key : all_keys("app:*")) {
      EXPECT_FALSE(before.keys.take_apart(key)) << key;
    }
    // Signed in as before, and revoked as before.
    EXPECT_THAT(after.get(after.store.list(subject, "", 10)).sessions, SizeIs(2));
    EXPECT_EQ(after.rotate(session.session, 1).outcome, core::RefreshOutcome::rotated);
    EXPECT_EQ(after.rotate(other.session, 0).outcome, core::RefreshOutcome::rotated);
    EXPECT_EQ(after.rotate(dead.session, 0).outcome, core::RefreshOutcome::revoked);
    EXPECT_EQ(value(after.keys.blacklisted_subject("barred")), "1");
    EXPECT_EQ(after.gate(subject_named("barred")).earliest_begin, UnixMillis::max());
    server.run("DEL", after.keys.blacklisted_subject("barred"));
  }
}

TEST_F(KeyFormTest, WhatIsNotOfASubjectIsLeftAlone) {
  const auto session = plain.open(kAlice);
  plain.get(plain.store.revoke_token(session.live.jti, session.live.access.expires_at,
                                     core::Reason::admin, {}));
  plain.get(plain.store.revoke_all(core::Reason::admin));
  const std::vector<std::string> others = {"blacklist:user:alice",
                                           "app:user:alice",
                                           "user:*",
                                           "app:refresh_token:of-another-service",
                                           "app:blacklist:user:a:b",
                                           "app:session:user:alice",
                                           "app:blacklist:user:{x}"};
  for (const std::string& key : others) server.run("SET", key, "x");
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  EXPECT_EQ(convert(tagged_), 2) << "record and index; the refresh token goes with the record";
  for (const std::string& key : others) EXPECT_TRUE(stands(key)) << key;
  EXPECT_TRUE(stands(plain_.blacklisted_jti(session.live.jti)));
  EXPECT_TRUE(stands(plain_.blacklisted_all()));
  EXPECT_TRUE(stands(plain_.horizon()));
}

struct Both {
  std::string old_value, new_value;
  std::int64_t old_ttl, new_ttl;  // seconds; 0: none
  std::string value;
  std::int64_t ttl;
};

TEST_F(KeyFormTest, OfTwoWatermarksTheStrongerStays) {
  const std::vector<Both> cases = {
      {"1700000000001", "1700000000000", 100, 200, "1700000000001", 200},
      {"1700000000000", "1700000000001", 200, 100, "1700000000001", 200},
      {"1", "1700000000000", 100, 200, "1", 200},
      {"1700000000000", "everything", 0, 200, "everything", 0},
      {"1700000000001", "1700000000000", 100, 0, "1700000000001", 0},
  };
  const auto set = [&](const std::string& key, const std::string& value, std::int64_t ttl) {
    server.run("SET", key, value);
    if (ttl > 0) server.run("EXPIRE", key, ttl);
  };
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  for (const Both& c : cases) {
    const auto key = tagged_.blacklisted_subject("alice");
    set(plain_.blacklisted_subject("alice"), c.old_value, c.old_ttl);
    set(key, c.new_value, c.new_ttl);
    convert(tagged_);
    EXPECT_EQ(value(key), c.value);
    EXPECT_EQ(integer(server.run("TTL", key)), c.ttl == 0 ? -1 : c.ttl);
    EXPECT_FALSE(stands(plain_.blacklisted_subject("alice")));
  }
}

TEST_F(KeyFormTest, OfTwoIndexesBothStay) {
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  server.run("ZADD", plain_.sessions("alice"), 4102444800000, "one", 4102444700000, "two");
  server.run("ZADD", tagged_.sessions("alice"), 4102444900000, "three", 4102444600000, "two");
  convert(tagged_);
  const auto all = server.run("ZRANGE", tagged_.sessions("alice"), 0, -1, "WITHSCORES");
  std::vector<std::string> words;
  for (const Reply& word : all.elements()) words.emplace_back(*word.text());
  EXPECT_THAT(
      words, ElementsAre("two", "4102444700000", "one", "4102444800000", "three", "4102444900000"));
  EXPECT_EQ(expiry(tagged_.sessions("alice")), 4102444900000);
  EXPECT_FALSE(stands(plain_.sessions("alice")));
}

TEST_F(KeyFormTest, ThousandsGoInBatches) {
  constexpr int kSubjects = 1500;
  for (int i = 0; i < kSubjects; ++i) {
    const auto name = "user" + std::to_string(i);
    server.run("HSET", plain_.session(name, "sid"), "r", "id" + std::to_string(i));
    server.run("SET", plain_.refresh_token(name, "id" + std::to_string(i)), name);
  }
  ASSERT_EQ(claim(tagged_, true), State::to_be_given);
  Monitor monitor(server);
  EXPECT_EQ(convert(tagged_), kSubjects);
  for (const SeenScript& call : monitor.scripts()) EXPECT_THAT(call.keys().size(), Le(256u));
  EXPECT_THAT(all_keys("app:session:user:{user*}:sid"), SizeIs(kSubjects));
  EXPECT_THAT(all_keys("app:refresh_token:{user*}id*"), SizeIs(kSubjects));
  EXPECT_THAT(all_keys("app:session:user:user*"), IsEmpty());
}

}  // namespace
}  // namespace recant::redis
