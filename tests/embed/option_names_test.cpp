// Options by name, as C gives them.
#include "embed/option_names.hpp"

#include <gmock/gmock.h>

namespace recant::embed {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(OptionNames, SetEveryKindOfValue) {
  VerifierOptions options;
  const auto set = [&](const char* name, const char* value) {
    EXPECT_EQ(set_option(options, name, value), std::nullopt) << name;
  };
  set("redis_url", "redis://h");
  set("redis_hash_tags", "true");
  set("redis_timeout", "1s");
  set("leeway", "5s");
  set("cache_entries", "1000");
  set("audience", "api");
  set("audience", "admin");
  options.issuers.emplace_back();
  set("issuer.name", "keycloak");
  set("issuer.profile", "jwt");
  set("issuer.audience", "api");
  set("issuer.max_ttl", "1h");
  EXPECT_EQ(options.redis_url, "redis://h");
  EXPECT_TRUE(options.redis_hash_tags);
  EXPECT_EQ(options.redis_timeout, 1s);
  EXPECT_EQ(options.leeway, 5s);
  EXPECT_EQ(options.cache_entries, 1000U);
  EXPECT_THAT(options.audience, ElementsAre("api", "admin"));
  EXPECT_EQ(options.issuers.back().name, "keycloak");
  EXPECT_EQ(options.issuers.back().profile, Profile::jwt);
  EXPECT_EQ(options.issuers.back().max_ttl, 1h);
}

TEST(OptionNames, SayWhatIsWrongWithoutQuotingIt) {
  VerifierOptions options;
  const struct {
    const char* name;
    const char* words;
  } cases[] = {{"redis_hash_tags", "takes true or false"},
               {"redis_timeout", "takes a duration such as 250ms"},
               {"leeway", "takes a duration such as 30s"},
               {"cache_entries", "takes a whole number"},
               {"redis.url", "There is no option redis.url"},
               {"", "There is no option"},
               {"issuer.name", "none has been begun"}};
  for (const auto& one : cases) {
    const auto wrong = set_option(options, one.name, "-1 pass-word");
    ASSERT_TRUE(wrong) << one.name;
    EXPECT_THAT(*wrong, AllOf(HasSubstr(one.words), Not(HasSubstr("pass-word"))));
  }
  options.issuers.emplace_back();
  EXPECT_THAT(*set_option(options, "issuer.profile", "x"), HasSubstr("takes rfc9068 or jwt"));
  EXPECT_THAT(*set_option(options, "issuer.redis_url", "x"), HasSubstr("There is no option"));
}

}  // namespace
}  // namespace recant::embed
