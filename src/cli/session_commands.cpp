// `recant session …` and `recant revoke`: who is signed in, and how they are signed out.
#include <charconv>
#include <ostream>
#include <utility>

#include "base/uuid.hpp"
#include "cli/client_commands.hpp"
#include "cli/listing.hpp"
#include "cli/prompt.hpp"
#include "cli/text.hpp"
#include "cli/times.hpp"
#include "http/server_url.hpp"

namespace recant::cli {
namespace {

constexpr const char* kSessions = "Sessions and revocation";

Listing sessions_of(const std::string& user) {
  Listing listing;
  listing.path = "/v1/admin/users/" + http::encode_segment(user) + "/sessions";
  listing.member = "sessions";
  listing.one = "session";
  listing.many = "sessions";
  const auto text = [](const char* member) {
    return [member](const json::Value& entry) { return text_cell(entry, member); };
  };
  const auto time = [](const char* member) {
    return [member](const json::Value& entry) { return time_cell(entry, member); };
  };
  listing.columns = {{"SESSION", text("session_id")},
                     {"DEVICE", text("device"), true},
                     {"ADDRESS", text("ip")},
                     {"LAST SEEN (UTC)", time("last_seen_at")},
                     {"CREATED", time("created_at")},
                     {"ENDS", time("expires_at")},
                     {"USER AGENT", text("user_agent"), true}};
  return listing;
}

/// A subject that nobody knows has no sessions either; a slip in a name should not look like that.
int list_sessions(Remote& remote, const Arguments& arguments, const Streams& streams) {
  const std::string& user = arguments.operand();
  const auto listing = sessions_of(user);
  const auto first = remote.ask("GET", listing.path + "?limit=1");
  if (!first) return first.error().exit_code;
  const json::Value* entries = first->find(listing.member);
  if (entries == nullptr || entries->as_array() == nullptr || !entries->as_array()->empty()) {
    return print_list(remote, listing, arguments, streams);
  }
  const auto account = remote.exchange("GET", "/v1/admin/users/" + http::encode_segment(user));
  if (!account) return account.error().exit_code;
  if (account->code() == "not_found") {
    return remote
        .fail(kRefused, "there is no account " + printable(user) +
                            ", and no session of a subject of that name.")
        .exit_code;
  }
  return print_list(remote, listing, arguments, streams);
}

/// One revocation, asked and told.
class Revoking {
 public:
  Revoking(std::string name, const RemoteSource& source, const Arguments& arguments,
           const Streams& streams)
      : name_(std::move(name)), source_(source), arguments_(arguments), streams_(streams) {}

  const std::string& name() const { return name_; }

  int usage(std::string_view sentence) const {
    streams_.err << name_ << ": " << sentence << '\n';
    return kUsage;
  }

  int run(json::Object body) {
    for (const auto& [flag, member] : {std::pair("--reason", "reason"), {"--issuer", "issuer"}}) {
      if (const auto value = arguments_.value(flag)) body.set(member, *value);
    }
    if (arguments_.has("--wait")) body.set("wait", true);
    auto remote = Remote::open(name_, source_, arguments_, streams_);
    if (!remote) return remote.error().exit_code;
    const auto answer = (*remote)->ask("POST", "/v1/admin/revocations", to_body(body));
    if (!answer) return answer.error().exit_code;
    return tell(**remote, *answer);
  }

 private:
  static bool says(const json::Value& answer, const char* member) {
    const json::Value* value = answer.find(member);
    return value != nullptr && value->as_bool().value_or(false);
  }

  int tell(Remote& remote, const json::Value& answer) {
    const bool enforced = says(answer, "enforced");
    if (arguments_.has("--json")) {
      streams_.out << json::serialize(answer) << '\n';
    } else {
      print(answer, enforced);
    }
    warn_of_names(answer);
    if (enforced) return kDone;
    return remote
        .fail(kUnavailable,
              "it is written down but not in force yet: recant health says what is wrong.")
        .exit_code;
  }

  void print(const json::Value& answer, bool enforced) {
    const std::string id = text_cell(answer, "id");
    streams_.out << "Revoked: " << printable(text_cell(answer, "kind"));
    if (id != "-") streams_.out << ' ' << printable(id);
    streams_.out << '\n';
    const std::string* at = answer.string("enforced_at");
    const auto instant = at != nullptr ? parse_time(*at) : std::nullopt;
    if (enforced && instant) {
      streams_.out << "In force since " << date_and_time(*instant) << ": every check says no.\n";
    }
    const json::Value* sessions = answer.find("sessions");
    if (const auto count = sessions != nullptr ? sessions->as_uint64() : std::nullopt) {
      streams_.out << counted(*count, "session", "sessions") << " ended.\n";
    }
    if (says(answer, "tidied")) return;
    if (arguments_.has("--issuer")) {
      const bool of_subject = text_cell(answer, "kind") == "subject";
      streams_.out << "Readers of the plain recipe do not see it: which tokens it has is known to "
                      "its issuer alone"
                   << (of_subject ? ", unless redis.foreign_writers finds them.\n" : ".\n");
      return;
    }
    // docs/http-api.md: whose tokens are not known one by one.
    const std::string kind = text_cell(answer, "kind");
    const bool never = kind == "all" || (kind == "session" && !arguments_.has("--subject"));
    streams_.out << "Readers of the plain recipe do not see it"
                 << (never ? ": a --subject would tell them.\n" : " yet; --wait waits for that.\n");
  }

  /// The subject of an account is its user_id; its name would be another subject, and nobody's.
  void warn_of_names(const json::Value& answer) const {
    if (arguments_.has("--issuer")) return;  // that has no accounts and no sessions here
    const std::string* id = answer.string("id");
    const json::Value* sessions = answer.find("sessions");
    const bool none = sessions != nullptr && sessions->as_uint64() == 0;
    if (text_cell(answer, "kind") != "subject" || !none || id == nullptr || Uuid::parse(*id)) {
      return;
    }
    streams_.err
        << name_ << ": no session of the subject " << printable(*id)
        << " was alive. If you meant the account of that name: its subject is its user_id, "
           "which recant user list shows.\n";
  }

  const std::string name_;
  const RemoteSource& source_;
  const Arguments& arguments_;
  const Streams& streams_;
};

std::vector<Option> revoking_options() {
  return {
      {"--reason", "TEXT",
       "Why, as the holder will be told: at most 64 characters; admin if not given."},
      {"--wait", "",
       "Return only when every verifier refuses it, which takes what verify.max_staleness says and "
       "1 % more, and the keys for readers of the plain recipe are written too."},
      json_option()};
}

/// Seconds since 1970, or a time as RFC 3339 writes it.
std::optional<std::int64_t> parse_end(const std::string& text) {
  if (const auto instant = parse_time(text)) {
    return count(std::chrono::floor<seconds>(*instant));
  }
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

int revoke_jti(Revoking& revoking, const Arguments& arguments, const std::string& jti) {
  const auto end = arguments.value("--exp");
  if (!end) {
    return revoking.usage(
        "--jti needs the token's end beside it: --exp SECONDS, its exp claim, which recant token "
        "inspect shows.");
  }
  const auto exp = parse_end(*end);
  if (!exp) {
    return revoking.usage(
        "--exp takes seconds since 1970, or a time such as 2026-11-23T20:31:42Z.");
  }
  json::Object body{{"jti", jti}, {"exp", *exp}};
  if (const auto subject = arguments.value("--subject")) body.set("subject", *subject);
  return revoking.run(std::move(body));
}

int revoke_token(Revoking& revoking, const std::string& given, const Streams& streams) {
  if (given != "-") {
    return revoking.usage(
        "a token in an argument stands in the shell's history and in everybody's list of "
        "processes: write --token - and give it on standard input.");
  }
  const auto token = read_token("Token: ", streams);
  if (!token) return revoking.usage(token.error().sentence);
  return revoking.run({{"token", token->reveal()}});
}

int revoke_all(Revoking& revoking, const Arguments& arguments, const Streams& streams) {
  const Consent consent{"This signs everybody out, on every device.",
                        "--all signs everybody out, everywhere", "Nothing has been revoked."};
  const auto code = refused_consent(revoking.name(), consent, arguments, streams);
  return code ? *code : revoking.run({{"all", true}});
}

int revoke_session(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  Revoking revoking("recant session revoke", source, arguments, streams);
  json::Object body{{"session", arguments.operand()}};
  if (const auto subject = arguments.value("--subject")) body.set("subject", *subject);
  return revoking.run(std::move(body));
}

int revoke(const RemoteSource& source, const Arguments& arguments, const Streams& streams) {
  Revoking revoking("recant revoke", source, arguments, streams);
  const auto token = arguments.value("--token");
  const auto jti = arguments.value("--jti");
  const auto session = arguments.value("--session");
  const auto subject = arguments.value("--subject");
  const bool all = arguments.has("--all");
  const int kinds =
      int{token.has_value()} + int{jti.has_value()} + int{session.has_value()} + int{all};
  if (kinds > 1 || (subject && (token || all)) || (kinds == 0 && !subject)) {
    return revoking.usage(
        "say what to revoke, with one of --token -, --jti, --session, --subject, --all. A "
        "--subject may stand beside --jti and --session.");
  }
  if (arguments.has("--exp") && !jti) return revoking.usage("--exp goes with --jti.");
  if (arguments.has("--yes") && !all) return revoking.usage("--yes goes with --all.");
  if (token) return revoke_token(revoking, *token, streams);
  if (jti) return revoke_jti(revoking, arguments, *jti);
  if (all) return revoke_all(revoking, arguments, streams);
  json::Object body;
  if (session) body.set("session", *session);
  if (subject) body.set("subject", *subject);
  return revoking.run(std::move(body));
}

}  // namespace

Command session_list_command(RemoteSourcePtr source) {
  Command command;
  command.name = "session list";
  command.group = kSessions;
  command.summary = "List who is signed in where.";
  command.description =
      "The live sessions of one account or subject, most recently used first: device, address and "
      "when it was last seen, which is when it was last refreshed.";
  command.examples = {"recant session list alice",
                      "recant session list alice --json | jq -r .session_id"};
  command.operand = "USER";
  command.operand_help =
      "A username or a user_id; for an application with a login of its own, its subject.";
  command.options = {json_option()};
  const auto run = [](const RemoteSource& at, const Arguments& arguments, const Streams& streams) {
    auto remote = Remote::open("recant session list", at, arguments, streams);
    if (!remote) return int{remote.error().exit_code};
    return list_sessions(**remote, arguments, streams);
  };
  return as_client(std::move(command), std::move(source), run);
}

Command session_revoke_command(RemoteSourcePtr source) {
  Command command;
  command.name = "session revoke";
  command.group = kSessions;
  command.summary = "End one session.";
  command.description =
      "Its access tokens are refused from then on, and its refresh token is worth nothing. With "
      "--subject the keys for readers of the plain recipe are written as well.";
  command.examples = {"recant session revoke 0190a8a0-0000-7000-8000-000000000002",
                      "recant session revoke 0190a8a0-0000-7000-8000-000000000002 --reason stolen"};
  command.operand = "SESSION";
  command.operand_help = "A session_id, as recant session list shows it.";
  command.options = {{"--subject", "SUBJECT", "Whose session it is: the user_id or subject."}};
  for (Option& option : revoking_options()) command.options.push_back(std::move(option));
  return as_client(std::move(command), std::move(source), revoke_session);
}

Command revoke_command(RemoteSourcePtr source) {
  Command command;
  command.name = "revoke";
  command.group = kSessions;
  command.summary = "Take back a token, a session, all of a subject's, or everybody's.";
  command.description =
      "Names what is revoked in one of five ways. A token ends alone, and its session at the next "
      "refresh; a session ends with all its tokens; --subject signs somebody out everywhere, and "
      "--all everybody, which is asked about on a terminal.";
  command.examples = {"recant revoke --subject alice-7 --reason \"laptop stolen\"",
                      "recant revoke --session 0190a8a0-0000-7000-8000-000000000002 --wait",
                      "wl-paste | recant revoke --token -",
                      "recant revoke --jti 0190a8a0-0000-7000-8000-000000000001 --exp 1795000000",
                      "recant revoke --issuer legacy --subject 42",
                      "recant revoke --all --yes"};
  command.options = {
      {"--token", "-", "An access token or a refresh token, on standard input."},
      {"--jti", "JTI", "The jti of an access token, with --exp."},
      {"--exp", "TIME", "When the token of --jti ends: seconds since 1970, or RFC 3339."},
      {"--session", "SESSION", "A session_id."},
      {"--subject", "SUBJECT", "A user_id, or a subject of an application's own login."},
      {"--all", "", "Every session of everybody."},
      yes_option("--all"),
      {"--issuer", "NAME",
       "Of which [[issuer]] the token, jti, session or subject is, if it is not ours; spelled as "
       "it "
       "spells them."}};
  for (Option& option : revoking_options()) command.options.push_back(std::move(option));
  return as_client(std::move(command), std::move(source), revoke);
}

}  // namespace recant::cli
