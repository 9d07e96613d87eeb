// How many sessions a subject may have: who counts, who goes, and that no call takes long.
#include <gmock/gmock.h>

#include <barrier>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "monitor.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using service::OpenOutcome;
using OnLimit = service::SessionLimit::OnLimit;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Copies a session: KEYS beginning of records, index; ARGV its sid, the beginning of the copies',
/// the first and last of their numbers, the end.
constexpr const char* kPlant = R"(
  local dump = redis.call('DUMP', KEYS[1] .. ARGV[1])
  for i = ARGV[3], ARGV[4] do
    local sid = ARGV[2] .. string.format('%012x', i)
    redis.call('RESTORE', KEYS[1] .. sid, ARGV[5] - i, dump, 'ABSTTL')
    redis.call('ZADD', KEYS[2], ARGV[5] - i, sid)
  end)";

class SessionLimitTest : public SessionStoreTest {
 protected:
  void limit_to(std::int64_t most, OnLimit on_limit = OnLimit::evict_oldest) {
    client.limit = {most, on_limit};
  }
  OpenOutcome try_open(const core::Subject& subject = kAlice) {
    return client.get(client.store.open(client.new_session(subject, client.gate(subject))));
  }
  /// Refreshed a moment later than whatever was before.
  service::RotationOutcome refresh(const StoreClient::Opened& session,
                                   core::Generation generation) {
    std::this_thread::sleep_for(milliseconds{2});
    return client.rotate(session.session, generation);
  }
  StoreClient::Opened open_later() {
    std::this_thread::sleep_for(milliseconds{2});
    return client.open(kAlice);
  }
  bool is_alive(const StoreClient::Opened& session) {
    return stands(keys.session("alice", session.sid()));
  }
  std::int64_t listed() { return integer(server.run("ZCARD", keys.sessions("alice"))); }
  std::int64_t living_records() {
    return static_cast<std::int64_t>(
        server.run("KEYS", keys.session("alice", "") + "*").elements().size());
  }
  /// Index entries and records as they stand after a login, by the thousand.
  void plant(const StoreClient::Opened& like, int many) {
    const auto beginning = like.sid().substr(0, 24);
    constexpr int kACall = 5000;
    for (int from = 0; from < many; from += kACall) {
      server.run("EVAL", kPlant, 2, keys.session("alice", ""), keys.sessions("alice"), like.sid(),
                 beginning, from, std::min(from + kACall, many) - 1, count(like.live.session_end));
    }
  }
};

TEST_F(SessionLimitTest, TheLeastRecentlyRefreshedGoesNotTheFirstToSignIn) {
  limit_to(3);
  const auto first = client.open(kAlice);
  const auto second = open_later();
  const auto third = open_later();
  refresh(first, 0);
  const auto outcome = try_open();
  EXPECT_EQ(outcome.kind, OpenOutcome::Kind::opened);
  EXPECT_THAT(outcome.evicted, ElementsAre(second.sid()));
  expect_closed(second, "evicted");
  expect_token_dead(second.live, "evicted");
  EXPECT_FALSE(stands(keys.refresh_token("alice", second.session.refresh_id)));
  EXPECT_TRUE(is_alive(first) && is_alive(third));
  EXPECT_EQ(listed(), 3);
  EXPECT_EQ(client.rotate(second.session, 0).outcome, RefreshOutcome::revoked);
}

TEST_F(SessionLimitTest, ItIsTheLastRefreshThatCountsAndNotWhenTheSessionEnds) {
  limit_to(2);
  client.lifetimes.absolute = std::chrono::hours{1};  // ends first, however it is refreshed
  const auto short_lived = client.open(kAlice);
  client.lifetimes.absolute = std::chrono::hours{90 * 24};
  const auto idle = open_later();
  refresh(short_lived, 0);
  EXPECT_THAT(try_open().evicted, ElementsAre(idle.sid()));
  EXPECT_TRUE(is_alive(short_lived));
}

TEST_F(SessionLimitTest, OfManyTheLeastRecentlyRefreshedIsAmongThoseThatEndFirst) {
  limit_to(80);
  std::vector<StoreClient::Opened> opened;
  for (int i = 0; i < 80; ++i) opened.push_back(open_later());
  for (std::size_t i = 0; i < 70; ++i) refresh(opened[i], 0);
  for (const std::size_t next : {70, 71, 72}) {
    std::this_thread::sleep_for(milliseconds{2});
    EXPECT_THAT(try_open().evicted, ElementsAre(opened[next].sid()));
  }
}

TEST_F(SessionLimitTest, WithoutALimitNobodyGoes) {
  for (int i = 0; i < 20; ++i) EXPECT_THAT(try_open().evicted, IsEmpty());
  EXPECT_EQ(listed(), 20);
}

TEST_F(SessionLimitTest, OneIsALimitToo) {
  limit_to(1);
  const auto first = client.open(kAlice);
  EXPECT_THAT(try_open().evicted, ElementsAre(first.sid()));
  EXPECT_EQ(listed(), 1);
}

TEST_F(SessionLimitTest, OthersAreNoneOfItsBusiness) {
  limit_to(1);
  const auto mine = client.open(kAlice);
  EXPECT_THAT(try_open(subject_named("bob")).evicted, IsEmpty());
  EXPECT_TRUE(is_alive(mine));
}

TEST_F(SessionLimitTest, OneMoreIsDeniedAndNothingChanges) {
  limit_to(2, OnLimit::deny);
  const auto first = client.open(kAlice);
  const auto second = client.open(kAlice);
  const auto before = integer(server.run("DBSIZE"));
  const auto outcome = try_open();
  EXPECT_EQ(outcome.kind, OpenOutcome::Kind::session_limit);
  EXPECT_THAT(outcome.evicted, IsEmpty());
  EXPECT_EQ(integer(server.run("DBSIZE")), before);
  EXPECT_TRUE(is_alive(first) && is_alive(second));
  client.get(client.store.close(kAlice, first.session.sid, core::Reason::logout, {}));
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened);
}

TEST_F(SessionLimitTest, TheDeadGoFirst) {
  for (const auto on_limit : {OnLimit::evict_oldest, OnLimit::deny}) {
    limit_to(3, on_limit);
    const auto living = client.open(kAlice);
    const auto blacklisted = open_later();
    const auto lost = open_later();
    client.get(client.store.blacklist_session(blacklisted.sid(), core::Reason::admin));
    server.run("DEL", keys.session("alice", lost.sid()));
    const auto outcome = try_open();
    EXPECT_EQ(outcome.kind, OpenOutcome::Kind::opened);
    EXPECT_THAT(outcome.evicted, IsEmpty()) << "who is dead is not evicted";
    EXPECT_TRUE(is_alive(living));
    EXPECT_FALSE(is_alive(blacklisted));
    EXPECT_EQ(value(keys.reason_for_session(blacklisted.sid())), "admin");
    expect_token_dead(blacklisted.live, "admin");
    EXPECT_EQ(listed(), 2);
    server.run("FLUSHALL");
  }
}

TEST_F(SessionLimitTest, ThoseUnderAWatermarkDoNotCountWhoeverRaisedIt) {
  limit_to(2, OnLimit::deny);
  client.open(kAlice);
  client.open(kAlice);
  client.get(client.store.revoke_subject(kAlice, core::Reason::password_change));
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened) << "a password change";
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened);
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::session_limit);
  client.get(client.store.revoke_all(core::Reason::admin));
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened) << "before anybody has tidied";
  server.run("SET", keys.blacklisted_subject("alice"), count(client.gate(kAlice).earliest_begin));
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened) << "a foreign watermark";
}

TEST_F(SessionLimitTest, ThoseWhoseTimeIsOverDoNotCount) {
  limit_to(1, OnLimit::deny);
  const auto opened = client.open(kAlice);
  server.run("ZADD", keys.sessions("alice"), count(opened.live.now) - 1, opened.sid());
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened);
}

TEST_F(SessionLimitTest, ARecordThatCannotBeReadIsLeftAloneAndCounts) {
  limit_to(2);
  const auto broken = client.open(kAlice);
  const auto good = open_later();
  server.run("HSET", keys.session("alice", broken.sid()), "v", "9");
  EXPECT_THAT(try_open().evicted, ElementsAre(good.sid()));
  EXPECT_TRUE(is_alive(broken));
  limit_to(1);
  const auto outcome = try_open();
  EXPECT_EQ(outcome.kind, OpenOutcome::Kind::evicted);
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::session_limit);
}

TEST_F(SessionLimitTest, ALoweredLimitIsWorkedOffCallByCall) {
  for (int i = 0; i < 100; ++i) client.open(kAlice);
  limit_to(3);
  int calls = 0;
  std::size_t gone = 0;
  for (;;) {
    const auto outcome = try_open();
    ++calls;
    gone += outcome.evicted.size();
    if (outcome.kind == OpenOutcome::Kind::opened) break;
    ASSERT_EQ(outcome.kind, OpenOutcome::Kind::evicted);
    ASSERT_FALSE(outcome.evicted.empty());
  }
  EXPECT_GT(calls, 1);
  EXPECT_EQ(gone, 98u);
  EXPECT_EQ(listed(), 3);
}

TEST_F(SessionLimitTest, NoCallTouchesMoreThan256Keys) {
  client.policy.saw({core::Strategy::whitelist});
  for (int i = 0; i < 80; ++i) {
    const auto opened = client.open(kAlice);
    for (core::Generation g = 0; g < static_cast<core::Generation>(i % 32); ++g) {
      client.rotate(opened.session, g);
    }
  }
  limit_to(2);
  Monitor monitor(server);
  for (;;) {
    const auto outcome = try_open();
    ASSERT_TRUE(outcome.kind == OpenOutcome::Kind::opened || !outcome.evicted.empty());
    if (outcome.kind == OpenOutcome::Kind::opened) break;
  }
  std::size_t most = 0;
  for (const auto& call : monitor.scripts()) most = std::max(most, call.keys().size());
  EXPECT_LE(most, 256u);
  EXPECT_GT(most, 150u) << "the bound was hardly met";
  EXPECT_EQ(listed(), 2);
}

// --- many logins at once ---------------------------------------------------------------------

class SessionLimitRaceTest : public SessionLimitTest {
 protected:
  struct Counted {
    int opened = 0;
    int denied = 0;
    std::size_t evicted = 0;
    std::int64_t most_seen = 0;
  };
  /// So many logins on each of some threads, all let go at once; after each the index is counted.
  Counted race(int threads, int logins) {
    std::barrier line(threads);
    std::mutex mutex;
    Counted all;
    {
      std::vector<std::jthread> running;
      for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
          StoreClient mine(server.target(), static_cast<std::uint64_t>(i) + 100);
          mine.limit = client.limit;
          mine.gate(kAlice);  // connected
          line.arrive_and_wait();
          for (int login = 0; login < logins; ++login) {
            const auto outcome =
                mine.get(mine.store.open(mine.new_session(kAlice, mine.gate(kAlice))));
            const Command question("ZCARD", keys.sessions("alice"));
            const auto stand = mine.run(mine.connection.run(question));
            const std::lock_guard lock(mutex);
            if (outcome.kind == OpenOutcome::Kind::opened) ++all.opened;
            if (outcome.kind == OpenOutcome::Kind::session_limit) ++all.denied;
            all.evicted += outcome.evicted.size();
            all.most_seen = std::max(all.most_seen, stand->integer().value_or(1000));
          }
        });
      }
    }
    return all;
  }
};

TEST_F(SessionLimitRaceTest, ManyLoginsAtOnceNeverExceedTheLimit) {
  limit_to(5);
  const auto counted = race(8, 25);
  EXPECT_EQ(counted.opened, 200);
  EXPECT_EQ(counted.evicted, 195u);
  EXPECT_LE(counted.most_seen, 5);
  EXPECT_EQ(listed(), 5);
  EXPECT_EQ(living_records(), 5);
}

TEST_F(SessionLimitRaceTest, ManyLoginsAtOnceAreDeniedButForAsManyAsThereMayBe) {
  limit_to(5, OnLimit::deny);
  const auto counted = race(8, 5);
  EXPECT_EQ(counted.opened, 5);
  EXPECT_EQ(counted.denied, 35);
  EXPECT_LE(counted.most_seen, 5);
  EXPECT_EQ(listed(), 5);
  EXPECT_EQ(living_records(), 5);
}

// --- any order -------------------------------------------------------------------------------

/// The limit held against a model of a few lines, through histories of everything that begins, uses
/// or ends a session.
TEST_F(SessionLimitTest, AnyOrderEndsTheLeastRecentlyRefreshedAndNobodyElse) {
  struct Living {
    StoreClient::Opened session;
    core::Generation generation = 0;
    std::pair<UnixMillis, UnixMillis> seen;  // last refreshed, begun
  };
  std::mt19937 random(20261124);
  const auto pick = [&](int most) {
    return std::uniform_int_distribution<int>(0, most - 1)(random);
  };
  for (int history = 0; history < 12; ++history) {
    const bool deny = history % 2 == 1;
    const int most = 1 + pick(6);
    limit_to(most, deny ? OnLimit::deny : OnLimit::evict_oldest);
    const auto subject = subject_named("user-" + std::to_string(history));
    std::map<std::string, Living> living;
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE("history " + std::to_string(history) + ", step " + std::to_string(step));
      auto chosen = living.begin();
      if (!living.empty()) std::advance(chosen, pick(static_cast<int>(living.size())));
      const int act = pick(10);
      if (act < 5 || living.empty()) {
        auto session = client.new_session(subject, client.gate(subject));
        const auto outcome = client.get(client.store.open(session));
        const bool full = static_cast<int>(living.size()) >= most;
        ASSERT_EQ(outcome.kind == OpenOutcome::Kind::session_limit, full && deny);
        ASSERT_EQ(outcome.evicted.size(), full && !deny ? 1u : 0u);
        for (const auto& sid : outcome.evicted) {
          const auto gone = living.find(sid);
          ASSERT_NE(gone, living.end());
          for (const auto& [_, other] : living) EXPECT_LE(gone->second.seen, other.seen);
          living.erase(gone);
        }
        if (!outcome.live) continue;
        const auto sid = session.sid.to_string();
        living.emplace(
            sid, Living{{session, *outcome.live}, 0, {outcome.live->now, session.sid.time()}});
      } else if (act < 8) {
        Living& used = chosen->second;
        const auto outcome = client.rotate(used.session.session, used.generation);
        ASSERT_EQ(outcome.outcome, RefreshOutcome::rotated);
        ++used.generation;
        used.seen.first = outcome.live->now;
      } else if (act == 8 && pick(4) == 0) {
        client.get(client.store.revoke_subject(subject, core::Reason::logout_all));
        living.clear();
      } else {
        if (pick(2) == 0) {
          client.get(client.store.blacklist_session(chosen->first, core::Reason::admin));
        } else {
          client.get(client.store.close(subject, chosen->second.session.session.sid,
                                        core::Reason::logout, {}));
        }
        living.erase(chosen);
      }
      if (pick(3) == 0) std::this_thread::sleep_for(milliseconds{1});
    }
  }
}

// --- a subject with 100,000 sessions -----------------------------------------------------------

class HundredThousandTest : public SessionLimitTest {
 protected:
  static constexpr int kMany = 100'000;
};

TEST_F(HundredThousandTest, LoginListRevokeAndTidyingAreBounded) {
  const auto first = client.open(kAlice);
  plant(first, kMany - 1);
  ASSERT_EQ(listed(), kMany);

  // Pages: of so many commands each, whatever their number, and no session twice.
  std::set<std::string> seen;
  std::string after;
  Monitor listing(server);
  constexpr int kPages = 20;
  for (int i = 0; i < kPages; ++i) {
    const auto page = client.get(client.store.list(kAlice, after, 100));
    EXPECT_EQ(page.sessions.size(), 100u);
    for (const auto& entry : page.sessions) EXPECT_TRUE(seen.insert(entry.sid.to_string()).second);
    after = page.next;
    EXPECT_LE(listing.seen().size(), 3u + 1 + 2 * 100);
  }

  // Logging in: without a limit nobody goes, under the highest as many as one call ends.
  Monitor logins(server);
  EXPECT_THAT(try_open().evicted, IsEmpty());
  limit_to(1000);
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::evicted);
  for (const auto& call : logins.scripts()) EXPECT_LE(call.keys().size(), 256u);

  // One write ends them all.
  const auto standing = listed();
  Monitor revoking(server);
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(revoked.sessions, standing);
  const auto calls = revoking.scripts();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_LE(calls[0].commands.size(), 12u);
  EXPECT_EQ(client.rotate(first.session, 0).outcome, RefreshOutcome::revoked);

  // Logging in while nobody has tidied: what is dead does not count, and little of it is looked at.
  limit_to(3, OnLimit::deny);
  Monitor after_it(server);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(try_open().kind, OpenOutcome::Kind::opened);
  EXPECT_EQ(try_open().kind, OpenOutcome::Kind::session_limit);
  for (const auto& call : after_it.scripts()) {
    EXPECT_LE(call.keys().size(), 256u);
    EXPECT_LE(call.commands.size(), 16u + 32);
  }

  Monitor tidying(server);
  for (int i = 0; i < 20; ++i) {
    EXPECT_GT(client.get(client.store.tidy(kAlice, core::Reason::admin, {})).closed, 20);
  }
  for (const auto& call : tidying.scripts()) EXPECT_LE(call.keys().size(), 256u);
}

TEST_F(HundredThousandTest, ALimitThatIsLoweredByALotIsWorkedOff) {
  plant(client.open(kAlice), kMany - 1);
  limit_to(3);
  Monitor monitor(server);
  for (int call = 0; call < 50; ++call) {
    const auto outcome = try_open();
    ASSERT_EQ(outcome.kind, OpenOutcome::Kind::evicted);
    EXPECT_GT(outcome.evicted.size(), 5u);
    // The last to be planted end first, and no call looks at more than 64.
    for (const auto& sid : outcome.evicted) {
      EXPECT_GT(std::stoi(sid.substr(24), nullptr, 16), kMany - 64 * (call + 1) - 2);
    }
  }
  for (const auto& call : monitor.scripts()) EXPECT_LE(call.keys().size(), 256u);
}

}  // namespace
}  // namespace recant::redis
