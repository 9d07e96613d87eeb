// Options that are refused, each with words that help.
#include "embed/plan.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace recant::embed {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

VerifierOptions good() {
  VerifierOptions options;
  options.redis_url = "redis://127.0.0.1:6379";
  options.issuer = "https://issuer.example";
  options.audience = {"api"};
  options.jwks_url = "https://issuer.example/jwks";
  return options;
}

IssuerOptions keycloak() {
  IssuerOptions issuer;
  issuer.name = "keycloak";
  issuer.iss = "https://keycloak.example/realms/a";
  issuer.audience = {"api"};
  issuer.algorithms = {"RS256"};
  issuer.jwks_url = "https://keycloak.example/certs";
  return issuer;
}

TEST(Plan, TakesGoodOptions) {
  VerifierOptions options = good();
  options.issuers = {keycloak()};
  const auto plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_FALSE(plan->issuers.own_keys.algorithms.empty());
  EXPECT_EQ(plan->issuers.other_keys.size(), 1U);
}

TEST(Plan, SaysWhatIsWrong) {
  const struct {
    std::function<void(VerifierOptions&)> spoil;
    const char* words;
  } cases[] = {
      {[](auto& o) { o.redis_url = ""; }, "redis_url is empty"},
      {[](auto& o) { o.redis_url = "http://u:pass-word@h"; }, "redis_url "},
      {[](auto& o) { o.redis_ca = "/ca.pem"; }, "are for rediss:// alone"},
      {[](auto& o) {
         o.redis_url = "rediss://h";
         o.redis_cert = "/c.pem";
       },
       "belong together"},
      {[](auto& o) { o.redis_prefix = "a*"; }, "redis_prefix must be"},
      {[](auto& o) { o.redis_timeout = 1ms; }, "redis_timeout is out of bounds"},
      {[](auto& o) { o.leeway = 61s; }, "leeway is out of bounds"},
      {[](auto& o) { o.leeway = -1s; }, "leeway is out of bounds"},
      {[](auto& o) { o.jwks_refresh = 0s; }, "jwks_refresh is out of bounds"},
      {[](auto& o) { o.jwks_max_age = 1s; }, "jwks_max_age is out of bounds"},
      {[](auto& o) {
         o.jwks_refresh = 24h;
         o.jwks_max_age = 1h;
       },
       "jwks_max_age must be longer than jwks_refresh"},
      {[](auto& o) { o.max_staleness = 11s; }, "max_staleness is out of bounds"},
      {[](auto& o) { o.cache_entries = 16'777'217; }, "cache_entries is out of bounds"},
      {[](auto& o) { o.issuer = ""; }, "issuer must be"},
      {[](auto& o) { o.audience = {}; }, "audience is empty"},
      {[](auto& o) { o.audience = {""}; }, "holds a name that no token can have"},
      {[](auto& o) { o.jwks_url = ""; }, "are not named: give exactly one"},
      {[](auto& o) { o.jwks_file = "/k.json"; }, "are named twice"},
      {[](auto& o) { o.jwks_url = "ftp://h"; }, "jwks_url must begin"},
      {[](auto& o) { o.jwks_url = "http://issuer.example/jwks"; }, "must begin with https://"},
      {[](auto& o) { o.algorithms = {"ES999"}; }, "one that is not known"},
      {[](auto& o) { o.algorithms = {"none"}; }, "one that is not known"},
      {[](auto& o) { o.algorithms = {"HS256"}; }, "takes a shared secret"},
      {[](auto& o) { o.issuers.assign(17, keycloak()); }, "more than 16 issuers"},
  };
  for (const auto& one : cases) {
    VerifierOptions options = good();
    one.spoil(options);
    const auto plan = make_plan(options);
    ASSERT_FALSE(plan) << one.words;
    EXPECT_THAT(plan.error(), AllOf(HasSubstr(one.words), Not(HasSubstr("pass-word"))));
  }
}

TEST(Plan, SaysWhatIsWrongWithAnotherIssuer) {
  const struct {
    std::function<void(IssuerOptions&)> spoil;
    const char* words;
  } cases[] = {
      {[](auto& i) { i.name = "a/b"; }, "name of an issuer must be"},
      {[](auto& i) { i.name = ""; }, "name of an issuer must be"},
      {[](auto& i) { i.iss = ""; }, "iss of issuer keycloak must be"},
      {[](auto& i) { i.iss = good().issuer; }, "is the same as issuer"},
      {[](auto& i) { i.audience = {}; }, "audience of issuer keycloak is empty"},
      {[](auto& i) { i.algorithms = {}; }, "algorithms of issuer keycloak is empty"},
      {[](auto& i) { i.algorithms = {"HS256"}; }, "takes a shared secret"},
      {[](auto& i) { i.jwks_url = ""; }, "The keys of issuer keycloak are not named"},
      {[](auto& i) {
         i.jwks_url = "";
         i.secret_file = "/s";
       },
       "takes no shared secret"},
      {[](auto& i) { i.max_ttl = 0s; }, "max_ttl of issuer keycloak is out of bounds"},
      {[](auto& i) { i.sid_claim = "\n"; }, "sid_claim of issuer keycloak"},
  };
  for (const auto& one : cases) {
    VerifierOptions options = good();
    options.issuers = {keycloak()};
    one.spoil(options.issuers.front());
    const auto plan = make_plan(options);
    ASSERT_FALSE(plan) << one.words;
    EXPECT_THAT(plan.error(), HasSubstr(one.words));
  }
  VerifierOptions twice = good();
  twice.issuers = {keycloak(), keycloak()};
  EXPECT_THAT(make_plan(twice).error(), HasSubstr("is there twice"));
  twice.issuers.back().name = "other";
  EXPECT_THAT(make_plan(twice).error(), HasSubstr("is also that of keycloak"));
}

TEST(Plan, TakesKeysInTheClearFromThisMachineOrWhereItIsToldSo) {
  VerifierOptions options = good();
  options.jwks_url = "http://127.0.0.1:8080/jwks";
  EXPECT_TRUE(make_plan(options));
  options.jwks_url = "http://recant.internal/jwks";
  EXPECT_FALSE(make_plan(options));
  options.jwks_in_the_clear = true;
  EXPECT_TRUE(make_plan(options));
}

}  // namespace
}  // namespace recant::embed
