// The key set's row: a change counts only in the place of the version that it was made from.
#include "database/sql_key_set.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "database/fixture.hpp"

namespace recant::database {
namespace {

class SqlKeySetTest : public OnBothEngines {
 protected:
  std::unique_ptr<Database> database_ = open();
  SqlKeySet set_{*database_};
};

TEST_P(SqlKeySetTest, HoldsNothingAtFirst) {
  EXPECT_EQ(*set_.version(), 0);
  EXPECT_FALSE(set_.load()->has_value());
}

TEST_P(SqlKeySetTest, GivesBackWhatWasPutThereLast) {
  EXPECT_TRUE(*set_.replace({1, "one"}));
  EXPECT_TRUE(*set_.replace({2, "two"}));
  EXPECT_EQ(*set_.version(), 2);
  const auto found = *set_.load();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(found->sealed, "two");
}

TEST_P(SqlKeySetTest, TakesNoChangeOfAVersionThatStandsNoMore) {
  ASSERT_TRUE(*set_.replace({1, "one"}));
  EXPECT_FALSE(*set_.replace({1, "another first"}));
  EXPECT_FALSE(*set_.replace({3, "of a version to come"}));
  ASSERT_TRUE(*set_.replace({2, "two"}));
  EXPECT_FALSE(*set_.replace({2, "another second"}));
  EXPECT_EQ((*set_.load())->sealed, "two");
}

TEST_P(SqlKeySetTest, OfManyThatChangeItAtOnceOneDoes) {
  constexpr int kServers = 4;
  std::vector<std::unique_ptr<Database>> databases;
  for (int i = 0; i < kServers; ++i) databases.push_back(open());
  for (std::int64_t version = 1; version <= 10; ++version) {
    std::atomic<int> won{0};
    std::atomic<int> failed{0};
    {
      std::vector<std::jthread> servers;
      for (const auto& database : databases) {
        servers.emplace_back([&] {
          const auto replaced = SqlKeySet(*database).replace({version, "text"});
          if (!replaced) ++failed;
          if (replaced && *replaced) ++won;
        });
      }
    }
    EXPECT_EQ(won, 1) << version;
    EXPECT_EQ(failed, 0) << version;
  }
}

RECANT_ON_BOTH_ENGINES(SqlKeySetTest);

}  // namespace
}  // namespace recant::database
