// The table of commands as a whole: that its help teaches, and teaches nothing wrong.
#include "app/commands.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "app/setting_checks.hpp"
#include "cli/command_line.hpp"
#include "cli/help.hpp"
#include "testing/repository.hpp"

namespace recant::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The commands, each of which only says that it was to run.
std::vector<cli::Command> harmless_commands() {
  auto commands = all_commands({});
  for (cli::Command& command : commands) {
    command.run = [](const cli::Arguments&, const cli::Streams&) { return 42; };
  }
  return commands;
}

/// A simple command of a shell's line: its words, without redirections and variables before it.
using Words = std::vector<std::string>;

/// As a shell splits it: quotes, pipes, semicolons, redirections; nothing is expanded.
class ShellLine {
 public:
  explicit ShellLine(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) take(line, i);
    end_command();
  }
  std::vector<Words> commands;

 private:
  void take(std::string_view line, std::size_t& i) {
    const char c = line[i];
    if (c == '\'' || c == '"') {
      const auto end = line.find(c, i + 1);
      if (end == line.npos) throw std::runtime_error("a quote is open");
      word_ += line.substr(i + 1, end - i - 1);
      in_word_ = true;
      i = end;
    } else if (c == '<' && line.substr(i, 2) == "<(") {
      end_command();
      ++i;
    } else if (c == '|' || c == ';' || c == ')' || c == '&') {
      end_command();
    } else if (c == '>' || c == '<') {
      end_word();
      redirected_ = true;
    } else if (c == ' ') {
      end_word();
    } else if (c == '#' && !in_word_) {
      i = line.size();
    } else {
      word_ += c;
      in_word_ = true;
    }
  }
  void end_word() {
    if (!in_word_) return;
    if (!redirected_) words_.push_back(word_);
    redirected_ = false;
    in_word_ = false;
    word_.clear();
  }
  void end_command() {
    end_word();
    if (!words_.empty()) commands.push_back(words_);
    words_.clear();
  }

  Words words_;
  std::string word_;
  bool in_word_ = false;
  bool redirected_ = false;
};

/// What stands behind `recant` in each command of the line that runs it.
std::vector<Words> calls_in(std::string_view line) {
  static const std::set<std::string> before = {"until", "do", "then", "if", "while", "!", "sudo"};
  std::vector<Words> calls;
  for (const Words& words : ShellLine(line).commands) {
    auto at = words.begin();
    while (at != words.end() &&
           (before.contains(*at) || std::regex_match(*at, std::regex("[A-Z_]+=.*"))))
      ++at;
    if (at == words.end() || (*at != "recant" && !at->ends_with("/recant"))) continue;
    calls.emplace_back(at + 1, words.end());
  }
  return calls;
}

/// What the command line says to these words, if it does not run them; --help is no running.
std::string complaint(const std::vector<cli::Command>& commands, const Words& words) {
  std::istringstream in;
  std::ostringstream out, err;
  const int code = cli::run_command_line(commands, words, {in, out, err});
  return code == 42 || code == cli::kDone ? "" : err.str();
}

TEST(Commands, EachHasAHelpThatTeaches) {
  for (const cli::Command& command : all_commands({})) {
    SCOPED_TRACE(command.name);
    EXPECT_THAT(command.group, Not(IsEmpty()));
    EXPECT_TRUE(command.summary.ends_with('.')) << command.summary;
    EXPECT_LE(command.summary.size(), 76u) << "it would not fit beside its name";
    EXPECT_GE(command.description.size(), 20u);
    EXPECT_TRUE(command.description.ends_with('.')) << command.description;
    EXPECT_THAT(command.examples, Not(IsEmpty()));
    EXPECT_EQ(command.operand.empty(), command.operand_help.empty());
    ASSERT_TRUE(command.run);
    for (const cli::Option& option : command.options) {
      EXPECT_TRUE(option.flag.starts_with("--")) << option.flag;
      EXPECT_TRUE(option.help.ends_with('.')) << option.flag << ": " << option.help;
    }
  }
}

TEST(Commands, EachHelpTellsHowToSeeItOnce) {
  for (const cli::Command& command : all_commands({})) {
    const std::string text = cli::help_of_command(command);
    const auto first = text.find("\n  -h, --help\n");
    ASSERT_NE(first, text.npos) << text;
    EXPECT_EQ(text.find("-h, --help", first + 5), text.npos) << text;
  }
}

TEST(Commands, EveryExampleIsACommandLineThatParses) {
  const auto commands = harmless_commands();
  for (const cli::Command& command : commands) {
    std::set<std::string> shown;
    for (const std::string& example : command.examples) {
      for (const Words& call : calls_in(example)) {
        EXPECT_EQ(complaint(commands, call), "") << example;
        shown.insert(call.empty() ? "" : call.front());
      }
    }
    EXPECT_THAT(shown, Contains(command.name.substr(0, command.name.find(' ')))) << command.name;
  }
}

TEST(Commands, TheReaderOfExamplesWouldNoticeMistakes) {
  const auto commands = harmless_commands();
  const auto of = [&](const char* line) {
    const auto calls = calls_in(line);
    EXPECT_EQ(calls.size(), 1u) << line;
    return calls.empty() ? "" : complaint(commands, calls.front());
  };
  EXPECT_EQ(of("echo x | A=b recant user list --json | head"), "");
  EXPECT_THAT(of("recant user lst"), HasSubstr("did you mean"));
  EXPECT_THAT(of("until build/recant health --jsn; do sleep 1; done"), HasSubstr("--json"));
  EXPECT_THAT(of("recant user add"), HasSubstr("USERNAME is missing"));
  EXPECT_THAT(of("recant user add 'two words' more"), HasSubstr("\"more\""));
}

/// Lines of the documents' shell blocks that call recant.
TEST(Commands, EveryCallInTheDocumentsParses) {
  const auto commands = harmless_commands();
  int calls = 0;
  std::vector<std::filesystem::path> files = {testing::repository() / "README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(testing::repository() / "docs")) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  for (const auto& file : files) {
    std::ifstream in(file);
    bool shell = false;
    std::string command;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("```")) {
        shell = !shell && (line == "```sh" || line == "```bash" || line == "```console");
        continue;
      }
      if (!shell) continue;
      if (line.starts_with("$ ")) line.erase(0, 2);
      command += line;
      if (command.ends_with('\\')) {
        command.back() = ' ';
        continue;
      }
      if (command.find("recant ") != std::string::npos) {
        try {
          for (const Words& call : calls_in(command)) {
            ++calls;
            EXPECT_EQ(complaint(commands, call), "") << file << ": " << command;
          }
        } catch (const std::runtime_error&) {
          // A quote over several lines: no call of ours has one.
        }
      }
      command.clear();
    }
  }
  EXPECT_GT(calls, 4);
}

/// The table at the beginning of docs/command-line.md.
TEST(Commands, AreAllInTheirDocument) {
  std::ifstream in(testing::repository() / "docs/command-line.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(in, line) && !line.starts_with("## ");) {
    if (line.find("| `recant ") != std::string::npos) rows.push_back(line);
  }
  std::vector<std::string> expected;
  for (const cli::Command& command : all_commands({})) {
    expected.push_back("| " + command.group + " | `recant " + command.name + "` | " +
                       command.summary + " |");
  }
  EXPECT_THAT(rows, ::testing::ElementsAreArray(expected));
}

TEST(Commands, NamesAndOptionsStandOnceAndGroupsTogether) {
  std::set<std::string> names;
  std::set<std::string> groups;
  std::string group;
  for (const cli::Command& command : all_commands({})) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    if (command.group != group) {
      EXPECT_TRUE(groups.insert(command.group).second) << command.group;
    }
    group = command.group;
    std::set<std::string> flags = {"--help"};
    for (const cli::Option& option : command.options) {
      EXPECT_TRUE(flags.insert(option.flag).second) << command.name << ' ' << option.flag;
    }
  }
}

/// Contract §3, but for doctor.
TEST(Commands, AreThoseOfTheContract) {
  std::set<std::string> names;
  for (const cli::Command& command : all_commands({})) names.insert(command.name);
  for (const char* name :
       {"serve",          "demo",          "user add",       "user import",      "user list",
        "user passwd",    "user disable",  "user enable",    "user delete",      "session list",
        "session revoke", "revoke",        "token inspect",  "token verify",     "keys list",
        "keys rotate",    "admin-key add", "admin-key list", "admin-key remove", "config check",
        "health",         "version"}) {
    EXPECT_THAT(names, Contains(name));
  }
}

/// "No secret in an argument": whatever takes a value takes none that is secret, but for the two
/// that have always been there: a token to judge or look at, which may also be given as -.
TEST(Commands, NoOptionTakesASecret) {
  for (const cli::Command& command : all_commands({})) {
    for (const cli::Option& option : command.options) {
      if (option.value_name.empty() || option.value_name == "-") continue;
      if (option.value_name.starts_with("FILE")) continue;
      for (const char* word : {"--password", "--token", "--secret", "--admin-key"}) {
        EXPECT_NE(option.flag, word) << command.name;
      }
    }
  }
}

}  // namespace
}  // namespace recant::app
