// Who may administer: the use case over the real store, seen from several threads.
#include "database/sql_admin_keys.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "crypto/random.hpp"
#include "database/fixture.hpp"
#include "service/admin_access.hpp"
#include "testing/manual_clock.hpp"

namespace recant::database {
namespace {

using service::AdminAccess;
using service::AdminKey;
using service::AdminKeyDraft;
using service::AdminKeyError;
using service::AdminScope;
using service::FailureCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kUsers = static_cast<std::uint8_t>(AdminScope::users);
constexpr auto kRevoke = static_cast<std::uint8_t>(AdminScope::revoke);
constexpr auto kKeys = static_cast<std::uint8_t>(AdminScope::keys);

class KeptEvents final : public service::EventSink {
 public:
  void record(service::Event event, const service::Caller& caller,
              const service::EventFields& fields) override {
    const std::lock_guard lock(mutex_);
    lines.push_back(std::string(service::name_of(event)) + " by " + caller.actor + ": " +
                    std::string(fields.detail));
  }
  void administered(const service::Caller&, const service::AdminAct&) override {}
  std::vector<std::string> lines;

 private:
  std::mutex mutex_;
};

class AdminKeysTest : public OnBothEngines {
 protected:
  AdminKeysTest() {
    const auto first = store_.add_first(
        {"first", service::admin_key_hash("ak_first"), service::kAllAdminScopes, clock_.wall()});
    if (!first) throw std::runtime_error("no first key");
    keys_.replace(*store_.load_all());
    store_.publish_to(keys_);
  }

  AdminAccess thread() { return {keys_, store_, events_, clock_, random_}; }
  AdminKey first() const {
    return {"first", service::admin_key_hash("ak_first"), service::kAllAdminScopes};
  }

  /// A new key's text.
  std::string add(AdminAccess& access, const std::string& name, std::uint8_t scopes) {
    auto granted = run(access.add({name, scopes}, first(), {}));
    if (!granted) throw std::runtime_error(granted.error().detail);
    return std::string(granted->text.reveal());
  }
  static FailureCode code(const service::Outcome<void>& outcome) { return outcome.error().code; }
  static FailureCode code(const service::Outcome<service::GrantedAdminKey>& outcome) {
    return outcome.error().code;
  }
  /// What stands on disk, as a later start would find it.
  std::vector<std::string> names_on_disk() {
    const auto database = open();
    std::vector<std::string> names;
    for (const AdminKey& key : *SqlAdminKeys(*database).load_all()) names.push_back(key.name);
    return names;
  }

  std::unique_ptr<Database> database_ = open();
  service::AdminKeys keys_{{}};
  testing::ManualClock clock_{unix_millis(1'700'000'000'000)};
  crypto::SystemRandom random_;
  KeptEvents events_;
  SqlAdminKeys store_{*database_};
};

TEST_P(AdminKeysTest, ANewKeyWorksOnEveryThreadAndIsKeptHashed) {
  AdminAccess one = thread();
  AdminAccess other = thread();
  ASSERT_NE(other.find("ak_first"), nullptr);  // it has looked before
  const std::string text = add(one, "ci", kUsers | kRevoke);
  EXPECT_THAT(text, ::testing::MatchesRegex("ak_[A-Za-z0-9_-]{43}"));
  for (AdminAccess* access : {&one, &other}) {
    const AdminKey* place = access->find(text);
    ASSERT_NE(place, nullptr);
    const AdminKey found = *place;  // the next find() may give the list up
    EXPECT_EQ(found.name, "ci");
    EXPECT_TRUE(found.allows(AdminScope::users));
    EXPECT_TRUE(found.allows(AdminScope::revoke));
    EXPECT_FALSE(found.allows(AdminScope::sessions));
    EXPECT_FALSE(found.allows(AdminScope::keys));
    EXPECT_EQ(access->find(text + "x"), nullptr);
    EXPECT_EQ(access->find(found.sha256), nullptr);
  }
  EXPECT_THAT(names_on_disk(), ElementsAre("ci", "first"));
  EXPECT_THAT(events_.lines, ElementsAre("admin_key.added by : ci: users revoke"));
}

TEST_P(AdminKeysTest, ARemovedKeyIsRefusedOnEveryThreadOnceTheAnswerIsThere) {
  AdminAccess one = thread();
  AdminAccess other = thread();
  const std::string text = add(one, "ci", kUsers);
  ASSERT_NE(other.find(text), nullptr);
  ASSERT_TRUE(run(one.remove(
      "ci", first(), {.request_id = {}, .address = {}, .user_agent = {}, .actor = "first"})));
  EXPECT_EQ(other.find(text), nullptr);
  EXPECT_EQ(one.find(text), nullptr);
  EXPECT_THAT(names_on_disk(), ElementsAre("first"));
  EXPECT_EQ(events_.lines.back(), "admin_key.removed by first: ci");
  EXPECT_EQ(code(run(one.remove("ci", first(), {}))), FailureCode::not_found);
}

TEST_P(AdminKeysTest, NobodyGrantsWhatHisOwnKeyLacks) {
  AdminAccess access = thread();
  const std::string text = add(access, "half", kKeys | kUsers);
  const AdminKey half = *access.find(text);
  auto refused = run(access.add({"more", kUsers | kRevoke}, half, {}));
  EXPECT_EQ(code(refused), FailureCode::forbidden);
  EXPECT_THAT(refused.error().detail, HasSubstr("revoke"));
  EXPECT_TRUE(run(access.add({"less", kUsers}, half, {})));
  // Whatever the caller believes of his key, what stands in the database decides.
  AdminKey believed = half;
  believed.scopes = service::kAllAdminScopes;
  EXPECT_EQ(code(run(access.add({"more", kUsers | kRevoke}, believed, {}))),
            FailureCode::forbidden);
  EXPECT_THAT(names_on_disk(), ElementsAre("first", "half", "less"));
}

TEST_P(AdminKeysTest, AKeyThatIsGoneOrManagesNoKeysChangesNothing) {
  AdminAccess access = thread();
  const std::string text = add(access, "gone", service::kAllAdminScopes);
  const AdminKey gone = *access.find(text);
  const AdminKey users = *access.find(add(access, "users", kUsers));
  ASSERT_TRUE(run(access.remove("gone", first(), {})));
  for (const AdminKey& asker : {gone, users}) {
    EXPECT_EQ(code(run(access.add({"new", kUsers}, asker, {}))), FailureCode::forbidden);
    EXPECT_EQ(code(run(access.remove("first", asker, {}))), FailureCode::forbidden);
  }
  EXPECT_THAT(names_on_disk(), ElementsAre("first", "users"));
}

TEST_P(AdminKeysTest, TheLastKeyThatManagesKeysStays) {
  AdminAccess access = thread();
  add(access, "users", kUsers);
  auto refused = run(access.remove("first", first(), {}));
  EXPECT_EQ(code(refused), FailureCode::last_key);
  EXPECT_NE(access.find("ak_first"), nullptr);
  add(access, "other", kKeys);
  EXPECT_TRUE(run(access.remove("first", first(), {})));
  EXPECT_EQ(access.find("ak_first"), nullptr);
  EXPECT_THAT(names_on_disk(), ElementsAre("other", "users"));
}

TEST_P(AdminKeysTest, NamesAreOfOneFormAndGivenOnce) {
  AdminAccess access = thread();
  for (const std::string& name :
       {std::string(), std::string("-x"), std::string(".."), std::string("a b"), std::string("a/b"),
        std::string("\xc3\xab"), std::string("a\n"), std::string(65, 'a')}) {
    EXPECT_EQ(code(run(access.add({name, kUsers}, first(), {}))), FailureCode::invalid_request)
        << name;
  }
  EXPECT_EQ(code(run(access.add({"first", kUsers}, first(), {}))), FailureCode::name_taken);
  EXPECT_NE(access.find("ak_first"), nullptr);
  add(access, std::string(64, 'a'), kUsers);
}

TEST_P(AdminKeysTest, ListsByNameInPages) {
  AdminAccess access = thread();
  for (const char* name : {"c", "a", "b"}) add(access, name, kUsers);
  auto page = access.list("", 2);
  ASSERT_THAT(page.keys, SizeIs(2));
  EXPECT_EQ(page.keys[0].name + page.keys[1].name + page.next, "abb");
  EXPECT_EQ(page.keys[0].created_at, clock_.wall());
  page = access.list(page.next, 2);
  ASSERT_THAT(page.keys, SizeIs(2));
  EXPECT_EQ(page.keys[0].name + page.keys[1].name, "cfirst");
  EXPECT_THAT(page.next, IsEmpty());
  EXPECT_THAT(access.list("zzz", 2).keys, IsEmpty());
}

TEST_P(AdminKeysTest, WhenAKeyWasLastUsedIsKeptToTheHour) {
  AdminAccess access = thread();
  const auto last_used = [&] {
    // The writer takes one thing after the other: a change that is answered comes after the note.
    EXPECT_EQ(run(store_.remove("nobody", first().sha256)).error(), AdminKeyError::not_found);
    const auto database = open();
    return SqlAdminKeys(*database).load_all()->front().last_used_at;
  };
  EXPECT_EQ(last_used(), std::nullopt);
  const UnixMillis begin = clock_.wall();
  access.find("ak_first");
  EXPECT_EQ(last_used(), begin);
  clock_.advance(std::chrono::minutes{59});
  access.find("ak_first");
  EXPECT_EQ(last_used(), begin);
  clock_.advance(std::chrono::minutes{1});
  access.find("ak_first");
  EXPECT_EQ(last_used(), clock_.wall());
  EXPECT_EQ(access.list("", 9).keys.front().last_used_at, clock_.wall());
  // A clock that steps back takes nothing back.
  clock_.advance(-std::chrono::hours{5});
  AdminAccess fresh = thread();
  fresh.find("ak_first");
  EXPECT_EQ(last_used(), begin + std::chrono::hours{1});
}

/// One thread adds and removes; the others, each with a view of its own, must never find a key
/// whose removal has been answered, and always find one whose adding has.
TEST_P(AdminKeysTest, EveryThreadSeesEveryAnswer) {
  constexpr int kRounds = 40;
  constexpr int kReaders = 3;
  std::string text;
  bool there = false;
  std::barrier step(kReaders + 1);
  std::atomic<int> wrong{0};
  std::vector<std::jthread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      AdminAccess mine = thread();
      for (int round = 0; round < 2 * kRounds; ++round) {
        step.arrive_and_wait();  // it has been answered
        if ((mine.find(text) != nullptr) != there) ++wrong;
        step.arrive_and_wait();  // everybody has looked
      }
    });
  }
  AdminAccess access = thread();
  for (int round = 0; round < kRounds; ++round) {
    text = add(access, "k", kUsers);
    there = true;
    step.arrive_and_wait();
    step.arrive_and_wait();
    EXPECT_TRUE(run(access.remove("k", first(), {})));
    there = false;
    step.arrive_and_wait();
    step.arrive_and_wait();
  }
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

/// Of two keys that manage keys and remove each other at the same moment one stays.
TEST_P(AdminKeysTest, TwoCannotRemoveEachOther) {
  for (int round = 0; round < 20; ++round) {
    AdminAccess access = thread();
    const std::string text = add(access, "second", service::kAllAdminScopes);
    const AdminKey second = *access.find(text);
    std::atomic<int> done{0};
    {
      const std::jthread one([&] {
        AdminAccess mine = thread();
        if (run(mine.remove("second", first(), {}))) ++done;
      });
      const std::jthread two([&] {
        AdminAccess mine = thread();
        if (run(mine.remove("first", second, {}))) ++done;
      });
    }
    EXPECT_EQ(done, 1);
    EXPECT_THAT(names_on_disk(), SizeIs(1));
    if (names_on_disk().front() == "first") continue;
    // For the next round as it was.
    ASSERT_TRUE(run(store_.add(first(), second.sha256)));
    ASSERT_TRUE(run(store_.remove("second", first().sha256)));
  }
}

// Names are ordered by their bytes, as the pages of a list need it.
TEST_P(AdminKeysTest, AreListedByTheBytesOfTheirNames) {
  AdminAccess access = thread();
  for (const char* name : {"a.b", "B", "a-c", "A", "ab"}) add(access, name, kUsers);
  EXPECT_THAT(names_on_disk(), ElementsAre("A", "B", "a-c", "a.b", "ab", "first"));
}

// Two servers on one database: each sees what the other changed.
TEST_P(AdminKeysTest, AnotherServersKeyWorksAndIsRefusedAgainOnceLookedAt) {
  const auto other_database = open();
  SqlAdminKeys other_store(*other_database);
  service::AdminKeys other_keys{*other_store.load_all()};
  other_store.publish_to(other_keys);
  AdminAccess here = thread();
  AdminAccess there{other_keys, other_store, events_, clock_, random_};
  const auto look = [&] {
    other_store.look_again();
    // The writer takes one thing after the other: what is answered comes after the look.
    EXPECT_EQ(run(other_store.remove("nobody", first().sha256)).error(), AdminKeyError::not_found);
  };
  const std::string text = add(here, "ci", kUsers);
  look();
  ASSERT_NE(there.find(text), nullptr);
  ASSERT_TRUE(run(here.remove("ci", first(), {})));
  look();
  EXPECT_EQ(there.find(text), nullptr);
}

/// Of servers that start for the first time together one makes the first key.
TEST_P(AdminKeysTest, TheFirstKeyIsMadeOnce) {
  EXPECT_EQ(store_.add_first({"second", service::admin_key_hash("ak_second"), 15}).error(),
            AdminKeyError::taken);
  EXPECT_THAT(names_on_disk(), ElementsAre("first"));
}

RECANT_ON_BOTH_ENGINES(AdminKeysTest);

TEST(AdminScopes, AreWordsOfAClosedList) {
  EXPECT_EQ(service::parse_admin_scope("users sessions revoke keys introspect"),
            service::kAllAdminScopes);
  EXPECT_EQ(service::parse_admin_scope("keys users"), 9);
  EXPECT_EQ(service::admin_scope_text(9), "users keys");
  EXPECT_EQ(service::admin_scope_text(service::kAllAdminScopes),
            "users sessions revoke keys introspect");
  for (const char* text :
       {"", " ", "user", "users ", " users", "users  keys", "users users", "users,keys", "USERS"}) {
    EXPECT_EQ(service::parse_admin_scope(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace recant::database
