#include "demo/demo_command.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string_view>

#include "base/clock.hpp"
#include "core/policy.hpp"
#include "demo/instance.hpp"
#include "demo/json_narrator.hpp"
#include "demo/story.hpp"
#include "demo/text_narrator.hpp"

namespace recant::demo {
namespace {

/// Long enough for the story's second tab, short enough to be waited for.
constexpr seconds kGrace{5};

std::string_view value_in(const Environment& environment, std::string_view name) {
  for (const std::string_view variable : environment) {
    if (variable.starts_with(name) && variable.substr(name.size()).starts_with('=')) {
      return variable.substr(name.size() + 1);
    }
  }
  return {};
}

std::unique_ptr<Narrator> make_narrator(const cli::Arguments& arguments,
                                        const cli::Streams& streams) {
  if (arguments.has("--json")) return std::make_unique<JsonNarrator>(streams.out);
  const cli::Terminal& terminal = streams.terminal;
  const bool pause = terminal.in && terminal.out && !arguments.has("--no-pause");
  const TextOptions options{terminal.colour, pause};
  return std::make_unique<TextNarrator>(streams.in, streams.out, options);
}

/// The private server is configured by the demo alone.
Environment without_settings(const Environment& environment) {
  Environment kept;
  for (const std::string& variable : environment) {
    if (!variable.starts_with("RECANT_")) kept.push_back(variable);
  }
  return kept;
}

/// TMPDIR, unless it is so long that a socket in the demo's directory could have no name.
std::filesystem::path temporary_directory(const Environment& environment) {
  constexpr std::size_t kLongest = 60;
  const std::filesystem::path wanted(value_in(environment, "TMPDIR"));
  if (wanted.empty()) return "/tmp";
  auto whole = std::filesystem::absolute(wanted);
  return whole.native().size() > kLongest ? "/tmp" : whole;
}

/// Of which the command line lets only these two through.
core::Strategy strategy_in(const cli::Arguments& arguments) {
  return *core::parse_strategy(arguments.value("--strategy").value_or("blacklist"));
}

InstanceOptions instance_options(const Environment& environment, core::Strategy strategy) {
  InstanceOptions options;
  options.program = std::filesystem::read_symlink("/proc/self/exe");
  options.temporary = temporary_directory(environment);
  options.environment = without_settings(environment);
  options.settings = "refresh.grace = \"" + std::to_string(kGrace.count()) +
                     "s\"\nsession.strategy = \"" + std::string(name_of(strategy)) + "\"\n";
  return options;
}

int demo(const cli::Arguments& arguments, const Environment& environment,
         const cli::Streams& streams) {
  const SystemClock clock;
  const auto narrator = make_narrator(arguments, streams);
  const core::Strategy strategy = strategy_in(arguments);
  auto instance = Instance::start(instance_options(environment, strategy));
  if (!instance) {
    streams.err << "recant demo: " << instance.error() << '\n';
    return cli::kRefused;
  }
  const Scene scene{"http://127.0.0.1:" + std::to_string((*instance)->port()),
                    (*instance)->directory().string(), std::string(name_of(strategy))};
  narrator->begin(scene);
  Story({(*instance)->port(), (*instance)->redis(), (*instance)->admin_key(), kGrace, strategy},
        clock, *narrator)
      .tell();
  (*instance)->end();
  narrator->end(scene);
  return cli::kDone;
}

}  // namespace

cli::Command demo_command(Environment environment) {
  cli::Command command;
  command.name = "demo";
  command.group = "Serving";
  command.summary = "Watch how a token is issued, stored, checked and taken back.";
  command.description =
      "Walks through the five steps of the flow (sign in, issue, store, call, validate and revoke) "
      "and what comes after (refresh, a stolen refresh token, log out everywhere) on a Recant and "
      "a Redis of its own. Each step shows what was sent and what came back, the recipe's Redis "
      "command, and the keys with their TTLs as Redis shows them.\n\n"
      "The recipe has two strategies. By the blacklist a token is good unless Redis says that it "
      "was taken back; by the whitelist it is good only while it stands in Redis "
      "(session.strategy). Watch both.\n\n"
      "It needs no server, takes any free port, works in a temporary directory (TMPDIR) and leaves "
      "nothing behind, also after Ctrl-C.\n\n"
      "Between two steps it waits for Enter, if both input and output are a terminal. Colours are "
      "for terminals too; NO_COLOR=1 turns them off.";
  command.examples = {"recant demo", "recant demo --strategy whitelist",
                      "recant demo --no-pause | less",
                      "recant demo --json | grep '\"event\":\"keys\"'"};
  command.options = {
      {.flag = "--strategy",
       .value_name = "NAME",
       .help = "Which of the recipe's two: blacklist (the default) or whitelist.",
       .choices = {"blacklist", "whitelist"}},
      {"--no-pause", "", "Do not wait for Enter between two steps."},
      {"--json", "", "Events as JSON lines, for scripts: ids whole, tokens by their ends."}};
  command.run = [environment = std::move(environment)](const cli::Arguments& arguments,
                                                       const cli::Streams& streams) -> int {
    try {
      return demo(arguments, environment, streams);
    } catch (const std::exception& error) {
      // Somebody ended its server, or a disk is full.
      streams.err << "recant demo: " << error.what() << ".\n";
      return cli::kUnavailable;
    }
  };
  return command;
}

}  // namespace recant::demo
