// `recant admin-key …`: who may administer.
#include <algorithm>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/client_commands.hpp"
#include "cli/listing.hpp"
#include "cli/secret_file.hpp"
#include "cli/text.hpp"
#include "http/server_url.hpp"

namespace recant::cli {
namespace {

constexpr const char* kGroup = "Keys";

Command base_command(std::string name, std::string summary) {
  Command command;
  command.name = std::move(name);
  command.group = kGroup;
  command.summary = std::move(summary);
  return command;
}

int print_granted(const json::Value& granted, const Arguments& arguments, const Streams& streams) {
  if (arguments.has("--json")) {
    streams.out << json::serialize(granted) << '\n';
  } else {
    streams.out << text_cell(granted, "key") << '\n';
    streams.err << "This is the key, shown this once: the server keeps only its hash.\n";
  }
  return kDone;
}

int add_key(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  auto remote = Remote::open("recant admin-key add", source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  std::optional<SecretFile> file;
  const auto path = arguments.value("--out");
  if (path) {
    auto created = SecretFile::create(*path);
    if (!created) return (*remote)->fail(kUsage, created.error().sentence).exit_code;
    file.emplace(*std::move(created));
  }
  std::string scope = *arguments.value("--scope");
  std::ranges::replace(scope, ',', ' ');
  auto granted = (*remote)->ask("POST", "/v1/admin/admin-keys",
                                to_body({{"name", arguments.operand()}, {"scope", scope}}));
  if (!granted) return granted.error().exit_code;
  const std::string* key = granted->string("key");
  if (key == nullptr) return (*remote)->fail(kUnavailable, "the answer holds no key.").exit_code;
  if (!file) return print_granted(*granted, arguments, streams);
  if (const auto kept = file->keep(*key); !kept) {
    return (*remote)
        ->fail(kRefused, kept.error().sentence +
                             "\nThe key was made and is lost: take it back with "
                             "recant admin-key remove " +
                             arguments.operand() + ".")
        .exit_code;
  }
  streams.out << "The key of " << arguments.operand() << " is in " << printable(*path) << ".\n";
  return kDone;
}

Listing keys() {
  Listing listing;
  listing.path = "/v1/admin/admin-keys";
  listing.member = "admin_keys";
  listing.one = "admin key";
  listing.many = "admin keys";
  const auto text = [](const char* member) {
    return [member](const json::Value& entry) { return text_cell(entry, member); };
  };
  const auto time = [](const char* member) {
    return [member](const json::Value& entry) { return time_cell(entry, member); };
  };
  listing.columns = {{"NAME", text("name"), true},
                     {"SCOPE", text("scope")},
                     {"CREATED (UTC)", time("created_at")},
                     {"LAST USED", time("last_used_at")}};
  return listing;
}

int remove_key(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  auto remote = Remote::open("recant admin-key remove", source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  const auto answer =
      (*remote)->ask("DELETE", "/v1/admin/admin-keys/" + http::encode_segment(arguments.operand()));
  if (!answer) return answer.error().exit_code;
  streams.out << "The admin key " << printable(arguments.operand()) << " counts no more.\n";
  return kDone;
}

}  // namespace

Command admin_key_add_command(RemoteSourcePtr source) {
  Command command = base_command("admin-key add", "Make a key for somebody who administers.");
  command.description =
      "Prints the key, or with --out writes it to a new file that only its owner can read. The "
      "server keeps a hash of it, so it cannot be shown again. Its name stands in the log line of "
      "everything that is done with it.\n\n"
      "A key reaches as far as its scopes: users (accounts), sessions (listing and opening them), "
      "revoke, keys (signing keys and admin keys), introspect (asking what a token is worth, as an "
      "OAuth client). Nobody grants a scope that his own key lacks.";
  command.examples = {"recant admin-key add support --scope users,sessions --out support.key",
                      "recant admin-key add logout-button --scope revoke",
                      "recant user list --admin-key-file support.key"};
  command.operand = "NAME";
  command.operand_help = "1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or a digit.";
  command.options = {
      {"--scope", "SCOPES", "What it may do: some of users,sessions,revoke,keys,introspect.", "",
       true},
      {"--out", "FILE", "Write the key to this new file (0600) instead of printing it."},
      json_option()};
  return as_client(std::move(command), std::move(source), add_key);
}

Command admin_key_list_command(RemoteSourcePtr source) {
  Command command = base_command("admin-key list", "List the admin keys and what each may do.");
  command.description =
      "Names, scopes, and when each was made and last used (to the hour). The keys themselves are "
      "not kept by the server.";
  command.examples = {"recant admin-key list", "recant admin-key list --json"};
  command.options = {json_option()};
  const auto run = [](const RemoteSource& at, const Arguments& arguments, const Streams& streams) {
    auto remote = Remote::open("recant admin-key list", at, arguments, streams);
    if (!remote) return int{remote.error().exit_code};
    return print_list(**remote, keys(), arguments, streams);
  };
  return as_client(std::move(command), std::move(source), run);
}

Command admin_key_remove_command(RemoteSourcePtr source) {
  Command command = base_command("admin-key remove", "Take an admin key back.");
  command.description =
      "It is refused from then on. The last key with scope keys cannot be removed, since nobody "
      "could manage keys any more.";
  command.examples = {"recant admin-key remove support"};
  command.operand = "NAME";
  command.operand_help = "As recant admin-key list shows it.";
  return as_client(std::move(command), std::move(source), remove_key);
}

}  // namespace recant::cli
