// RECANT_X and RECANT_X_FILE.
#include <sys/stat.h>
#include <unistd.h>

#include "config_fixture.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FileVariableTest : public ConfigTest {
 public:
  std::string issuer_in(const std::string& content) {
    sources_.environment = {{"RECANT_TOKEN_ISSUER_FILE", write("issuer", content)}};
    return good().token.issuer;
  }
  std::string refused(const std::string& path) {
    sources_.environment = {{"RECANT_TOKEN_ISSUER_FILE", path}};
    return only_error();
  }
};

// Contract §4: any RECANT_X may be given as RECANT_X_FILE.
TEST_F(FileVariableTest, EverySettingMayComeFromAFile) {
  for (const Setting& setting : settings()) {
    const std::string variable = variable_of(setting);
    const std::string path = write(variable, std::string(setting.fallback) + "\n");
    const auto reading = read_environment({{variable + "_FILE", path}});
    ASSERT_TRUE(reading) << variable;
    EXPECT_THAT(reading->warnings, IsEmpty()) << variable;
    ASSERT_EQ(reading->given.size(), 1u) << variable;
    const Given& given = reading->given.front();
    EXPECT_EQ(given.section + "." + given.key, setting.name());
    EXPECT_EQ(given.where, variable + "_FILE");
    Config config = default_config();
    EXPECT_EQ(apply(config, given), std::nullopt) << variable;
  }
}

// A name that ends in _file by itself must not be taken for another's file.
TEST_F(FileVariableTest, NoTwoVariablesSpellOneName) {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    names.push_back(variable_of(setting));
    names.push_back(variable_of(setting) + "_FILE");
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST_F(FileVariableTest, OneLineEndAtTheEndIsNotMeant) {
  EXPECT_EQ(issuer_in("me"), "me");
  EXPECT_EQ(issuer_in("me\n"), "me");
  EXPECT_EQ(issuer_in("me\r\n"), "me");
  EXPECT_EQ(issuer_in(" me \n"), " me ");  // nor is anything else taken off
}

TEST_F(FileVariableTest, MoreLinesAreNoText) {
  EXPECT_THAT(refused(write("two", "me\n\n")), HasSubstr("without control characters"));
  EXPECT_THAT(refused(write("two", "me\nyou\n")), HasSubstr("without control characters"));
}

TEST_F(FileVariableTest, ListsAndNumbersAreTextsThere) {
  variable("RECANT_TOKEN_AUDIENCE_FILE", write("audience", "a, b\n"));
  variable("RECANT_SERVER_THREADS_FILE", write("threads", "3\n"));
  variable("RECANT_ACCOUNTS_SIGNUP_FILE", write("signup", "true\n"));
  variable("RECANT_REFRESH_GRACE_FILE", write("grace", "10s\n"));
  const Config config = good();
  EXPECT_THAT(config.token.audience, ElementsAre("a", "b"));
  EXPECT_EQ(config.server.threads, 3);
  EXPECT_TRUE(config.accounts.signup);
  EXPECT_EQ(config.refresh.grace, seconds(10));
}

TEST_F(FileVariableTest, WhatIsWrongInAFileNamesTheVariable) {
  variable("RECANT_TOKEN_LEEWAY_FILE", write("leeway", "2h\n"));
  EXPECT_THAT(only_error(), HasSubstr("RECANT_TOKEN_LEEWAY_FILE: token.leeway must be from 0s"));
}

TEST_F(FileVariableTest, BothFormsAtOnceAreRefused) {
  variable("RECANT_TOKEN_ISSUER", "a").variable("RECANT_TOKEN_ISSUER_FILE", write("issuer", "a"));
  EXPECT_THAT(only_error(),
              HasSubstr("RECANT_TOKEN_ISSUER and RECANT_TOKEN_ISSUER_FILE are both set"));
}

TEST_F(FileVariableTest, AFileThatCannotBeReadIsNamedWithTheReason) {
  const std::string name = "RECANT_TOKEN_ISSUER_FILE: the file ";
  EXPECT_THAT(refused((directory_ / "none").string()),
              AllOf(HasSubstr(name), HasSubstr("none"), HasSubstr("No such file")));
  EXPECT_THAT(refused(directory_.string()), AllOf(HasSubstr(name), HasSubstr("is a directory")));
  EXPECT_THAT(refused(""), AllOf(HasSubstr(name), HasSubstr("No such file")));
  EXPECT_THAT(refused(write("file", "x") + "/below"), HasSubstr("Not a directory"));
  // Root may read everything, but nobody reads address 0 of a process.
  EXPECT_THAT(refused("/proc/self/mem"), HasSubstr("cannot be read (Input/output error)"));
  if (::geteuid() != 0) {
    const std::string path = write("secret", "x");
    ASSERT_EQ(::chmod(path.c_str(), 0), 0);
    EXPECT_THAT(refused(path), HasSubstr("cannot be read (Permission denied)"));
  }
}

TEST_F(FileVariableTest, AFileWithoutAnEndIsTooLarge) {
  EXPECT_THAT(refused("/dev/zero"), HasSubstr("is larger than 1 MiB"));
  const std::string large = write("large", std::string(1024 * 1024 + 1, 'x'));
  EXPECT_THAT(refused(large), HasSubstr("is larger than 1 MiB"));
  // One byte less is read, and judged as the value that it is.
  EXPECT_THAT(refused(write("fits", std::string(1024 * 1024, 'x'))), HasSubstr("1 to 255 bytes"));
}

TEST_F(FileVariableTest, APipeThatNobodyWritesHoldsNothingUp) {
  const std::string path = (directory_ / "pipe").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(refused(path), HasSubstr("token.issuer must be 1 to 255 bytes"));
}

TEST_F(FileVariableTest, ASecretOfAFileIsNeverEchoed) {
  variable("RECANT_REDIS_URL_FILE", write("url", "redis://recant:hunter2@host:port/0\n"));
  EXPECT_THAT(only_error(), AllOf(HasSubstr("RECANT_REDIS_URL_FILE"), Not(HasSubstr("hunter2"))));
}

TEST_F(FileVariableTest, AMistypedOneIsAnError) {
  variable("RECANT_TOKEN_ISUER_FILE", "/dev/null");
  EXPECT_THAT(only_error(), HasSubstr("RECANT_TOKEN_ISUER_FILE"));
}

// Kubernetes sets them in every container beside a Service of that name; they stop no server.
TEST(Environment, ServiceLinksAreLeftAlone) {
  const std::vector<Variable> links = {
      {"RECANT_REDIS_SERVICE_HOST", "10.0.0.11"},
      {"RECANT_REDIS_SERVICE_PORT", "6379"},
      {"RECANT_REDIS_SERVICE_PORT_CLIENT", "6379"},
      {"RECANT_REDIS_PORT", "tcp://10.0.0.11:6379"},
      {"RECANT_REDIS_PORT_6379_TCP", "tcp://10.0.0.11:6379"},
      {"RECANT_REDIS_PORT_6379_TCP_PROTO", "tcp"},
      {"RECANT_REDIS_PORT_6379_TCP_PORT", "6379"},
      {"RECANT_REDIS_PORT_6379_TCP_ADDR", "10.0.0.11"},
      {"RECANT_PORT", "tcp://10.0.0.12:8080"},
      {"RECANT_SERVICE_HOST", "10.0.0.12"},
  };
  const auto reading = read_environment(links);
  ASSERT_TRUE(reading);
  EXPECT_THAT(reading->given, IsEmpty());
  EXPECT_THAT(reading->warnings, IsEmpty());
}

// Somebody's own mistake is none of them.
TEST_F(FileVariableTest, APortThatSomebodyMeantIsStillAMistake) {
  variable("RECANT_SERVER_PORT", "8080");
  EXPECT_THAT(only_error(), HasSubstr("RECANT_SERVER_PORT: there is no key"));
}

}  // namespace
}  // namespace recant::app
