#include <ostream>

#include "base/json.hpp"
#include "cli/command.hpp"

namespace recant::cli {

std::string_view version() { return RECANT_VERSION; }
std::string_view version_date() { return RECANT_VERSION_DATE; }

Command version_command() {
  Command command;
  command.name = "version";
  command.group = "This program";
  command.summary = "Print the version.";
  command.description = "Needs no server and no configuration.";
  command.examples = {"recant version", "recant version --json"};
  command.options = {{"--json", "", "As a JSON object."}};
  command.run = [](const Arguments& arguments, const Streams& streams) -> int {
    if (arguments.has("--json")) {
      streams.out << json::serialize(json::Object{{"version", version()}}) << '\n';
    } else {
      streams.out << "recant " << version() << '\n';
    }
    return kDone;
  };
  return command;
}

}  // namespace recant::cli
