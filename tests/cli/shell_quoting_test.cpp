#include "cli/shell_quoting.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

namespace recant::cli {
namespace {

/// What a real shell makes of it.
std::string read_by_shell(const std::string& word) {
  const std::string command = "printf %s " + word;
  const std::unique_ptr<FILE, int (*)(FILE*)> shell(::popen(command.c_str(), "r"), ::pclose);
  std::string out;
  std::array<char, 256> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), shell.get())) {
    out.append(part.data(), size);
  }
  return out;
}

TEST(ShellQuoting, AShellReadsWhatWasSaid) {
  for (const std::string text : {"./recant-data/admin.key", "a b", "$(echo x)", "`echo x`", "it's",
                                 "''", "\\", "\"", "*", "~", "a\nb", "a;b", "-n", "#", "!x"}) {
    EXPECT_EQ(read_by_shell(shell_word(text)), text);
    EXPECT_EQ(read_by_shell(in_single_quotes(text)), text);
  }
}

TEST(ShellQuoting, QuotesStandOnlyWhereTheyAreNeeded) {
  EXPECT_EQ(shell_word("./recant-data/admin.key"), "./recant-data/admin.key");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace recant::cli
