#include "cli/man_page.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "cli/completion.hpp"

namespace recant::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Command command_about(const std::string& text) {
  Command command;
  command.name = "user add";
  command.group = "Accounts";
  command.summary = "Open an account.";
  command.description = text;
  command.examples = {".hidden 'one' \\two"};
  command.options = {{"--out", "FILE", text}};
  command.operand = "NAME";
  command.operand_help = text;
  return command;
}

/// groff(7): a line that begins with a dot or an apostrophe is a request, a backslash an escape.
TEST(ManPage, TextStaysText) {
  const std::string text =
      ".so /etc/passwd\n.bp and\n'ft B \\fBbold \\n(.z caf\xc3\xa9 \xe2\x80\xa6 a-b ^~`";
  const std::string page = man_page(command_about(text)).text;
  EXPECT_THAT(
      page, AllOf(HasSubstr("\n\\&.so /etc/passwd\n"), HasSubstr("\n\\&.bp and\n"),
                  HasSubstr("\n\\(aqft B \\efBbold \\en(.z caf\\[u00E9] \\[u2026] a\\-b"),
                  HasSubstr("\\(ha\\(ti\\(ga"), HasSubstr("\n\\&.hidden \\(aqone\\(aq \\etwo\n")));
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_FALSE(line.starts_with('\'')) << line;
    if (line.starts_with('.')) {
      EXPECT_THAT(line, testing::MatchesRegex("\\.(TH|SH|SS|TP|PP|EX|EE|nh|ad)( .*)?"));
    }
  }
}

TEST(ManPage, AWordThatComesToBeginALineIsNoRequest) {
  const std::string page = man_page(command_about(std::string(78, 'x') + " .bp")).text;
  EXPECT_THAT(page, HasSubstr("\n\\&.bp\n"));
}

TEST(Completion, DescriptionsAreQuotedInEachShell) {
  const std::vector<Command> commands = {
      command_about("It's [one]: a $(touch x) `touch y` \\ \"quote\".")};
  EXPECT_THAT(
      zsh_completion(commands),
      HasSubstr("'--out=[It'\\''s \\[one\\]: a $(touch x) `touch y` \\\\ \"quote\".]:FILE:"));
  EXPECT_THAT(fish_completion(commands),
              HasSubstr("-d 'It\\'s [one]: a $(touch x) `touch y` \\\\ \"quote\".'"));
  EXPECT_THAT(bash_completion(commands), Not(HasSubstr("touch")));
}

}  // namespace
}  // namespace recant::cli
