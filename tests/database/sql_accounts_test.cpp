#include "database/sql_accounts.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "database/fixture.hpp"

namespace recant::database {
namespace {

using service::AccountError;
using ::testing::ElementsAre;

class SqlAccountsTest : public OnBothEngines {
 protected:
  auto add(const std::string& name, int number) {
    return run(accounts_.add(account_named(name, number)));
  }
  auto find(const std::string& name) { return run(accounts_.find(*core::Username::parse(name))); }
  auto find(int number) { return run(accounts_.find(id_of(number))); }
  std::vector<std::string> names(const service::AccountPage& page) {
    std::vector<std::string> out;
    for (const auto& account : page.accounts) out.push_back(account.username);
    return out;
  }

  std::unique_ptr<Database> database_ = open();
  SqlAccounts accounts_{*database_};
};

TEST_P(SqlAccountsTest, GivesBackWhatWasAdded) {
  ASSERT_TRUE(add("Ada", 7));
  const auto by_name = find("Ada");
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->user_id, id_of(7));
  EXPECT_EQ(by_name->username, "Ada");
  EXPECT_EQ(by_name->password_hash, "$argon2id$Ada");
  EXPECT_EQ(by_name->scope, "read write");
  EXPECT_EQ(by_name->claims_json, R"({"team":"blue"})");
  EXPECT_FALSE(by_name->disabled);
  EXPECT_EQ(count(by_name->created_at), 1'700'000'000'007);
  const auto by_id = find(7);
  ASSERT_TRUE(by_id);
  EXPECT_EQ(by_id->username, "Ada");
}

TEST_P(SqlAccountsTest, AddsManyAtOnceAndPassesOverWhatIsTaken) {
  using Kind = service::Added::Kind;
  ASSERT_TRUE(add("ada", 1));
  auto disabled = account_named("bob", 2);
  disabled.disabled = true;
  const auto added =
      run(accounts_.add_all({disabled, account_named("ADA", 3), account_named("cy", 1),
                             account_named("BOB", 4), account_named("dee", 5)}));
  ASSERT_TRUE(added);
  std::vector<std::pair<Kind, Uuid>> outcomes;
  for (const auto& one : *added) outcomes.emplace_back(one.kind, one.user_id);
  EXPECT_THAT(outcomes,
              ElementsAre(std::pair(Kind::added, id_of(2)), std::pair(Kind::name_taken, id_of(1)),
                          std::pair(Kind::id_taken, id_of(1)),
                          std::pair(Kind::name_taken, id_of(2)), std::pair(Kind::added, id_of(5))));
  EXPECT_TRUE(find("bob")->disabled);
  EXPECT_FALSE(find("dee")->disabled);
  EXPECT_EQ(find("ada")->password_hash, "$argon2id$ada");
}

TEST_P(SqlAccountsTest, FindsANameRegardlessOfCase) {
  ASSERT_TRUE(add("Zoë Straße", 1));
  EXPECT_EQ(find("ZOË STRASSE")->user_id, id_of(1));
}

TEST_P(SqlAccountsTest, ANameIsTakenRegardlessOfCase) {
  ASSERT_TRUE(add("ada", 1));
  EXPECT_EQ(add("ADA", 2).error(), AccountError::taken);
  EXPECT_EQ(find(2).error(), AccountError::not_found);
  EXPECT_EQ(find("ada")->username, "ada");
}

TEST_P(SqlAccountsTest, NamesAreDataAndNeverSql) {
  const std::string name = "x'); DROP TABLE accounts;-- :id \\ %";
  ASSERT_TRUE(add(name, 1));
  EXPECT_EQ(find(name)->username, name);
}

TEST_P(SqlAccountsTest, WhoIsNotThereIsNotFound) {
  EXPECT_EQ(find("nobody").error(), AccountError::not_found);
  EXPECT_EQ(find(1).error(), AccountError::not_found);
  EXPECT_EQ(run(accounts_.set_password(id_of(1), "h", "")).error(), AccountError::not_found);
  EXPECT_EQ(run(accounts_.set_disabled(id_of(1), true)).error(), AccountError::not_found);
  EXPECT_EQ(run(accounts_.remove(id_of(1))).error(), AccountError::not_found);
}

TEST_P(SqlAccountsTest, ChangesOneAccountAlone) {
  ASSERT_TRUE(add("ada", 1));
  ASSERT_TRUE(add("bob", 2));
  ASSERT_TRUE(run(accounts_.set_password(id_of(1), "new", "")));
  ASSERT_TRUE(run(accounts_.set_disabled(id_of(1), true)));
  EXPECT_EQ(find(1)->password_hash, "new");
  EXPECT_TRUE(find(1)->disabled);
  EXPECT_EQ(find(2)->password_hash, "$argon2id$bob");
  EXPECT_FALSE(find(2)->disabled);
  ASSERT_TRUE(run(accounts_.set_disabled(id_of(1), false)));
  EXPECT_FALSE(find(1)->disabled);
}

TEST_P(SqlAccountsTest, APasswordIsReplacedOnlyWhileTheExpectedHashStands) {
  ASSERT_TRUE(add("ada", 1));
  ASSERT_TRUE(run(accounts_.set_password(id_of(1), "second", "$argon2id$ada")));
  EXPECT_EQ(run(accounts_.set_password(id_of(1), "third", "$argon2id$ada")).error(),
            AccountError::not_found);
  EXPECT_EQ(find(1)->password_hash, "second");
}

TEST_P(SqlAccountsTest, ARemovedNameIsFreeAgain) {
  ASSERT_TRUE(add("ada", 1));
  ASSERT_TRUE(run(accounts_.remove(id_of(1))));
  EXPECT_EQ(find("ada").error(), AccountError::not_found);
  EXPECT_TRUE(add("Ada", 2));
}

TEST_P(SqlAccountsTest, ListsPagesByAge) {
  ASSERT_TRUE(add("carol", 3));
  ASSERT_TRUE(add("ada", 1));
  ASSERT_TRUE(add("bob", 2));
  const auto first = run(accounts_.list("", 2));
  ASSERT_TRUE(first);
  EXPECT_THAT(names(*first), ElementsAre("ada", "bob"));
  EXPECT_EQ(first->next, id_of(2).to_string());
  const auto second = run(accounts_.list(first->next, 2));
  ASSERT_TRUE(second);
  EXPECT_THAT(names(*second), ElementsAre("carol"));
  EXPECT_EQ(second->next, "");
}

TEST_P(SqlAccountsTest, APageThatEndsTheListHasNoNext) {
  ASSERT_TRUE(add("ada", 1));
  ASSERT_TRUE(add("bob", 2));
  EXPECT_EQ(run(accounts_.list("", 2))->next, "");
  EXPECT_TRUE(run(accounts_.list(id_of(2).to_string(), 2))->accounts.empty());
}

TEST_P(SqlAccountsTest, AfterWhatIsNoIdComesNothing) {
  ASSERT_TRUE(add("ada", 1));
  const std::string cut_off = id_of(0).to_string().substr(0, 35);
  for (const std::string& after :
       {std::string("\xff"), std::string("\xc3("), std::string("\0", 1), std::string("0"),
        std::string("x"), std::string("' OR 1=1"), cut_off}) {
    const auto page = run(accounts_.list(after, 2));
    ASSERT_TRUE(page) << after;
    EXPECT_TRUE(page->accounts.empty()) << after;
    EXPECT_EQ(page->next, "") << after;
  }
}

TEST_P(SqlAccountsTest, TheProbeSucceedsAndChangesNothing) {
  ASSERT_TRUE(add("ada", 1));
  EXPECT_TRUE(run(accounts_.probe()));
  EXPECT_TRUE(find("ada"));
}

// One of many simultaneous writers of one name wins; the rest are told so, nobody `unavailable`.
TEST_P(SqlAccountsTest, OfConcurrentWritersOfOneNameOneWins) {
  constexpr int kWriters = 8;
  std::vector<std::thread> threads;
  std::vector<std::string> outcomes(kWriters);
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] {
      const auto added = run(accounts_.add(account_named(i % 2 ? "ada" : "ADA", i)));
      outcomes[i] = added                                  ? "added"
                    : added.error() == AccountError::taken ? "taken"
                                                           : "unavailable";
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "added"), 1);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "taken"), kWriters - 1);
  EXPECT_EQ(run(accounts_.list("", 100))->accounts.size(), 1u);
}

// Two stores on one database, as of two processes: the lock is waited for.
TEST_P(SqlAccountsTest, WritersOfTwoStoresWaitForEachOther) {
  const auto other_database = open();
  SqlAccounts other(*other_database);
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SqlAccounts& store = t % 2 ? other : accounts_;
      for (int i = 0; i < kEach; ++i) {
        const int number = t * kEach + i;
        if (!run(store.add(account_named("user" + std::to_string(number), number)))) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(run(accounts_.list("", 1000))->accounts.size(), 4u * kEach);
}

// Texts are ordered and compared by their bytes, whatever the language of the database.
TEST_P(SqlAccountsTest, NamesThatALanguageTakesForOneAreTwo) {
  ASSERT_TRUE(add("co-op", 1));
  ASSERT_TRUE(add("coop", 2));
  ASSERT_TRUE(add("cafe\u0301s", 3));
  ASSERT_TRUE(add("cafes", 4));
  EXPECT_EQ(find("co-op")->user_id, id_of(1));
  EXPECT_EQ(find("coop")->user_id, id_of(2));
  EXPECT_EQ(find("cafes")->user_id, id_of(4));
}

// Each adds what the other adds, in the other order; both get an answer.
TEST_P(SqlAccountsTest, TwoThatAddTheSameNamesDoNotWaitForEachOther) {
  const auto other_database = open();
  SqlAccounts other(*other_database);
  std::vector<service::NewAccount> forwards;
  for (int i = 0; i < 200; ++i) forwards.push_back(account_named("user" + std::to_string(i), i));
  std::vector<service::NewAccount> backwards(forwards.rbegin(), forwards.rend());
  std::atomic<int> answered{0};
  {
    const std::jthread one([&] { answered += run(accounts_.add_all(forwards)).has_value(); });
    const std::jthread two([&] { answered += run(other.add_all(backwards)).has_value(); });
  }
  EXPECT_EQ(answered, 2);
  EXPECT_EQ(run(accounts_.list("", 1000))->accounts.size(), 200u);
}

RECANT_ON_BOTH_ENGINES(SqlAccountsTest);

}  // namespace
}  // namespace recant::database
