// What becomes of recant:policy when servers of one or another configuration write it, on a real
// Redis (docs/adr/0011, docs/adr/0019).
#include "redis/policy_store.hpp"

#include <gtest/gtest.h>

#include "store_world.hpp"

namespace recant::redis {
namespace {

using core::Policy;
using core::Strategy;

/// As a server is configured.
struct Configured {
  std::int64_t staleness_ms = 250;
  std::int64_t allowed_ms = 0;
  Strategy strategy = Strategy::blacklist;
  core::KeyForm keys = core::KeyForm::plain;

  Policy policy() const {
    Policy policy{strategy};
    policy.max_staleness = milliseconds{staleness_ms};
    policy.allow_cached_for = milliseconds{allowed_ms};
    policy.keys = keys;
    return policy;
  }
};

class PolicyStoreTest : public StoreWorld {
 protected:
  StandingPolicy publish(const Policy& policy, bool replace) {
    const auto standing =
        client.run(publish_policy(client.connection, client.keys, policy, replace));
    if (!standing) throw std::runtime_error(standing.error().detail);
    EXPECT_EQ(standing->text, value(client.keys.policy()));
    return *standing;
  }
  StandingPolicy start(const Configured& one) { return publish(one.policy(), false); }
  StandingPolicy change_to(const Configured& one) { return publish(one.policy(), true); }

  void stand(const std::string& text) { server.run("SET", client.keys.policy(), text); }

  UnixMillis redis_now() {
    const auto time = server.run("TIME");
    const auto part = [&](std::size_t i) {
      return std::stoll(std::string(*time.elements()[i].text()));
    };
    return unix_millis(part(0) * 1000 + part(1) / 1000);
  }
  /// Leases of `bound` that were granted until a moment between `from` and now, with 1 %.
  void expect_earlier(const StandingPolicy& standing, std::int64_t bound, UnixMillis from) {
    ASSERT_TRUE(standing.policy) << standing.text;
    ASSERT_TRUE(standing.policy->earlier_staleness) << standing.text;
    const auto earlier = *standing.policy->earlier_staleness;
    EXPECT_EQ(earlier.bound, milliseconds{bound});
    const milliseconds runs{(bound * 101 + 99) / 100 + 1};
    EXPECT_GE(earlier.until, from + runs);
    EXPECT_LE(earlier.until, redis_now() + runs);
  }
  static UnixMillis end_of_leases(const StandingPolicy& standing) {
    const auto earlier = standing.policy ? standing.policy->earlier_staleness : std::nullopt;
    return earlier ? earlier->until : unix_millis(0);
  }
  std::optional<milliseconds> largest_lease() {
    PublishedLeases leases(client.connection, client.keys);
    return client.get(leases.largest());
  }
};

TEST_F(PolicyStoreTest, TheFirstWritesWhatItIsConfiguredWith) {
  EXPECT_EQ(start({}).text, "v=1 strategy=blacklist max_staleness=250");
  EXPECT_EQ(start({}).text, "v=1 strategy=blacklist max_staleness=250");
  server.run("DEL", client.keys.policy());
  EXPECT_EQ(start({100, 60'000, Strategy::whitelist}).text,
            "v=1 strategy=whitelist max_staleness=100 allow_cached_for=60000");
}

TEST_F(PolicyStoreTest, OneThatDiffersChangesNothingUnasked) {
  const std::string stands = start({}).text;
  for (const Configured& other : {Configured{100}, Configured{5000}, Configured{250, 1000},
                                  Configured{250, 0, Strategy::whitelist}}) {
    EXPECT_EQ(start(other).text, stands);
  }
}

TEST_F(PolicyStoreTest, WhatAnEarlierVersionWroteIsCompleted) {
  for (const std::string stood :
       {"v=1 strategy=blacklist", "v=1 strategy=blacklist whitelisted_until=1700000000",
        "v=1 more=x strategy=blacklist", "v=1 strategy=blacklist allow_cached_for=0"}) {
    stand(stood);
    const auto standing = start({100});
    EXPECT_EQ(standing.text, stood + " max_staleness=100");
    EXPECT_EQ(standing.before, stood);
    EXPECT_TRUE(standing.policy) << standing.text;
  }
}

TEST_F(PolicyStoreTest, OneThatDiffersOtherwiseCompletesNothing) {
  stand("v=1 strategy=whitelist");
  EXPECT_EQ(start({}).text, "v=1 strategy=whitelist");
  stand("v=1 strategy=blacklist");
  EXPECT_EQ(start({250, 60'000}).text, "v=1 strategy=blacklist");
  stand("v=2 strategy=blacklist");
  EXPECT_EQ(start({}).text, "v=2 strategy=blacklist");
}

constexpr Configured kTagged{.keys = core::KeyForm::tagged};

TEST_F(PolicyStoreTest, TheFormOfTheKeysIsSaidWhereItIsTagged) {
  EXPECT_EQ(start(kTagged).text, "v=1 strategy=blacklist max_staleness=250 keys=tagged");
  EXPECT_EQ(change_to({250, 1000, Strategy::blacklist, core::KeyForm::tagged}).text,
            "v=1 strategy=blacklist max_staleness=250 allow_cached_for=1000 keys=tagged");
}

// Whether or not they agree on the rest: an earlier version's verifiers are held to no form, ours
// would be to the wrong one.
TEST_F(PolicyStoreTest, APolicyThatNamesNoFormIsGivenOurs) {
  server.run("SET", client.keys.form(), "tagged");
  for (const std::string stood :
       {"v=1 strategy=blacklist max_staleness=250", "v=1 strategy=blacklist max_staleness=100",
        "v=1 strategy=whitelist more=x max_staleness=250", "v=1 xkeys=plain strategy=whitelist"}) {
    stand(stood);
    const auto standing = start(kTagged);
    EXPECT_EQ(standing.text, stood + " keys=tagged");
    EXPECT_EQ(standing.before, stood);
    EXPECT_EQ(start(kTagged).text, standing.text);
  }
  stand("v=1 strategy=blacklist");
  EXPECT_EQ(start(kTagged).text, "v=1 strategy=blacklist max_staleness=250 keys=tagged");
}

// Keys have been given plain names since, which no word tells, and one that was not stopped for
// that publishes still: verifiers of tagged keys would go on, by names that nobody writes any more.
TEST_F(PolicyStoreTest, OneWhoseFormWasTakenAwayNamesItNoMore) {
  const std::string plain = start({}).text;
  for (const char* form : {"", "converting:tagged"}) {
    server.run("DEL", client.keys.form());
    if (*form != '\0') server.run("SET", client.keys.form(), form);
    EXPECT_EQ(start(kTagged).text, plain) << form;
  }
}

TEST_F(PolicyStoreTest, AFormThatIsNamedIsNobodysToChange) {
  for (const std::string stood : {"v=1 strategy=blacklist max_staleness=250 keys=tagged",
                                  "v=1 keys=converting strategy=blacklist max_staleness=250",
                                  "v=1 strategy=blacklist max_staleness=250 keys=other",
                                  "v=2 strategy=blacklist max_staleness=250"}) {
    for (const Configured& one : {Configured{}, kTagged}) {
      stand(stood);
      EXPECT_EQ(start(one).text, stood);
    }
  }
}

TEST_F(PolicyStoreTest, AChangeSaysUntilWhenLeasesOfBeforeRun) {
  start({9000});
  const auto from = redis_now();
  const auto changed = change_to({100});
  EXPECT_TRUE(
      changed.text.starts_with("v=1 strategy=blacklist max_staleness=100 "
                               "staleness_before=9000@"))
      << changed.text;
  expect_earlier(changed, 9000, from);
  EXPECT_EQ(largest_lease(), milliseconds{9000});
  EXPECT_EQ(start({100}).text, changed.text) << "who agrees leaves it as it is";
}

TEST_F(PolicyStoreTest, AChangeOfSomethingElseSaysNothingOfLeases) {
  start({});
  EXPECT_EQ(change_to({250, 60'000}).text,
            "v=1 strategy=blacklist max_staleness=250 allow_cached_for=60000");
  EXPECT_EQ(change_to({250, 0, Strategy::whitelist}).text,
            "v=1 strategy=whitelist max_staleness=250");
}

TEST_F(PolicyStoreTest, ASecondChangeForgetsNoLease) {
  start({9000});
  const auto from = redis_now();
  const auto first = change_to({100});
  const auto second = change_to({200});
  expect_earlier(second, 9000, from);
  EXPECT_GE(end_of_leases(second), end_of_leases(first));
  const auto third = redis_now();
  change_to({10'000});
  expect_earlier(change_to({50}), 10'000, third);
  EXPECT_EQ(largest_lease(), milliseconds{10'000});
}

TEST_F(PolicyStoreTest, AShorterBoundIsRememberedOnlyAsFarAsItMustBe) {
  start({100});
  const auto from = redis_now();
  expect_earlier(change_to({5000}), 100, from);
  EXPECT_EQ(largest_lease(), milliseconds{5000});
}

TEST_F(PolicyStoreTest, WhatIsLongOverGoesWithTheNextChange) {
  stand("v=1 strategy=blacklist max_staleness=100 staleness_before=5000@1700000000000");
  EXPECT_EQ(largest_lease(), milliseconds{100});
  EXPECT_EQ(change_to({100}).text, "v=1 strategy=blacklist max_staleness=100");
}

// Verifiers may hold whatever that allowed, and nobody here can read what it was.
TEST_F(PolicyStoreTest, OverAPolicyThatIsNotKnownAnyLeaseMayStillRun) {
  for (const char* text : {"v=2 strategy=blacklist max_staleness=100", "whatever", "",
                           "v=1 strategy=blacklist", "v=1 strategy=blacklist max_staleness=no"}) {
    stand(text);
    const auto from = redis_now();
    expect_earlier(change_to({}), 10'000, from);
  }
  server.run("DEL", client.keys.policy());
  server.run("SADD", client.keys.policy(), "x");
  const auto from = redis_now();
  expect_earlier(change_to({}), 10'000, from);
}

TEST_F(PolicyStoreTest, OverNothingThereIsNothingToRemember) {
  EXPECT_EQ(change_to({}).text, "v=1 strategy=blacklist max_staleness=250");
}

TEST_F(PolicyStoreTest, AForeignHandCannotMakeItUnreadable) {
  const std::string beginning = "v=1 strategy=blacklist max_staleness=100 staleness_before=";
  for (const char* said :
       {"5000@99999999999999999999", "5000", "99999@1900000000000", "0@1900000000000", "x@y", ""}) {
    stand(beginning + said);
    const auto standing = change_to({100});
    EXPECT_EQ(standing.text, "v=1 strategy=blacklist max_staleness=100") << said;
  }
}

TEST_F(PolicyStoreTest, NobodySaysForHowLongWhereNoPolicyDoes) {
  EXPECT_EQ(largest_lease(), std::nullopt);
  for (const char* text : {"", "v=2 strategy=blacklist max_staleness=100", "v=1 strategy=blacklist",
                           "v=1 strategy=blacklist max_staleness=0"}) {
    stand(text);
    EXPECT_EQ(largest_lease(), std::nullopt) << text;
  }
  server.run("DEL", client.keys.policy());
  server.run("SADD", client.keys.policy(), "x");
  PublishedLeases leases(client.connection, client.keys);
  EXPECT_FALSE(client.run(leases.largest()));
}

class PolicyInForceTest : public PolicyStoreTest {};

TEST_F(PolicyInForceTest, IsTheStricterOfWhatIsConfiguredAndWhatWasSeen) {
  PolicyInForce own{Configured{250, 1000}.policy()};
  EXPECT_EQ(own.goes_by(), (Configured{250, 1000}.policy()));
  own.saw(Configured{100, 5000}.policy());
  EXPECT_EQ(own.goes_by(), (Configured{100, 1000}.policy()));
  own.saw(Configured{5000}.policy());
  EXPECT_EQ(own.goes_by(), Configured{250}.policy());
  own.saw(Policy{});
  EXPECT_EQ(own.goes_by().max_staleness, std::nullopt);
}

TEST_F(PolicyInForceTest, WhatIsLostIsPutBackAsItIsGoneBy) {
  PolicyInForce own{Configured{5000}.policy()};
  start({5000});
  const auto changed = change_to({100});
  own.saw(*changed.policy);
  server.run("FLUSHALL");
  EXPECT_EQ(publish(own.puts_back(), false).text, changed.text);

  // What an earlier version says nothing of is not lost with it.
  own.saw(Policy{});
  server.run("FLUSHALL");
  EXPECT_EQ(publish(own.puts_back(), false).policy->max_staleness, milliseconds{5000});
}

TEST_F(PolicyInForceTest, WhatIsPutBackNamesTheFormThatIsConfigured) {
  for (const auto keys : {core::KeyForm::plain, core::KeyForm::tagged}) {
    PolicyInForce own{Configured{.keys = keys}.policy()};
    for (const auto seen : {core::KeyForm::plain, core::KeyForm::tagged}) {
      own.saw(Configured{.keys = seen}.policy());
      EXPECT_EQ(own.goes_by().keys, keys);
      EXPECT_EQ(own.puts_back(), Configured{.keys = keys}.policy());
    }
  }
}

TEST_F(PolicyInForceTest, WhoeverIssuesPutsItBackWordForWord) {
  Policy policy = Configured{100, 60'000}.policy();
  policy.earlier_staleness = {milliseconds{5000}, unix_millis(1'700'000'000'000)};
  policy.keys = core::KeyForm::tagged;
  PolicyInForce own{policy};
  own.saw(policy);
  RedisSessionStore store(client.connection, client.keys, own);
  const auto opens = [&] {
    const auto alice = subject_named("alice");
    return client.get(store.open(client.new_session(alice, client.gate(alice)))).live.has_value();
  };
  EXPECT_TRUE(opens());
  EXPECT_EQ(value(client.keys.policy()), policy.text());
  stand("v=1 max_staleness=250 allow_cached_for=1000 strategy=whitelist");
  EXPECT_TRUE(opens());
  EXPECT_EQ(value(client.keys.policy()),
            "v=1 max_staleness=250 allow_cached_for=1000 strategy=whitelist");
}

}  // namespace
}  // namespace recant::redis
