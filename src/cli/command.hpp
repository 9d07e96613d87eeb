// A command of `recant` as one entry of a table: what it is called, what its --help says, what it
// takes and what it does.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recant::cli {

/// Contract §3.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,  // refused or not found
  kUsage = 2,
  kUnavailable = 3,
};

struct Option {
  std::string flag;        // "--config"
  std::string value_name;  // "FILE"; empty: it takes no value
  std::string help;
  std::string group{};  // its heading in --help
  bool required = false;
  std::vector<std::string> choices{};  // what it takes, and nothing else
  std::vector<std::string> hints{};    // what it may take, for completion; whoever reads it judges
};

/// What the command line said.
class Arguments {
 public:
  /// The last value given to `flag`.
  std::optional<std::string> value(std::string_view flag) const;
  bool has(std::string_view flag) const;
  /// Each option once, with its last value, in the table's order.
  const std::vector<std::pair<std::string, std::string>>& options() const { return options_; }
  /// What stood there without a flag; empty when nothing did.
  const std::string& operand() const { return operand_; }

 private:
  friend class CommandLine;
  std::vector<std::pair<std::string, std::string>> options_;
  std::string operand_;
};

/// What app/ found out about the other end of the streams.
struct Terminal {
  bool in = false;  // is standard input one?
  bool out = false;
  bool err = false;
  bool colour = false;        // of standard output
  std::size_t columns = 100;  // of standard output, if it is one
};

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Terminal terminal{};
};

struct Command {
  std::string name;                   // "config check"
  std::string group{};                // its heading in the list of commands
  std::string summary;                // one line, for the list of commands
  std::string description;            // paragraphs that teach
  std::vector<std::string> examples;  // each a line to type, a comment behind it if need be
  std::vector<Option> options;
  std::string operand{};       // "TOKEN|-"; empty: it takes none
  std::string operand_help{};  // only with an operand, which is then required
  std::vector<std::string> operand_choices{};
  std::function<int(const Arguments&, const Streams&)> run;
};

/// The version of this program, as `recant version` prints it.
std::string_view version();
/// When that version was made, "2026-11-24".
std::string_view version_date();
Command version_command();
Command token_inspect_command();
Command token_verify_command();

}  // namespace recant::cli
