// Several threads, each with a connection of its own, at one Redis (promises G4 and G5).
#include <gtest/gtest.h>

#include <barrier>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "store_world.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using service::OpenOutcome;

const core::Subject kAlice = subject_named("alice");

/// What somebody was given, and so could show to an API.
struct Issued {
  Uuid sid;
  std::string jti;
};

/// Runs `work(client, index)` on so many threads, all let go at once.
template <class Work>
void race(testing::RedisServer& server, int threads, Work work) {
  std::barrier line(threads);
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      StoreClient client(server.target(), static_cast<std::uint64_t>(i) + 100);
      client.gate(kAlice);  // connected
      line.arrive_and_wait();
      work(client, i);
    });
  }
}

using StoreRaceTest = StoreWorld;

TEST_F(StoreRaceTest, O08_OneTokenUsedByManyGivesOneGeneration) {
  constexpr int kThreads = 8;
  constexpr int kUses = 8;  // each thread has so many under way at a time: 64 in all
  constexpr int kRounds = 30;
  std::vector<service::NewSession> sessions;
  for (int round = 0; round < kRounds; ++round) sessions.push_back(client.open(kAlice).session);

  std::mutex mutex;
  std::vector<std::multiset<RefreshOutcome>> outcomes(kRounds);
  std::vector<std::set<std::string>> answers(kRounds);
  std::barrier round_begins(kThreads);
  race(server, kThreads, [&](StoreClient& mine, int) {
    for (std::size_t round = 0; round < kRounds; ++round) {
      round_begins.arrive_and_wait();
      int left = kUses;
      for (int i = 0; i < kUses; ++i) {
        boost::asio::co_spawn(
            mine.io, mine.store.rotate(mine.rotation(sessions[round], 0)),
            [&](const std::exception_ptr&, const service::Stored<service::RotationOutcome>& got) {
              --left;
              const std::lock_guard lock(mutex);
              if (!got || !got->live) return;
              outcomes[round].insert(got->outcome);
              answers[round].insert(std::to_string(got->live->generation) + got->live->jti +
                                    got->live->key_id +
                                    std::to_string(count(got->live->access.expires_at)));
            });
      }
      while (left > 0) mine.io.run_one();
      mine.io.restart();
    }
  });
  for (std::size_t round = 0; round < kRounds; ++round) {
    EXPECT_EQ(outcomes[round].size(), std::size_t{kThreads * kUses}) << "round " << round;
    EXPECT_EQ(outcomes[round].count(RefreshOutcome::rotated), 1u) << "round " << round;
    EXPECT_EQ(answers[round].size(), 1u) << "round " << round;
  }
}

TEST_F(StoreRaceTest, O10_NothingOpenedOrRefreshedSlipsPastARevocation) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  for (int round = 0; round < kRounds; ++round) {
    const auto subject = subject_named("user-" + std::to_string(round));
    std::vector<service::NewSession> old;
    for (int i = 0; i < kThreads; ++i) old.push_back(client.open(subject).session);

    std::mutex mutex;
    std::vector<Issued> issued;
    UnixMillis watermark{};
    race(server, kThreads + 1, [&](StoreClient& mine, int index) {
      if (index == kThreads) {
        std::this_thread::sleep_for(std::chrono::microseconds{100 * (round % 20)});
        watermark = mine.get(mine.store.revoke_subject(subject, core::Reason::admin)).watermark;
        mine.tidy_all(subject, core::Reason::admin);
        return;
      }
      core::Generation generation = 0;
      for (int i = 0; i < 12; ++i) {
        const auto& session = old[static_cast<std::size_t>(index)];
        const auto outcome = mine.rotate(session, generation);
        const auto gate = mine.gate(subject);
        const auto next = mine.new_session(subject, gate);
        const auto opened = mine.get(mine.store.open(next));
        const std::lock_guard lock(mutex);
        if (outcome.live) {
          generation = outcome.live->generation;
          issued.push_back({session.sid, outcome.live->jti});
        }
        if (opened.live) issued.push_back({next.sid, opened.live->jti});
      }
    });

    // By the rules of a check: what began at or before the watermark is dead, all else alive.
    const auto standing =
        core::Watermark::parse(value(client.keys.blacklisted_subject(subject.text())));
    EXPECT_EQ(standing.instant(), watermark);
    std::map<Uuid, bool> alive;
    for (const auto& one : issued) alive[one.sid] = !standing.covers(one.sid.time());
    for (const auto& session : old) EXPECT_TRUE(standing.covers(session.sid.time()));
    for (const auto& [sid, lives] : alive) {
      const bool record = stands(client.keys.session(subject.text(), sid.to_string()));
      EXPECT_EQ(record, lives) << "a session begun " << (lives ? "after" : "before")
                               << " the revocation, round " << round;
    }
    // And a recipe's reader, which knows jtis only, is not misled about the dead.
    for (const auto& one : issued) {
      EXPECT_EQ(stands(client.keys.blacklisted_jti(one.jti)), !alive[one.sid]) << "round " << round;
    }
  }
}

TEST_F(StoreRaceTest, ALoginInFlightDoesNotOutliveARevocation) {
  // The gate is read, then somebody revokes, then the session is to be opened.
  constexpr int kThreads = 4;
  std::mutex mutex;
  std::vector<std::pair<Uuid, std::string>> opened;
  race(server, kThreads + 1, [&](StoreClient& mine, int index) {
    for (int i = 0; i < 60; ++i) {
      if (index == kThreads) {
        if (i % 3 == 0) mine.get(mine.store.revoke_all(core::Reason::admin));
        mine.get(mine.store.revoke_subject(kAlice, core::Reason::admin));
        continue;
      }
      const auto gate = mine.gate(kAlice);
      const auto session = mine.new_session(kAlice, gate);
      const auto outcome = mine.get(mine.store.open(session));
      if (outcome.kind != OpenOutcome::Kind::opened) continue;
      EXPECT_FALSE(gate.subject_watermark &&
                   core::Watermark::parse(*gate.subject_watermark).covers(session.sid.time()));
      const std::lock_guard lock(mutex);
      opened.emplace_back(session.sid, gate.subject_watermark.value_or(""));
    }
  });
  // Each began beyond the watermark that its gate saw; the last watermark ended all that are older.
  const auto last = core::Watermark::parse(value(client.keys.blacklisted_subject("alice")));
  client.tidy_all(kAlice, core::Reason::admin);
  std::size_t dead = 0;
  for (const auto& [sid, watermark] : opened) {
    const bool covered = last.covers(sid.time());
    dead += covered ? 1 : 0;
    EXPECT_EQ(stands(client.keys.session("alice", sid.to_string())), !covered);
  }
  EXPECT_FALSE(opened.empty());
  RecordProperty("opened", static_cast<int>(opened.size()));
  RecordProperty("dead", static_cast<int>(dead));
}

}  // namespace
}  // namespace recant::redis
