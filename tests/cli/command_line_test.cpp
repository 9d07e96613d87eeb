#include "cli/command_line.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "cli/help.hpp"
#include "cli/spelling.hpp"

namespace recant::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    Command serve;
    serve.name = "serve";
    serve.summary = "Start the server.";
    serve.description = "Teaches.";
    serve.examples = {"recant serve"};
    serve.options = {{"--config", "FILE", "Which file."},
                     {"--token.issuer", "TEXT", "The iss.", "[token]"},
                     {"--quiet", "", "No talk."}};
    serve.run = keep();
    Command check;
    check.name = "config check";
    check.summary = "Check.";
    check.run = keep();
    Command verify;
    verify.name = "token verify";
    verify.summary = "Judge.";
    verify.options = {{"--jwks", "FILE", "Keys.", "", true}};
    verify.operand = "TOKEN|-";
    verify.operand_help = "The token.";
    verify.run = keep();
    commands_ = {serve, check, verify, version_command()};
  }

  std::function<int(const Arguments&, const Streams&)> keep() {
    return [this](const Arguments& arguments, const Streams&) {
      ran_ = arguments;
      return 42;
    };
  }
  int run(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    ran_.reset();
    return run_command_line(commands_, words, {in_, out_, err_});
  }
  /// Exit code 2 and one sentence.
  std::string refused(const std::vector<std::string>& words) {
    EXPECT_EQ(run(words), kUsage);
    EXPECT_FALSE(ran_);
    EXPECT_THAT(out_.str(), IsEmpty());
    const std::string said = err_.str();
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    return said;
  }

  std::vector<Command> commands_;
  std::istringstream in_;
  std::ostringstream out_, err_;
  std::optional<Arguments> ran_;
};

TEST_F(CommandLineTest, RunsACommandWithItsOptions) {
  EXPECT_EQ(run({"serve", "--token.issuer", "me", "--config=x.toml", "--quiet"}), 42);
  ASSERT_TRUE(ran_);
  EXPECT_THAT(ran_->options(), ElementsAre(Pair("--config", "x.toml"), Pair("--token.issuer", "me"),
                                           Pair("--quiet", "")));
  EXPECT_EQ(ran_->value("--config"), "x.toml");
  EXPECT_TRUE(ran_->has("--quiet"));
  EXPECT_FALSE(ran_->has("--jwks"));
}

TEST_F(CommandLineTest, TheLastOfARepeatedOptionCounts) {
  EXPECT_EQ(run({"serve", "--config", "a", "--config", "b"}), 42);
  EXPECT_EQ(ran_->value("--config"), "b");
}

TEST_F(CommandLineTest, AValueMayBeEmptyOrLookLikeANumberBelowZero) {
  EXPECT_EQ(run({"serve", "--token.issuer", ""}), 42);
  EXPECT_EQ(ran_->value("--token.issuer"), "");
  EXPECT_EQ(run({"serve", "--token.issuer=-1"}), 42);
  EXPECT_EQ(ran_->value("--token.issuer"), "-1");
}

TEST_F(CommandLineTest, TakesAnOperand) {
  EXPECT_EQ(run({"token", "verify", "--jwks", "k", "-"}), 42);
  EXPECT_EQ(ran_->operand(), "-");
  EXPECT_EQ(run({"token", "verify", "a.b.c", "--jwks", "k"}), 42);
  EXPECT_EQ(ran_->operand(), "a.b.c");
}

TEST_F(CommandLineTest, CommandsOfTwoWords) {
  EXPECT_EQ(run({"config", "check"}), 42);
  EXPECT_TRUE(ran_);
}

TEST_F(CommandLineTest, WhatIsWrongIsOneSentenceThatNamesIt) {
  EXPECT_THAT(refused({"serve", "--no-such-flag"}),
              AllOf(HasSubstr("recant serve: there is no option --no-such-flag"),
                    HasSubstr("recant serve --help")));
  EXPECT_THAT(refused({"serve", "--confg", "x"}), HasSubstr("did you mean --config?"));
  EXPECT_THAT(refused({"serve", "--token.isuer=x"}), HasSubstr("did you mean --token.issuer?"));
  EXPECT_THAT(refused({"serve", "--config"}), HasSubstr("--config"));
  EXPECT_THAT(refused({"serve", "now"}), HasSubstr("nobody expected \"now\""));
  EXPECT_THAT(refused({"token", "verify", "x"}), HasSubstr("--jwks FILE is missing"));
  EXPECT_THAT(refused({"token", "verify", "--jwks", "k"}), HasSubstr("TOKEN|- is missing"));
  EXPECT_THAT(refused({"token", "verify", "x", "--jwks"}),
              HasSubstr("--jwks stands without its value, FILE"));
  EXPECT_THAT(refused({"token", "verify", "--jwks", "k", "a", "b"}), HasSubstr("\"b\""));
  EXPECT_THAT(refused({"sevre"}), HasSubstr("there is no command sevre"));
  EXPECT_THAT(refused({"serv"}), HasSubstr("did you mean recant serve?"));
  EXPECT_THAT(refused({"config", "chek"}), HasSubstr("did you mean recant config check?"));
  EXPECT_THAT(refused({"confg", "check"}), HasSubstr("did you mean recant config check?"));
  EXPECT_THAT(refused({"confg"}), HasSubstr("did you mean recant config?"));
  EXPECT_THAT(refused({"a\nb\x1b"}), HasSubstr("a?b?"));
}

TEST_F(CommandLineTest, WithoutACommandTheListIsShown) {
  EXPECT_EQ(run({}), kUsage);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("serve"), HasSubstr("config check")));
  EXPECT_EQ(run({"--help"}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("serve"), HasSubstr("config check")));
  EXPECT_EQ(run({"help"}), kDone);
  EXPECT_EQ(run({"config"}), kUsage);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("config check"), Not(HasSubstr("  serve"))));
}

TEST_F(CommandLineTest, HelpTeachesAndRunsNothing) {
  EXPECT_EQ(run({"serve", "--config", "x", "--help"}), kDone);
  EXPECT_FALSE(ran_);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("Usage: recant serve [OPTION…]"), HasSubstr("Teaches."),
                                HasSubstr("--config FILE\n      Which file."),
                                HasSubstr("[token]\n  --token.issuer TEXT\n      The iss."),
                                HasSubstr("Examples\n  recant serve\n")));
  EXPECT_EQ(run({"token", "verify", "-h"}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("Usage: recant token verify --jwks FILE TOKEN|-"),
                                HasSubstr("The token.")));
}

TEST_F(CommandLineTest, TellsItsVersion) {
  EXPECT_EQ(run({"version"}), kDone);
  EXPECT_EQ(out_.str(), "recant " + std::string(version()) + "\n");
  EXPECT_EQ(run({"--version"}), kDone);
  EXPECT_EQ(out_.str(), "recant " + std::string(version()) + "\n");
  EXPECT_EQ(run({"version", "--json"}), kDone);
  EXPECT_EQ(out_.str(), "{\"version\":\"" + std::string(version()) + "\"}\n");
}

TEST(Spelling, FindsSlipsAndNothingElse) {
  const std::vector<std::string> names = {"token.issuer", "token.leeway", "serve"};
  EXPECT_EQ(nearest("token.isuer", names), "token.issuer");
  EXPECT_EQ(nearest("tokem.isuer", names), "token.issuer");
  EXPECT_EQ(nearest("serv", names), "serve");
  EXPECT_EQ(nearest("srv", names), std::nullopt);
  EXPECT_EQ(nearest("wombat", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), names), std::nullopt);
}

}  // namespace
}  // namespace recant::cli
