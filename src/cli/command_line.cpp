#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

#include "cli/help.hpp"
#include "cli/spelling.hpp"

namespace recant::cli {
namespace {

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  while (!name.empty()) {
    const auto end = name.find(' ');
    words.emplace_back(name.substr(0, end));
    name = end == std::string_view::npos ? std::string_view{} : name.substr(end + 1);
  }
  return words;
}

/// A word of theirs inside a sentence of ours: printable, not longer than need be, and never a
/// token or a key that somebody typed where none belongs.
std::string shown(std::string word) {
  for (const std::string_view secret : {"eyJ", "rt_", "ak_"}) {
    if (word.starts_with(secret)) return std::string(secret) + "…";
  }
  constexpr std::size_t kLongest = 60;
  for (char& c : word) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return word.size() > kLongest ? word.substr(0, kLongest) + "…" : word;
}

}  // namespace

/// One reading of one command line.
class CommandLine {
 public:
  explicit CommandLine(std::span<const Command> commands) : commands_(commands) {}

  int run(const std::vector<std::string>& words, const Streams& streams) const {
    const auto [command, rest] = find(words);
    if (command == nullptr) return without_command(words, streams);
    if (wants_help(rest)) {
      streams.out << help_of_command(*command);
      return kDone;
    }
    Arguments arguments;
    if (const auto wrong = parse(*command, rest, arguments)) {
      streams.err << "recant " << command->name << ": " << *wrong << "; recant " << command->name
                  << " --help tells more.\n";
      return kUsage;
    }
    return command->run(arguments, streams);
  }

 private:
  using Words = std::vector<std::string>;

  static bool wants_help(const Words& words) {
    return std::ranges::any_of(words, [](const auto& w) { return w == "--help" || w == "-h"; });
  }

  /// The command that the first words name, and the words behind it.
  std::pair<const Command*, Words> find(const Words& words) const {
    for (const Command& command : commands_) {
      const Words name = words_of(command.name);
      if (words.size() < name.size() || !std::equal(name.begin(), name.end(), words.begin())) {
        continue;
      }
      return {&command,
              Words(words.begin() + static_cast<std::ptrdiff_t>(name.size()), words.end())};
    }
    return {nullptr, {}};
  }

  int without_command(const Words& words, const Streams& streams) const {
    const bool bare = words.empty();
    const bool group = !bare && std::ranges::any_of(commands_, [&](const Command& command) {
      return words_of(command.name).front() == words.front();
    });
    if (!bare && words.front() == "help")
      return help(Words(words.begin() + 1, words.end()), streams);
    if (wants_help(words) && (group || words.front().starts_with('-'))) {
      streams.out << help_of_program(commands_, group ? words.front() : "");
      return kDone;
    }
    if (bare || (group && words.size() == 1)) {
      streams.err << help_of_program(commands_, bare ? "" : words.front());
      return kUsage;
    }
    if (words.front() == "--version") return run({"version"}, streams);
    if (words.front().starts_with('-')) {
      streams.err << "recant: the command comes first, and its options behind it: recant COMMAND "
                  << shown(words.front()) << " …; recant --help lists the commands.\n";
      return kUsage;
    }

    const std::string typed = group ? words[0] + " " + words[1] : words.front();
    Words names;
    for (const Command& command : commands_) {
      names.push_back(command.name);
      names.push_back(words_of(command.name).front());
    }
    auto near = nearest(typed, names);
    if (!group && words.size() > 1) {  // "usr list"
      if (auto both = nearest(words[0] + " " + words[1], names)) near = std::move(both);
    }
    streams.err << "recant: there is no command " << shown(typed)
                << (near ? "; did you mean recant " + *near + "?" : "; recant --help lists them.")
                << '\n';
    return kUsage;
  }

  /// `recant help`, `recant help user`, `recant help user add`.
  int help(const Words& words, const Streams& streams) const {
    if (words.empty() || wants_help(words)) {
      streams.out << help_of_program(commands_);
      return kDone;
    }
    Words asked = words;
    asked.emplace_back("--help");
    return run(asked, streams);
  }

  /// What is wrong, to stand in the middle of a sentence; nothing when `out` is filled.
  static std::optional<std::string> parse(const Command& command, const Words& words,
                                          Arguments& out) {
    CLI::App app;
    app.set_help_flag();
    std::map<std::string, std::string> values;
    for (const Option& option : command.options) {
      if (option.value_name.empty()) {
        app.add_flag(option.flag);
      } else {
        app.add_option(option.flag, values[option.flag])
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      }
    }
    if (!command.operand.empty()) app.add_option("operand", out.operand_);
    try {
      app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them from the back
    } catch (const CLI::ExtrasError&) {
      return unexpected(command, app.remaining());
    } catch (const CLI::ArgumentMismatch& error) {
      return without_value(command, error.what());
    } catch (const CLI::ParseError& error) {
      return in_a_sentence(error.what());
    }
    return collect(command, app, values, out);
  }

  /// CLI11 says "--subject: 1 required TEXT missing".
  static std::string without_value(const Command& command, const std::string& said) {
    const std::string flag = said.substr(0, said.find(':'));
    for (const Option& option : command.options) {
      if (option.flag == flag && !option.value_name.empty()) {
        return flag + " stands without its value, " + option.value_name;
      }
    }
    return in_a_sentence(said);
  }

  static std::optional<std::string> collect(const Command& command, CLI::App& app,
                                            const std::map<std::string, std::string>& values,
                                            Arguments& out) {
    for (const Option& option : command.options) {
      if (app.count(option.flag) > 0) {
        const auto value = values.find(option.flag);
        if (value != values.end() && !is_one_of(option.choices, value->second)) {
          return option.flag + " takes one of " + listed(option.choices) + ", not \"" +
                 shown(value->second) + "\"";
        }
        out.options_.emplace_back(option.flag, value == values.end() ? "" : value->second);
      } else if (option.required) {
        return option.flag + " " + option.value_name + " is missing";
      }
    }
    if (!command.operand.empty() && out.operand_.empty()) return command.operand + " is missing";
    if (!is_one_of(command.operand_choices, out.operand_)) {
      return command.operand + " is one of " + listed(command.operand_choices) + ", not \"" +
             shown(out.operand_) + "\"";
    }
    return std::nullopt;
  }

  /// An empty list allows everything.
  static bool is_one_of(const Words& choices, const std::string& value) {
    return choices.empty() || std::ranges::find(choices, value) != choices.end();
  }

  static std::string listed(const Words& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
  }

  static std::string unexpected(const Command& command, const Words& remaining) {
    const auto flag =
        std::ranges::find_if(remaining, [](const auto& w) { return w.starts_with('-'); });
    if (flag == remaining.end()) return "nobody expected \"" + shown(remaining.front()) + "\"";
    const std::string typed = flag->substr(0, flag->find('='));
    Words flags;
    for (const Option& option : command.options) flags.push_back(option.flag);
    const auto near = nearest(typed, flags);
    return "there is no option " + shown(typed) + (near ? ", did you mean " + *near + "?" : "");
  }

  static std::string in_a_sentence(std::string what) {
    what = shown(what);
    while (what.ends_with('\n') || what.ends_with('.')) what.pop_back();
    return what;
  }

  const std::span<const Command> commands_;
};

int run_command_line(std::span<const Command> commands, const std::vector<std::string>& words,
                     const Streams& streams) {
  return CommandLine(commands).run(words, streams);
}

}  // namespace recant::cli
