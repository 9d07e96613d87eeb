// `recant health`: is the server fit to serve?
#include <ostream>
#include <utility>

#include "cli/client_commands.hpp"
#include "cli/listing.hpp"
#include "cli/text.hpp"

namespace recant::cli {
namespace {

/// Asks operators' listener instead of the main one.
class OperatorsSource final : public RemoteSource {
 public:
  explicit OperatorsSource(const RemoteSource& source) : source_(source) {}
  Result<ServerChoice, Mistake> server(const Arguments& arguments) const override {
    return source_.operators(arguments);
  }
  Result<AdminKey, Mistake> admin_key(const Arguments& arguments) const override {
    return source_.admin_key(arguments);
  }

 private:
  const RemoteSource& source_;
};

int tell_health(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  const OperatorsSource operators(source);
  auto remote = Remote::open("recant health", operators, arguments, streams, false);
  if (!remote) return remote.error().exit_code;
  const auto answer = (*remote)->exchange("GET", "/readyz");
  if (!answer) return answer.error().exit_code;
  if (answer->status == 404) {
    return (*remote)
        ->fail(kUnavailable,
               "there is no /readyz at " + (*remote)->server().url.to_string() +
                   ": where server.ops_listen is set, name that address with --server.")
        .exit_code;
  }
  const bool ready = answer->ok();
  const std::string url = (*remote)->server().url.to_string();
  if (arguments.has("--json")) {
    json::Object line{{"ready", ready}, {"server", url}};
    if (!ready) line.set("detail", answer->detail());
    streams.out << json::serialize(line) << '\n';
  } else if (ready) {
    streams.out << "Recant at " << url << " is ready.\n";
  } else {
    streams.out << "Recant at " << url << " is not ready: " << printable(answer->detail()) << '\n';
  }
  return ready ? kDone : kUnavailable;
}

}  // namespace

Command health_command(RemoteSourcePtr source) {
  Command command;
  command.name = "health";
  command.group = "Serving";
  command.summary = "Say whether the server is fit to serve.";
  command.description =
      "Asks /readyz, for which no key is needed. Exit code 0 when the server is ready, 3 when it "
      "is not or cannot be reached, with what is wrong: made for a script that waits for it.";
  command.examples = {"recant health", "until recant health; do sleep 1; done",
                      "recant health --server https://login.example.com --json"};
  command.options = {json_option()};
  return as_client(std::move(command), std::move(source), tell_health, false);
}

}  // namespace recant::cli
