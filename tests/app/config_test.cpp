#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/quoting.hpp"
#include "app/setting_checks.hpp"
#include "base/duration.hpp"
#include "config_fixture.hpp"

namespace recant::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Contract §4, the defaults of the table.
TEST_F(ConfigTest, DefaultsAreTheContracts) {
  const Config config = good();
  EXPECT_EQ(config.server.listen, "127.0.0.1:8080");
  EXPECT_EQ(config.server.data, "./recant-data");
  EXPECT_THAT(config.server.trusted_proxies, IsEmpty());
  EXPECT_FALSE(config.server.cookies);
  EXPECT_THAT(config.server.origins, IsEmpty());
  EXPECT_EQ(config.token.issuer, "recant");
  EXPECT_THAT(config.token.audience, ElementsAre("api"));
  EXPECT_EQ(config.token.client_id, "recant");
  EXPECT_EQ(config.token.algorithm, "ES256");
  EXPECT_EQ(config.token.access_ttl, std::chrono::minutes(15));
  EXPECT_EQ(config.token.leeway, seconds(30));
  EXPECT_EQ(config.refresh.idle_ttl, std::chrono::hours(14 * 24));
  EXPECT_EQ(config.refresh.absolute_ttl, std::chrono::hours(90 * 24));
  EXPECT_EQ(config.refresh.grace, seconds(30));
  EXPECT_EQ(config.redis.url, "");
  EXPECT_EQ(config.redis.timeout, milliseconds(250));
  EXPECT_EQ(config.redis.prefix, "");
  EXPECT_EQ(config.redis.hash_tags, "auto");
  EXPECT_EQ(database_path(config), "./recant-data/recant.db");
  EXPECT_EQ(config.verify.max_staleness, milliseconds(250));
  EXPECT_EQ(config.verify.on_unavailable, "deny");
  EXPECT_EQ(config.verify.cache_entries, 65536);
  EXPECT_TRUE(config.accounts.enabled);
  EXPECT_FALSE(config.accounts.signup);
  EXPECT_EQ(config.password.memory_kib, 19456);
  EXPECT_EQ(config.password.iterations, 2);
  EXPECT_EQ(config.password.min_length, 8);
  EXPECT_EQ(config.log.level, "info");
}

TEST_F(ConfigTest, KeysRotateWhenToldToUnlessThereIsASchedule) {
  EXPECT_EQ(good().keys.rotate_every, milliseconds(0));
  const Setting& setting = *find_setting("keys", "rotate_every");
  EXPECT_EQ(value_text(setting, good()), "off");
  file("keys.rotate_every = \"30d\"\n");
  EXPECT_EQ(good().keys.rotate_every, std::chrono::hours(30 * 24));
  EXPECT_EQ(value_text(setting, good()), "30d");
  variable("RECANT_KEYS_ROTATE_EVERY", "off");
  EXPECT_EQ(good().keys.rotate_every, milliseconds(0));
  EXPECT_EQ(allowed_text(setting), "off, or 1d to 365d");
}

TEST_F(ConfigTest, WhatToDoWithoutRedisIsReadAsAPolicySaysIt) {
  const auto hours24 = milliseconds(std::chrono::hours(24));
  EXPECT_EQ(parse_on_unavailable("deny"), milliseconds(0));
  EXPECT_EQ(parse_on_unavailable("allow_cached_for:1s"), milliseconds(1000));
  EXPECT_EQ(parse_on_unavailable("allow_cached_for:1500ms"), milliseconds(1500));
  EXPECT_EQ(parse_on_unavailable("allow_cached_for:24h"), hours24);
  EXPECT_EQ(parse_on_unavailable("allow_cached_for:1d"), hours24);
  EXPECT_EQ(parse_on_unavailable("allow_cached_for:0s"), std::nullopt);
  for (const char* text : {"deny", "allow_cached_for:90s", "allow_cached_for:5m"}) {
    EXPECT_EQ(on_unavailable_text(*parse_on_unavailable(text)), text);
  }
}

TEST_F(ConfigTest, AcceptingWhatCannotBeJudgedIsWarnedOf) {
  file("verify.on_unavailable = \"allow_cached_for:90s\"\n");
  EXPECT_THAT(load_config(sources_)->warnings,
              ElementsAre(AllOf(HasSubstr("REVOKED TOKENS MAY BE ACCEPTED"), HasSubstr("up to 90s"),
                                HasSubstr("even if it has been revoked meanwhile"),
                                HasSubstr("verify.max_staleness bounds nothing"))));
  file("verify.on_unavailable = \"deny\"\n");
  EXPECT_THAT(load_config(sources_)->warnings, IsEmpty());
}

TEST_F(ConfigTest, EveryDefaultIsWithinItsOwnBounds) {
  for (const Setting& setting : settings()) {
    Config config;
    EXPECT_EQ(apply(config, {std::string(setting.section), std::string(setting.key),
                             std::string(setting.fallback), true, "default"}),
              std::nullopt);
  }
}

TEST_F(ConfigTest, ReadsAFile) {
  const Config config = file(R"(
token.issuer = "https://login.example.com"
token.audience = ["a", "b"]
redis.timeout = "1s"
[server]
threads = 3
trusted_proxies = ["10.0.0.0/8"]
cookies = true
origins = ["https://app.example.com", "http://localhost:5173"]
[accounts]
signup = true
[database]
url = "sqlite:/srv/x.db"
)")
                            .good();
  EXPECT_EQ(config.token.issuer, "https://login.example.com");
  EXPECT_THAT(config.token.audience, ElementsAre("a", "b"));
  EXPECT_EQ(config.redis.timeout, seconds(1));
  EXPECT_EQ(config.server.threads, 3);
  EXPECT_THAT(config.server.trusted_proxies, ElementsAre("10.0.0.0/8"));
  EXPECT_TRUE(config.server.cookies);
  EXPECT_THAT(config.server.origins,
              ElementsAre("https://app.example.com", "http://localhost:5173"));
  EXPECT_TRUE(config.accounts.signup);
  EXPECT_EQ(database_path(config), "/srv/x.db");
}

TEST_F(ConfigTest, FlagsBeatVariablesBeatTheFileBeatsDefaults) {
  file("token.issuer = \"file\"\ntoken.client_id = \"file\"\nserver.data = \"file\"\n");
  variable("RECANT_TOKEN_ISSUER", "variable").variable("RECANT_TOKEN_CLIENT_ID", "variable");
  flag("token", "issuer", "flag");
  const Config config = good();
  EXPECT_EQ(config.token.issuer, "flag");
  EXPECT_EQ(config.token.client_id, "variable");
  EXPECT_EQ(config.server.data, "file");
  EXPECT_EQ(config.token.algorithm, "ES256");
}

TEST_F(ConfigTest, VariablesAreText) {
  variable("RECANT_SERVER_THREADS", "4").variable("RECANT_ACCOUNTS_SIGNUP", "true");
  variable("RECANT_TOKEN_AUDIENCE", "a, b").variable("RECANT_TOKEN_ACCESS_TTL", "90s");
  const Config config = good();
  EXPECT_EQ(config.server.threads, 4);
  EXPECT_TRUE(config.accounts.signup);
  EXPECT_THAT(config.token.audience, ElementsAre("a", "b"));
  EXPECT_EQ(config.token.access_ttl, seconds(90));
}

TEST_F(ConfigTest, AnyVariableMayBeGivenAsAFile) {
  const auto path = write("secret", "redis://u:hunter2@127.0.0.1/1\n");
  variable("RECANT_REDIS_URL_FILE", path);
  EXPECT_EQ(good().redis.url, "redis://u:hunter2@127.0.0.1/1");
  variable("RECANT_REDIS_URL", "redis://127.0.0.1");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("RECANT_REDIS_URL and RECANT_REDIS_URL_FILE"),
                                  HasSubstr("both set"), Not(HasSubstr("hunter2"))));
}

TEST_F(ConfigTest, AVariablesFileThatCannotBeReadIsNamed) {
  variable("RECANT_TOKEN_ISSUER_FILE", (directory_ / "none").string());
  EXPECT_THAT(only_error(), AllOf(HasSubstr("RECANT_TOKEN_ISSUER_FILE"), HasSubstr("none"),
                                  HasSubstr("No such file")));
}

TEST_P(MistakeTest, IsOneSentenceWithFileLineAndRemedy) {
  const std::string error = file(GetParam().toml).only_error();
  EXPECT_THAT(error, HasSubstr(*sources_.file + ", line " + std::to_string(GetParam().line) + ":"));
  for (const char* part : GetParam().says) EXPECT_THAT(error, HasSubstr(part));
  EXPECT_THAT(error, Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeTest,
    testing::Values(
        // unknown
        Mistake{"[token]\nisuer = \"x\"\n",
                {"no key \"token.isuer\"", "did you mean token.issuer?"},
                2},
        Mistake{"[token]\nzzz = \"x\"\n", {"token has issuer, audience"}, 2},
        Mistake{"[wombat]\nx = 1\n", {"no key \"wombat.x\"", "the sections are server, token"}, 2},
        Mistake{"issuer = \"x\"\n", {"no key \"issuer\""}},
        // known to the contract, not to this version
        Mistake{"redis.fence = \"2s\"\n", {"\"redis.fence\" yet", "take it out"}},
        Mistake{"[[token]]\nissuer = \"x\"\n", {"token is one table", "write [token]"}},
        Mistake{"database.url = \"postgresql://x/y?no_such=1\"\n", {"must be postgresql://"}},
        Mistake{"database.url = \"postgresql://x/y?service=z\"\n", {"not name a service"}},
        Mistake{"database.pool = 3\n", {"must be a whole number from 4 to 64"}},
        Mistake{"redis.url = \"redis+sentinel://a:1,b:2/x\"\n",
                {"redis.url", "not in this version"}},
        // wrong type
        Mistake{"token.access_ttl = 15\n", {"must be a duration", "given was the number 15"}},
        Mistake{"token.access_ttl = \"15 m\"\n", {"must be a duration", "given was \"15 m\""}},
        Mistake{"server.threads = \"2\"\n", {"must be a whole number from 0 to 256"}},
        Mistake{"server.threads = 1.5\n", {"whole number", "a number with a fraction"}},
        Mistake{"accounts.signup = \"true\"\n", {"must be true or false"}},
        Mistake{"token.issuer = true\n", {"token.issuer must be a text"}},
        Mistake{"token.audience = \"api\"\n", {"must be a list"}},
        Mistake{"token.audience = [\"a\", 1]\n", {"must be a list"}},
        Mistake{"[token]\n[token.issuer]\nx = 1\n", {"given was a table"}, 2},
        Mistake{"token.issuer = 2020-01-01\n", {"given was a date"}},
        // out of range
        Mistake{"token.leeway = \"61s\"\n", {"must be from 0s to 1m", "\"61s\""}},
        Mistake{"token.access_ttl = \"0s\"\n", {"must be from 1s to 1d"}},
        Mistake{"token.access_ttl = \"1500ms\"\n", {"whole seconds"}},
        Mistake{"refresh.grace = \"6m\"\n", {"must be from 0s to 5m"}},
        Mistake{"refresh.absolute_ttl = \"366d\"\n", {"must be from 1s to 365d"}},
        Mistake{"redis.timeout = \"1ms\"\n", {"must be from 10ms to 30s"}},
        Mistake{"verify.max_staleness = \"9ms\"\n", {"must be from 10ms to 10s"}},
        Mistake{"verify.max_staleness = \"11s\"\n", {"must be from 10ms to 10s"}},
        Mistake{"verify.cache_entries = -1\n", {"from 0 to 16777216"}},
        Mistake{"verify.cache_entries = 16777217\n", {"from 0 to 16777216"}},
        Mistake{"verify.on_unavailable = \"\"\n", {"must be deny, or allow_cached_for:"}},
        Mistake{"verify.on_unavailable = \"allow\"\n", {"must be deny, or allow_cached_for:"}},
        Mistake{"verify.on_unavailable = \"Deny\"\n", {"must be deny, or allow_cached_for:"}},
        Mistake{"verify.on_unavailable = \"allow_cached_for:\"\n", {"1s to 24h"}},
        Mistake{"verify.on_unavailable = \"allow_cached_for:5\"\n", {"1s to 24h"}},
        Mistake{"verify.on_unavailable = \"allow_cached_for:999ms\"\n", {"1s to 24h"}},
        Mistake{"verify.on_unavailable = \"allow_cached_for:25h\"\n", {"1s to 24h"}},
        Mistake{"keys.rotate_every = \"23h\"\n", {"must be off, or from 1d to 365d"}},
        Mistake{"keys.rotate_every = \"never\"\n", {"must be off, or a duration", "\"never\""}},
        Mistake{"keys.rotate_every = false\n", {"must be off, or a duration"}},
        Mistake{"server.threads = 257\n", {"from 0 to 256"}},
        Mistake{"server.threads = -1\n", {"from 0 to 256"}},
        Mistake{"password.min_length = 7\n", {"from 8 to 64"}},
        Mistake{"password.memory_kib = 1024\n", {"from 7168"}},
        Mistake{"redis.prefix = \"a{b}\"\n", {"redis.prefix must be at most 64 bytes"}},
        Mistake{"redis.prefix = \"a*\"\n", {"redis.prefix must be at most 64 bytes"}},
        Mistake{"redis.hash_tags = \"never\"\n", {"auto", "always"}},
        Mistake{"token.audience = []\n", {"must have 1 to 16 entries"}},
        Mistake{"token.issuer = \"\"\n", {"1 to 255 bytes"}},
        Mistake{"token.issuer = \"a\\nb\"\n", {"without control characters", "\"a\\x0ab\""}},
        Mistake{"token.algorithm = \"none\"\n",
                {"one of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, HS256, "
                 "HS384, HS512, EdDSA"}},
        Mistake{"server.listen = \"8080\"\n", {"127.0.0.1:8080"}},
        Mistake{"server.trusted_proxies = [\"10.0.0.0/33\"]\n", {"IP addresses and networks"}},
        Mistake{"server.trusted_proxies = [\"0.0.0.0/0\"]\n", {"everybody", "X-Forwarded-For"}},
        Mistake{"server.trusted_proxies = [\"10.1.2.3/8\"]\n", {"write 10.0.0.0/8"}},
        Mistake{"server.origins = [\"*\"]\n", {"server.origins", "with * every page"}},
        Mistake{"server.origins = [\"null\"]\n", {"server.origins", "null"}},
        Mistake{"server.origins = [\"http://app.example.com\"]\n", {"https://", "localhost alone"}},
        Mistake{"server.origins = [\"https://app.example.com/\"]\n", {"without a path"}},
        Mistake{"server.origins = \"https://app.example.com\"\n", {"server.origins", "list"}},
        Mistake{"server.cookies = \"yes\"\n", {"server.cookies", "true"}},
        Mistake{"redis.url = \"redis://127.0.0.1:99999/0\"\n", {"1 to 65535"}},
        Mistake{"database.url = \"sqlite::memory:\"\n", {"in memory", "sqlite:PATH"}},
        Mistake{"database.url = \"/x.db\"\n", {"sqlite:PATH"}},
        // not TOML
        Mistake{"[token]\nissuer = x\n", {"not TOML", "quotation marks"}, 2},
        Mistake{"[token]\nissuer = \"a\"\nissuer = \"b\"\n", {"cannot redefine"}, 3}));

TEST_F(ConfigTest, EveryMistakeIsNamed) {
  file("token.leeway = \"61s\"\nserver.threads = 999\n").variable("RECANT_LOG_LEVEL", "loud");
  EXPECT_THAT(bad(), ElementsAre(HasSubstr("line 2"), HasSubstr("line 1"),
                                 HasSubstr("RECANT_LOG_LEVEL: log.level must be one of")));
}

TEST_F(ConfigTest, AMistypedVariableOfOursIsAnError) {
  variable("RECANT_TOKEN_ISUER", "x");
  EXPECT_THAT(only_error(),
              AllOf(HasSubstr("RECANT_TOKEN_ISUER"), HasSubstr("did you mean token.issuer?")));
}

TEST_F(ConfigTest, AMistypedSectionInAVariableIsAnErrorThatNamesWhatWasMeant) {
  struct Slip {
    const char* variable;
    const char* meant;
  };
  for (const auto& [name, meant] : {Slip{"RECANT_REFERSH_GRACE", "RECANT_REFRESH_GRACE"},
                                    Slip{"RECANT_TOKN_AUDIENCE", "RECANT_TOKEN_AUDIENCE"},
                                    Slip{"RECANT_TOKN_AUDIENCE_FILE", "RECANT_TOKEN_AUDIENCE_FILE"},
                                    Slip{"RECANT_TOKN_WHATEVER", "RECANT_TOKEN_"},
                                    Slip{"RECANT_DATABSE_URL", "RECANT_DATABASE_URL"}}) {
    sources_.environment = {{name, "hunter2"}};
    EXPECT_THAT(only_error(),
                AllOf(HasSubstr(std::string(name) + ": "),
                      HasSubstr(std::string("did you mean ") + meant), Not(HasSubstr("hunter2"))));
  }
}

TEST_F(ConfigTest, AVariableInSmallLettersIsToldOfCapitals) {
  variable("RECANT_token_audience", "a");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("RECANT_token_audience: "),
                                  HasSubstr("did you mean RECANT_TOKEN_AUDIENCE?")));
}

TEST_F(ConfigTest, AnEmptyListIsShownAsOne) {
  file("token.audience = []\n");
  EXPECT_THAT(only_error(), HasSubstr("given was []."));
}

TEST_F(ConfigTest, AVariableOfALaterVersionIsAnError) {
  variable("RECANT_REDIS_FENCE", "1s");
  EXPECT_THAT(only_error(), HasSubstr("\"redis.fence\" yet"));
}

TEST_F(ConfigTest, OtherVariablesAreLeftAlone) {
  variable("RECANT_SERVER", "http://127.0.0.1:1").variable("PATH", "x");
  EXPECT_THAT(load_config(sources_)->warnings, IsEmpty());
  variable("RECANT_VERSION", "1").variable("RECANT_PORT_8080_TCP", "tcp://10.0.0.1:8080");
  variable("RECANT_WOMBAT_X", "1");
  EXPECT_THAT(load_config(sources_)->warnings,
              ElementsAre(HasSubstr("RECANT_VERSION"), HasSubstr("RECANT_WOMBAT_X")));
}

TEST_F(ConfigTest, ASecretIsNeverEchoed) {
  file("redis.url = \"redis://recant:hunter2@redis.internal:port/0\"\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("redis.url"), Not(HasSubstr("hunter2"))));
  file("redis.url = redis://recant:hunter2@redis.internal\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("line 1"), Not(HasSubstr("hunter2"))));
  file("redis.url = [\"hunter2\"]\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("line 1"), Not(HasSubstr("hunter2"))));
  file("redis.url = \"redis://recant:hunter2@redis.internal\"\n");
  const Config config = good();
  EXPECT_EQ(value_text(*find_setting("redis", "url"), config), "(set)");
}

TEST_F(ConfigTest, APasswordInAFlagIsRefused) {
  flag("redis", "url", "redis://recant:hunter2@redis.internal");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("--redis.url"), HasSubstr("RECANT_REDIS_URL_FILE"),
                                  Not(HasSubstr("hunter2"))));
}

TEST_F(ConfigTest, ThePasswordOfADatabaseIsASecretToo) {
  for (const char* url : {"postgresql://u:hunter2@h/d?wrong=1", "postgresql://u:hunter2@[h/d",
                          "postgresql://u:hunter2@h/d", "mysql://u:hunter2@h/d"}) {
    file("database.url = \"" + std::string(url) + "\"\n");
    EXPECT_THAT(only_error(), AllOf(HasSubstr("database.url"), Not(HasSubstr("hunter2"))));
  }
  file("database.url = \"postgresql://u:hunter2@h/d\"\nkeys.seal_file = \"seal\"\n");
  EXPECT_EQ(value_text(*find_setting("database", "url"), good()), "(set)");
  file("");
  for (const char* url : {"postgresql://u:hunter2@h/d", "postgresql://h/d?password=hunter2"}) {
    sources_.flags.clear();
    flag("database", "url", url);
    const auto errors = bad();
    EXPECT_THAT(errors, Contains(AllOf(HasSubstr("--database.url holds a password"),
                                       HasSubstr("RECANT_DATABASE_URL_FILE"))));
    EXPECT_THAT(errors, Not(Contains(HasSubstr("hunter2"))));
  }
}

TEST_F(ConfigTest, A11_AWeakWayToADatabaseIsWarnedOf) {
  const auto warnings = [&](const std::string& url) {
    file("redis.url = \"redis://r\"\nkeys.seal_file = \"seal\"\ndatabase.url = \"" + url + "\"\n");
    EXPECT_EQ(::chmod(sources_.file->c_str(), 0600), 0);
    return load_config(sources_)->warnings;
  };
  EXPECT_THAT(warnings("postgresql://u:hunter2@h/d"), IsEmpty());
  EXPECT_THAT(warnings("postgresql:///d"), IsEmpty());
  EXPECT_THAT(warnings("postgresql://u:hunter2@h/d?sslmode=prefer"),
              ElementsAre(AllOf(HasSubstr("unencrypted"), Not(HasSubstr("hunter2")))));
}

TEST_F(ConfigTest, SharedAccountsOverAPrivateRedisAreWarnedOf) {
  file("keys.seal_file = \"seal\"\ndatabase.url = \"postgresql:///d\"\n");
  EXPECT_THAT(load_config(sources_)->warnings, ElementsAre(HasSubstr("Set redis.url")));
  file(
      "keys.seal_file = \"seal\"\ndatabase.url = \"postgresql:///d\"\nredis.url = \"redis://r\"\n");
  EXPECT_THAT(load_config(sources_)->warnings, IsEmpty());
}

TEST_F(ConfigTest, ADatabasesPasswordThatEverybodyMayReadIsWarnedOf) {
  file(
      "redis.url = \"redis://r\"\nkeys.seal_file = \"seal\"\ndatabase.url = "
      "\"postgresql://u:hunter2@h/d\"\n");
  ASSERT_EQ(::chmod(sources_.file->c_str(), 0644), 0);
  EXPECT_THAT(load_config(sources_)->warnings,
              ElementsAre(AllOf(HasSubstr("password of the database"), HasSubstr("chmod o-r"))));
}

TEST_F(ConfigTest, ThePathOfADatabaseIsNoSecret) {
  flag("database", "url", "sqlite:/srv/a@b/x.db");
  EXPECT_EQ(value_text(*find_setting("database", "url"), good()), "sqlite:/srv/a@b/x.db");
}

TEST_F(ConfigTest, AFileThatEverybodyMayWriteIsRefused) {
  file("redis.url = \"redis://127.0.0.1\"\n");
  for (const mode_t mode : {0600, 0640, 0644, 0444}) {
    ASSERT_EQ(::chmod(sources_.file->c_str(), mode), 0);
    good();
    EXPECT_THAT(load_config(sources_)->warnings, IsEmpty()) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(sources_.file->c_str(), 0664), 0);
  EXPECT_THAT(load_config(sources_)->warnings, ElementsAre(HasSubstr("by its group: chmod g-w")));
  ASSERT_EQ(::chmod(sources_.file->c_str(), 0666), 0);
  EXPECT_THAT(only_error(), HasSubstr("run chmod o-w " + *sources_.file));
}

TEST_F(ConfigTest, AFileWithAPasswordThatEverybodyMayReadIsWarnedOf) {
  file("redis.url = \"redis://u:hunter2@127.0.0.1\"\n");
  ASSERT_EQ(::chmod(sources_.file->c_str(), 0644), 0);
  EXPECT_THAT(load_config(sources_)->warnings,
              ElementsAre(AllOf(HasSubstr("the password of Redis in " + *sources_.file),
                                HasSubstr("chmod o-r"), Not(HasSubstr("hunter2")))));
  ASSERT_EQ(::chmod(sources_.file->c_str(), 0640), 0);
  EXPECT_THAT(load_config(sources_)->warnings, IsEmpty());
}

TEST_F(ConfigTest, PlainHttpInANetworkIsWarnedOf) {
  for (const char* listen : {"0.0.0.0:80", "192.0.2.1:80", "[::]:80", "[2001:db8::1]:80"}) {
    sources_.flags.clear();
    flag("server", "listen", listen);
    EXPECT_THAT(load_config(sources_)->warnings,
                ElementsAre(AllOf(HasSubstr(listen), HasSubstr("unencrypted"),
                                  HasSubstr("server.tls_cert"), HasSubstr("Behind a proxy"))));
  }
  flag("server", "tls_cert", "c.pem").flag("server", "tls_key", "k.pem");
  EXPECT_THAT(load_config(sources_)->warnings, IsEmpty());
  for (const char* listen : {"127.0.0.1:80", "127.0.0.2:80", "[::1]:80", "localhost:80"}) {
    sources_.flags.clear();
    flag("server", "listen", listen);
    EXPECT_THAT(load_config(sources_)->warnings, IsEmpty()) << listen;
  }
}

TEST_F(ConfigTest, ANamedFileMustExist) {
  sources_.file = (directory_ / "none.toml").string();
  EXPECT_THAT(only_error(), AllOf(HasSubstr("none.toml"), HasSubstr("No such file")));
  sources_.file = directory_.string();
  EXPECT_THAT(only_error(), HasSubstr("is a directory"));
}

TEST_F(ConfigTest, LifetimesMustFitIntoOneAnother) {
  file("token.access_ttl = \"20m\"\nrefresh.idle_ttl = \"10m\"\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("token.access_ttl (20m, "), HasSubstr("line 1)"),
                                  HasSubstr("must not be longer than refresh.idle_ttl (10m, ")));
  file("refresh.absolute_ttl = \"13d\"\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("refresh.idle_ttl (14d, the default)"),
                                  HasSubstr("refresh.absolute_ttl (13d, ")));
  file("token.access_ttl = \"1h\"\nrefresh.idle_ttl = \"1h\"\nrefresh.absolute_ttl = \"1h\"\n");
  good();
}

TEST_F(ConfigTest, ADataPathTooLongForASocketIsSaid) {
  const std::string fits = "/" + std::string(84, 'x');
  file("server.data = \"" + fits + "\"\n");
  good();
  file("server.data = \"" + fits + "x\"\n");
  EXPECT_THAT(only_error(),
              AllOf(HasSubstr("server.data"), HasSubstr("86 bytes"), HasSubstr("redis.url")));
  variable("RECANT_REDIS_URL", "redis://127.0.0.1");
  good();
}

TEST(Duration, ReadsAndWrites) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("30s"), seconds(30));
  EXPECT_EQ(parse_duration("15m"), std::chrono::minutes(15));
  EXPECT_EQ(parse_duration("12h"), std::chrono::hours(12));
  EXPECT_EQ(parse_duration("30d"), std::chrono::hours(720));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
  for (const char* text : {"", "s", "15", "15 m", " 15m", "15m ", "-1s", "+1s", "1.5s", "1h30m",
                           "15M", "99999999999999999999s", "36501d"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
  for (const char* text : {"250ms", "30s", "2m", "12h", "30d", "90s", "0s"}) {
    EXPECT_EQ(to_text(*parse_duration(text)), text);
  }
}

TEST(Listen, IsAnAddressAndAPort) {
  EXPECT_EQ(parse_listen("[::1]:80")->address, "::1");
  EXPECT_EQ(parse_listen("0.0.0.0:65535")->port, 65535);
  EXPECT_EQ(parse_listen("localhost:0")->address, "127.0.0.1");
  for (const char* text :
       {"", ":80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:65536", "::1:80", "[1.2.3.4]:80",
        "[::1]", "example.com:80", "1.2.3.4:-1", "1.2.3.4:80 "}) {
    EXPECT_FALSE(parse_listen(text)) << text;
  }
}

TEST(Quoting, NeitherForgesALineNorSteersATerminal) {
  EXPECT_EQ(in_quotes("a\nb\x1b[2J"), "\"a\\x0ab\\x1b[2J\"");
  EXPECT_EQ(in_quotes("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(in_quotes("Zoë"), "\"Zoë\"");
  EXPECT_EQ(in_quotes(std::string(200, 'x')), "\"" + std::string(100, 'x') + "…\"");
}

}  // namespace
}  // namespace recant::app
