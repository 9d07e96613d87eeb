// `recant keys …`: the keys that tokens are made with (docs/keys.md).
#include <ostream>
#include <utility>

#include "base/duration.hpp"
#include "cli/client_commands.hpp"
#include "cli/listing.hpp"
#include "cli/prompt.hpp"
#include "cli/text.hpp"
#include "cli/times.hpp"

namespace recant::cli {
namespace {

constexpr const char* kGroup = "Keys";

Listing keys() {
  Listing listing;
  listing.path = "/v1/admin/keys";
  listing.member = "keys";
  listing.one = "key";
  listing.many = "keys";
  listing.of_all = "next_rotation_at";
  const auto text = [](const char* member) {
    return [member](const json::Value& entry) { return text_cell(entry, member); };
  };
  const auto time = [](const char* member) {
    return [member](const json::Value& entry) { return time_cell(entry, member); };
  };
  listing.columns = {{"KIND", text("kind")},
                     {"ALG", text("alg")},
                     {"STATE", text("state")},
                     {"SIGNS FROM (UTC)", time("signs_from")},
                     {"SIGNS UNTIL", time("signs_until")},
                     {"REMOVED AT", time("removed_at")},
                     {"KID", text("kid")}};
  return listing;
}

/// When the schedule rotates next, if there is one.
void print_next(const json::Value& answer, const Streams& streams) {
  const std::string* text = answer.string("next_rotation_at");
  const auto instant = text != nullptr ? parse_time(*text) : std::nullopt;
  if (instant) streams.out << "\nThe next rotation begins at " << date_and_time(*instant) << ".\n";
}

int list_keys(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  auto remote = Remote::open("recant keys list", source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  const auto answer = (*remote)->ask("GET", keys().path);
  if (!answer) return answer.error().exit_code;
  if (const int code = print_entries(**remote, keys(), *answer, arguments, streams)) return code;
  if (!arguments.has("--json")) print_next(*answer, streams);
  return kDone;
}

void print_kids(const json::Value& answer, const char* member, const char* words,
                const Streams& streams) {
  const json::Value* kids = answer.find(member);
  if (kids == nullptr || kids->as_array() == nullptr) return;
  for (const json::Value& kid : *kids->as_array()) {
    if (const std::string* text = kid.as_string()) {
      streams.out << words << ' ' << printable(*text) << '\n';
    }
  }
}

/// The server speaks to callers of its API; here the same thing has another name.
RemoteAnswer in_words_of_the_command(RemoteAnswer answer) {
  constexpr std::string_view theirs = R"({"only":"refresh"})";
  const json::Object* problem = answer.body.as_object();
  std::string detail(answer.detail());
  const auto at = detail.find(theirs);
  if (problem == nullptr || at == std::string::npos) return answer;
  json::Object changed = *problem;
  changed.set("detail", detail.replace(at, theirs.size(), "--only refresh"));
  answer.body = std::move(changed);
  return answer;
}

int rotate(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  const char* const name = "recant keys rotate";
  const auto usage = [&](const char* sentence) {
    streams.err << name << ": " << sentence << '\n';
    return kUsage;
  };
  json::Object body;
  const auto retire = arguments.value("--retire");
  if (const auto text = arguments.value("--signs-in")) {
    const auto ahead = parse_duration(*text);
    if (!ahead || *ahead < milliseconds{0} || *ahead > std::chrono::days{7}) {
      return usage("--signs-in takes a duration from 0s to 7d, such as 10m.");
    }
    if (retire) return usage("--signs-in does not go with --retire, which acts at once.");
    body.set("signs_in", std::chrono::duration_cast<seconds>(*ahead).count());
  }
  if (const auto only = arguments.value("--only")) body.set("only", *only);
  if (retire) body.set("retire", *retire);
  if (retire == "all") {
    const Consent consent{
        "Every token there is will be refused; where refresh secrets are retired, people sign in "
        "anew.",
        "--retire all refuses every token there is", "Nothing has been retired."};
    if (const auto code = refused_consent(name, consent, arguments, streams)) return *code;
  }
  auto remote = Remote::open(name, source, arguments, streams);
  if (!remote) return remote.error().exit_code;
  const auto answer = (*remote)->exchange("POST", "/v1/admin/keys/rotate", to_body(body));
  if (!answer) return answer.error().exit_code;
  if (!answer->ok()) return (*remote)->explain(in_words_of_the_command(*answer)).exit_code;
  if (arguments.has("--json")) {
    streams.out << json::serialize(answer->body) << '\n';
    return kDone;
  }
  print_kids(answer->body, "retired", "retired", streams);
  print_kids(answer->body, "made", "made", streams);
  streams.out << '\n';
  return print_entries(**remote, keys(), answer->body, arguments, streams);
}

}  // namespace

Command keys_list_command(RemoteSourcePtr source) {
  Command command;
  command.name = "keys list";
  command.group = kGroup;
  command.summary = "List the keys that tokens are made with.";
  command.description =
      "Each key and where it is in its life: published (known to readers, not used yet), signing, "
      "verifying (until the last token made with it has ended) or retired. access signs access "
      "tokens; refresh is a secret that refresh tokens are made with. No secret is shown. With "
      "keys.rotate_every it tells when the next rotation begins.";
  command.examples = {"recant keys list",
                      "recant keys list --json | jq -r 'select(.state == \"signing\") | .kid'",
                      "recant keys list --json | jq -r .next_rotation_at | head -n 1"};
  command.options = {json_option()};
  return as_client(std::move(command), std::move(source), list_keys);
}

Command keys_rotate_command(RemoteSourcePtr source) {
  Command command;
  command.name = "keys rotate";
  command.group = kGroup;
  command.summary = "Make new keys, or retire one that has leaked.";
  command.description =
      "Publishes a new key of each kind now and lets it sign in 10 minutes, when readers of the "
      "published set know it; the old one verifies until its last token has ended, and nobody "
      "notices.\n\n"
      "--retire is for a key that has leaked: every token made with it is refused before the "
      "command "
      "returns, and another key signs. People stay signed in, unless it was a refresh secret.";
  command.examples = {"recant keys rotate", "recant keys rotate --signs-in 1h --only access",
                      "recant keys rotate --retire all --yes"};
  command.options = {
      {"--signs-in", "DURATION",
       "How long the new keys are published before they sign: 0s to 7d; "
       "10m if not given."},
      {"--only", "KIND", "Only the keys of this kind.", "", false, {"access", "refresh"}},
      {"--retire", "KID|all", "Refuse everything made with this key, or with every key, at once."},
      yes_option("--retire all"),
      json_option()};
  return as_client(std::move(command), std::move(source), rotate);
}

}  // namespace recant::cli
