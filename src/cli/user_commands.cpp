// `recant user …`: the accounts.
#include <ostream>
#include <utility>

#include "cli/client_commands.hpp"
#include "cli/listing.hpp"
#include "cli/prompt.hpp"
#include "cli/text.hpp"
#include "http/server_url.hpp"

namespace recant::cli {
namespace {

constexpr const char* kAccounts = "Accounts";

std::string path_of(const Arguments& arguments, const char* rest = "") {
  return "/v1/admin/users/" + http::encode_segment(arguments.operand()) + rest;
}

Command base_command(std::string name, std::string summary) {
  Command command;
  command.name = std::move(name);
  command.group = kAccounts;
  command.summary = std::move(summary);
  return command;
}

/// A command on one account whose answer has no body.
Command act_on_user(Command command, const RemoteSourcePtr& source, const char* method,
                    const char* rest, const char* done) {
  command.operand = "USER";
  command.operand_help = "A username, or a user_id.";
  const std::string full_name = "recant " + command.name;
  const auto run = [=](const RemoteSource& at, const Arguments& arguments,
                       const Streams& streams) -> int {
    auto remote = Remote::open(full_name, at, arguments, streams);
    if (!remote) return remote.error().exit_code;
    const auto answer = (*remote)->ask(method, path_of(arguments, rest));
    if (!answer) return answer.error().exit_code;
    streams.out << printable(arguments.operand()) << done << '\n';
    return kDone;
  };
  return as_client(std::move(command), source, run);
}

int add_user(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  const char* const name = "recant user add";
  json::Object body{{"username", arguments.operand()}};
  if (const auto scope = arguments.value("--scope")) body.set("scope", *scope);
  if (const auto claims = arguments.value("--claims")) {
    auto parsed = json::parse(*claims);
    if (!parsed || parsed->as_object() == nullptr) {
      streams.err << name << ": --claims takes a JSON object, such as '{\"tenant\":\"t1\"}'.\n";
      return kUsage;
    }
    body.set("claims", *std::move(parsed));
  }
  // The key and the address first: nobody should type a password twice for nothing.
  auto remote = Remote::open(name, source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  const auto password = read_new_password(printable(arguments.operand()), arguments, streams);
  if (!password) return (*remote)->fail(kUsage, password.error().sentence).exit_code;
  body.set("password", password->reveal());
  const auto account = (*remote)->ask("POST", "/v1/admin/users", to_body(body));
  if (!account) return account.error().exit_code;
  if (arguments.has("--json")) {
    streams.out << json::serialize(*account) << '\n';
  } else {
    streams.out << printable(text_cell(*account, "username")) << " has an account, user_id "
                << printable(text_cell(*account, "user_id")) << '\n';
  }
  return kDone;
}

int set_password(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  auto remote = Remote::open("recant user passwd", source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  // So that a slip in the name is found before a password is typed for it.
  const auto account = (*remote)->ask("GET", path_of(arguments));
  if (!account) return account.error().exit_code;
  const auto password = read_new_password(printable(arguments.operand()), arguments, streams);
  if (!password) return (*remote)->fail(kUsage, password.error().sentence).exit_code;
  const json::Object body{{"password", password->reveal()}};
  const auto answer = (*remote)->ask("POST", path_of(arguments, "/password"), to_body(body));
  if (!answer) return answer.error().exit_code;
  streams.out << printable(arguments.operand())
              << " has the new password; every session of the account has ended.\n";
  return kDone;
}

/// Whom a person at a terminal is asked about is whom it deletes.
int delete_user(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  const char* const name = "recant user delete";
  const std::string user = printable(arguments.operand());
  const bool asks = streams.terminal.in && !arguments.has("--yes");
  Consent consent{{}, user + " would be removed for good", user + " has not been removed."};
  if (!asks) {
    if (const auto code = refused_consent(name, consent, arguments, streams)) return *code;
  }
  auto remote = Remote::open(name, source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  std::string path = path_of(arguments);
  if (asks) {
    const auto account = (*remote)->ask("GET", path);
    if (!account) return account.error().exit_code;
    const std::string user_id = text_cell(*account, "user_id");
    consent.question = "This removes " + printable(text_cell(*account, "username")) + " (user_id " +
                       printable(user_id) + ", since " + time_cell(*account, "created_at") +
                       ") for good, and ends every session of the account.";
    if (const auto code = refused_consent(name, consent, arguments, streams)) return *code;
    path = "/v1/admin/users/" + http::encode_segment(user_id);
  }
  const auto answer = (*remote)->ask("DELETE", std::move(path));
  if (!answer) return answer.error().exit_code;
  streams.out << user << " is deleted; every session of the account has ended.\n";
  return kDone;
}

Listing accounts() {
  Listing listing;
  listing.path = "/v1/admin/users";
  listing.member = "users";
  listing.one = "account";
  listing.many = "accounts";
  const auto text = [](const char* member) {
    return [member](const json::Value& entry) { return text_cell(entry, member); };
  };
  listing.columns = {
      {"USERNAME", text("username"), true},
      {"STATE",
       [](const json::Value& entry) -> std::string {
         const json::Value* disabled = entry.find("disabled");
         return disabled != nullptr && disabled->as_bool().value_or(false) ? "disabled" : "active";
       }},
      {"SCOPE", text("scope"), true},
      {"CREATED (UTC)", [](const json::Value& entry) { return time_cell(entry, "created_at"); }},
      {"USER ID", text("user_id")}};
  return listing;
}

}  // namespace

Command user_add_command(RemoteSourcePtr source) {
  Command command = base_command("user add", "Open an account.");
  command.description =
      "Asks for the password at the terminal, twice and without showing it; --password-stdin takes "
      "it from a pipe instead. It never stands in an argument, where other users of the machine "
      "could read it.";
  command.examples = {"recant user add alice",
                      "recant user add bob --scope \"orders:read orders:write\"",
                      "pass show bob | recant user add bob --password-stdin --json"};
  command.operand = "USERNAME";
  command.operand_help =
      "1 to 128 bytes, compared regardless of case, and not of the form of a UUID.";
  command.options = {
      password_stdin_option(),
      {"--scope", "WORDS", "The scope of every token of this account, words with spaces between."},
      {"--claims", "JSON", "Further claims for every token of this account, a JSON object."},
      json_option()};
  return as_client(std::move(command), std::move(source), add_user);
}

Command user_list_command(RemoteSourcePtr source) {
  Command command = base_command("user list", "List the accounts.");
  command.description =
      "Oldest first, all of them: it follows the server's pages and prints while it reads. On a "
      "terminal the table is cut to its width; in a pipe nothing is cut.";
  command.examples = {"recant user list", "recant user list --json | jq -r .username",
                      "recant user list | head"};
  command.options = {json_option()};
  const auto run = [](const RemoteSource& at, const Arguments& arguments, const Streams& streams) {
    auto remote = Remote::open("recant user list", at, arguments, streams);
    if (!remote) return int{remote.error().exit_code};
    return print_list(**remote, accounts(), arguments, streams);
  };
  return as_client(std::move(command), std::move(source), run);
}

Command user_passwd_command(RemoteSourcePtr source) {
  Command command = base_command("user passwd", "Set an account's password.");
  command.description =
      "Asks for the new password at the terminal, twice and without showing it, or takes it from "
      "standard input with --password-stdin. Every session of the account ends.";
  command.examples = {
      "recant user passwd alice",
      "openssl rand -base64 15 | tee /dev/tty | recant user passwd alice --password-stdin"};
  command.operand = "USER";
  command.operand_help = "A username, or a user_id.";
  command.options = {password_stdin_option()};
  return as_client(std::move(command), std::move(source), set_password);
}

Command user_disable_command(const RemoteSourcePtr& source) {
  Command command = base_command("user disable", "Let nobody sign in to an account.");
  command.description =
      "Every session of the account ends at once, and nobody can sign in to it until recant user "
      "enable. Nothing else is lost.";
  command.examples = {"recant user disable alice",
                      "recant user disable 0190a8a0-0000-7000-8000-000000000001"};
  return act_on_user(std::move(command), source, "POST", "/disable",
                     " is disabled; every session of the account has ended.");
}

Command user_enable_command(const RemoteSourcePtr& source) {
  Command command = base_command("user enable", "Let a disabled account sign in again.");
  command.description = "Its former sessions stay dead: people sign in anew.";
  command.examples = {"recant user enable alice"};
  return act_on_user(std::move(command), source, "POST", "/enable", " is enabled.");
}

Command user_delete_command(RemoteSourcePtr source) {
  Command command = base_command("user delete", "Remove an account for good.");
  command.description =
      "Every session of the account ends at once. The name is free for another account, which gets "
      "another user_id. It is asked about on a terminal, and needs --yes without one. recant user "
      "disable is the way that can be taken back.";
  command.examples = {"recant user delete alice",
                      "recant user delete 0190a8a0-0000-7000-8000-000000000001 --yes"};
  command.operand = "USER";
  command.operand_help = "A username, or a user_id.";
  command.options = {yes_option("it")};
  return as_client(std::move(command), std::move(source), delete_user);
}

}  // namespace recant::cli
