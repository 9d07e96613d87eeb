// Listing a subject's sessions: whole, in order, bounded, and without a write.
#include <gmock/gmock.h>
#include <set>

#include "monitor.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using ::testing::IsEmpty;

TEST_F(SessionStoreTest, ListsTheLivingTheMostRecentlyUsedFirst) {
  const auto first = client.open(kAlice);
  client.device.name = "a phone";
  const auto second = client.open(kAlice);
  const auto third = client.open(kAlice);
  const auto fourth = client.open(kAlice);
  client.get(client.store.close(kAlice, third.session.sid, core::Reason::logout, {}));
  client.get(client.store.blacklist_session(fourth.session.sid.to_string(), core::Reason::admin));
  client.device.user_agent = "new agent";
  auto used = client.rotate(first.session, 0);
  while (used.live->session_end == second.live.session_end) used = client.rotate(first.session, 1);

  const auto page = client.get(client.store.list(kAlice, "", 100));
  EXPECT_EQ(page.next, "");
  ASSERT_EQ(page.sessions.size(), 2u);
  EXPECT_EQ(page.sessions[0].sid, first.session.sid);
  EXPECT_EQ(page.sessions[0].created_at, first.session.sid.time());
  EXPECT_EQ(page.sessions[0].last_seen_at, used.live->now);
  EXPECT_EQ(page.sessions[0].expires_at, used.live->session_end);
  EXPECT_EQ(page.sessions[0].device.user_agent, "new agent");
  EXPECT_EQ(page.sessions[1].sid, second.session.sid);
  EXPECT_EQ(page.sessions[1].device.name, "a phone");
  EXPECT_EQ(page.sessions[1].last_seen_at, second.live.now);
  EXPECT_THAT(client.get(client.store.list(subject_named("bob"), "", 100)).sessions, IsEmpty());
}

TEST_F(SessionStoreTest, PagesMeetEverySessionOnce) {
  std::set<Uuid> opened;
  for (int i = 0; i < 57; ++i) opened.insert(client.open(kAlice).session.sid);
  for (const int limit : {1, 7, 57, 100}) {
    std::set<Uuid> met;
    std::string after;
    std::size_t listed = 0;
    UnixMillis last = UnixMillis::max();
    do {
      const auto page = client.get(client.store.list(kAlice, after, limit));
      EXPECT_LE(page.sessions.size(), static_cast<std::size_t>(limit));
      for (const auto& entry : page.sessions) {
        met.insert(entry.sid);
        EXPECT_LE(entry.expires_at, last);
        last = entry.expires_at;
      }
      listed += page.sessions.size();
      after = page.next;
    } while (!after.empty());
    EXPECT_EQ(met, opened) << "limit " << limit;
    EXPECT_EQ(listed, opened.size()) << "limit " << limit;
  }
}

TEST_F(SessionStoreTest, SessionsThatEndTogetherAreListedOnce) {
  // As many in one millisecond as need several round trips.
  const auto model = client.open(kAlice);
  const auto dump = server.run("DUMP", keys.session("alice", model.sid()));
  const auto end = count(model.live.session_end);
  std::set<std::string> all{model.sid()};
  for (int i = 0; i < 600; ++i) {
    const auto sid = Uuid::version7(model.live.now, client.random.bytes<10>()).to_string();
    server.run("RESTORE", keys.session("alice", sid), end, *dump.text(), "ABSTTL");
    server.run("ZADD", keys.sessions("alice"), end, sid);
    all.insert(sid);
  }
  std::set<std::string> met;
  std::size_t listed = 0;
  std::string after;
  do {
    const auto page = client.get(client.store.list(kAlice, after, 100));
    for (const auto& entry : page.sessions) met.insert(entry.sid.to_string());
    listed += page.sessions.size();
    after = page.next;
  } while (!after.empty());
  EXPECT_EQ(listed, all.size());
  EXPECT_EQ(met, all);
}

TEST_F(SessionStoreTest, AbsurdEntriesOfAForeignHandArePassedOver) {
  const auto opened = client.open(kAlice);
  for (const char* end : {"inf", "1e300", "9e15", "-inf", "-1e300"}) {
    const auto sid = Uuid::version7(opened.live.now, client.random.bytes<10>()).to_string();
    server.run("ZADD", keys.sessions("alice"), end, sid);
    server.run("ZADD", keys.sessions("alice"), end, std::string("no uuid, ") + end);
  }
  for (const int limit : {1, 10}) {
    const auto page = client.get(client.store.list(kAlice, "", limit));
    ASSERT_EQ(page.sessions.size(), 1u);
    EXPECT_EQ(page.sessions[0].sid, opened.session.sid);
    EXPECT_EQ(page.next, "");
  }
}

TEST_F(SessionStoreTest, ACursorThatIsNotOursGivesTheFirstPage) {
  const auto opened = client.open(kAlice);
  for (const char* cursor : {"x", ".", "1.", "12.nonsense", "-1.", "1e3.x", "\r\n"}) {
    const auto page = client.get(client.store.list(kAlice, cursor, 10));
    ASSERT_EQ(page.sessions.size(), 1u) << cursor;
    EXPECT_EQ(page.sessions[0].sid, opened.session.sid);
  }
}

TEST_F(SessionStoreTest, ManyDeadSessionsMakeNoCallSlow) {
  const auto now = count(client.gate(kAlice).store_time);
  Command add("ZADD", keys.sessions("alice"));
  constexpr int kMany = 20'000;
  for (int i = 0; i < kMany; ++i) {
    add.add(now + 1'000'000 + i);
    add.add(Uuid::version7(unix_millis(now - i), client.random.bytes<10>()).to_string());
  }
  server.ask(add);
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  const auto young = client.open(kAlice);

  Monitor monitor(server);
  auto page = client.get(client.store.list(kAlice, "", 10));
  ASSERT_EQ(page.sessions.size(), 1u);
  EXPECT_EQ(page.sessions[0].sid, young.session.sid);
  int pages = 1;
  while (!page.next.empty()) {
    page = client.get(client.store.list(kAlice, page.next, 10));
    EXPECT_THAT(page.sessions, IsEmpty());
    ++pages;
  }
  const auto seen = monitor.seen();
  for (const Seen& command : seen) EXPECT_FALSE(is_write(command)) << command.words[0];
  // 3 for the start and 8 stretches a call.
  EXPECT_LE(seen.size(), static_cast<std::size_t>(pages) * (3 + 8) + 2);
  EXPECT_LE(pages, kMany / (8 * 256) + 2);
}

}  // namespace
}  // namespace recant::redis
