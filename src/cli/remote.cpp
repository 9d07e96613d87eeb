#include "cli/remote.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/text.hpp"
#include "cli/times.hpp"

namespace recant::cli {
namespace {

constexpr json::Limits kAnswerLimits{.depth = 64, .members = 100'000, .string_bytes = 1024 * 1024};
constexpr const char* kServerGroup = "Which server";

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// What a person can do about a refusal, beyond what the server's own words say.
std::string remedy(const RemoteAnswer& answer, const std::string& key_from) {
  if (answer.status == 401) {
    return "The key comes from " + key_from +
           "; another one is named by --admin-key-file or RECANT_ADMIN_KEY.";
  }
  if (answer.code() == "forbidden") {
    return "The key comes from " + key_from +
           "; recant admin-key list shows, to one with scope keys, what each may do.";
  }
  if (answer.code() == "throttled" || answer.code() == "busy") return "Try again in a moment.";
  if (answer.status == 503) return "recant health says what is wrong.";
  return {};
}

std::vector<Option> remote_options(bool with_key) {
  std::vector<Option> options = {
      {"--server", "URL",
       "The server, as http://HOST:PORT or https://HOST. Else RECANT_SERVER, else server.listen of "
       "the configuration, which is http://127.0.0.1:8080 unless it says otherwise.",
       kServerGroup},
      {"--ca", "FILE",
       "The certificates (PEM) that may vouch for an https server, instead of those that this "
       "system trusts. Else RECANT_CA.",
       kServerGroup}};
  if (with_key) {
    options.push_back({"--admin-key-file", "FILE",
                       "The file that holds the admin key. Else RECANT_ADMIN_KEY or "
                       "RECANT_ADMIN_KEY_FILE, else admin.key in the data directory.",
                       kServerGroup});
  }
  options.push_back({"--config", "FILE",
                     "The server's configuration, which tells where it listens and where its data "
                     "directory is; recant.toml in this directory if there is one.",
                     kServerGroup});
  options.push_back({"--timeout", "DURATION",
                     "How long to wait for an answer, such as 5s or 2m; 30s if not given.",
                     kServerGroup});
  return options;
}

}  // namespace

Command as_client(Command command, RemoteSourcePtr source, ClientRun run, bool with_key) {
  for (Option& option : remote_options(with_key)) command.options.push_back(std::move(option));
  command.run = [source = std::move(source), run = std::move(run)](const Arguments& arguments,
                                                                   const Streams& streams) {
    return run(*source, arguments, streams);
  };
  return command;
}

std::string_view RemoteAnswer::code() const {
  const std::string* text = body.string("code");
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::string_view RemoteAnswer::detail() const {
  const std::string* text = body.string("detail");
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

Remote::Remote(std::string command, ServerChoice server, std::optional<AdminKey> key,
               const Streams& streams)
    : command_(std::move(command)),
      server_(std::move(server)),
      key_(std::move(key)),
      streams_(streams),
      progress_(streams),
      client_([this] {
        http::ClientOptions options;
        options.server = server_.url;
        options.tls = server_.tls;
        options.timeout = server_.timeout;
        options.connect_timeout = std::min(options.connect_timeout, options.timeout);
        options.user_agent = "recant/" + std::string(version());
        options.on_wait = [this](milliseconds waited) {
          progress_.show(doing_.empty() ? "waiting for " + server_.url.to_string() + ", " +
                                              duration_text(waited) + " so far"
                                        : doing_);
        };
        return options;
      }()) {}

OrFailed<std::unique_ptr<Remote>> Remote::open(std::string command, const RemoteSource& source,
                                               const Arguments& arguments, const Streams& streams,
                                               bool with_key) {
  const auto mistaken = [&](const Mistake& mistake) {
    streams.err << command << ": " << mistake.sentence << '\n';
    return Failed{kUsage};
  };
  auto server = source.server(arguments);
  if (!server) return mistaken(server.error());
  std::optional<AdminKey> key;
  if (with_key) {
    auto found = source.admin_key(arguments);
    if (!found && found.error().only_with_server) {
      Remote keyless(std::move(command), *std::move(server), std::nullopt, streams);
      return keyless.missing(found.error());
    }
    if (!found) return mistaken(found.error());
    key = *std::move(found);
    if (!server->url.tls && !is_loopback(server->url.host)) {
      streams.err << command << ": the admin key travels to " << server->url.to_string()
                  << " unencrypted, where others may read it; https:// keeps it from them.\n";
    }
  }
  return std::unique_ptr<Remote>(
      new Remote(std::move(command), *std::move(server), std::move(key), streams));
}

Failed Remote::missing(const Mistake& mistake) {
  const auto answer = client_.call({"GET", "/healthz"});
  if (!answer) return explain_fault(answer.error(), false);
  return fail(kUsage, mistake.sentence);
}

OrFailed<RemoteAnswer> Remote::exchange(std::string_view method, std::string path,
                                        SecretString body) {
  http::ClientCall call{std::string(method), std::move(path), std::move(body),
                        key_ ? &key_->text : nullptr};
  const auto answer = client_.call(call);
  if (!answer) return explain_fault(answer.error(), method != "GET");
  progress_.clear();
  if (answer->status >= 300 && answer->status < 400) {
    return fail(kUnavailable, "the server at " + server_.url.to_string() + " sends us to " +
                                  (answer->location.empty() ? std::string("another place")
                                                            : printable(answer->location)) +
                                  ", where the admin key is not sent unasked: name that with "
                                  "--server if it is yours.");
  }
  RemoteAnswer out{answer->status, {}};
  const bool is_json = answer->content_type.starts_with("application/json") ||
                       answer->content_type.starts_with("application/problem+json");
  auto parsed = json::parse(answer->body, kAnswerLimits);
  if (!answer->body.empty() && (!is_json || !parsed)) {
    return fail(kUnavailable, "what answers at " + server_.url.to_string() +
                                  " is not Recant (status " + std::to_string(answer->status) +
                                  "): name its address with --server.");
  }
  if (!answer->body.empty()) out.body = *std::move(parsed);
  return out;
}

OrFailed<json::Value> Remote::ask(std::string_view method, std::string path, SecretString body) {
  auto answer = exchange(method, std::move(path), std::move(body));
  if (!answer) return answer.error();
  if (!answer->ok()) return explain(*answer);
  return std::move(answer->body);
}

Failed Remote::explain(const RemoteAnswer& answer) {
  std::string sentence = printable(answer.detail());
  if (sentence.empty()) {
    sentence = "the server refused with status " + std::to_string(answer.status) + ".";
  }
  const std::string more = remedy(answer, key_ ? key_->from : "nowhere");
  if (!more.empty()) sentence += "\n" + more;
  return fail(answer.status >= 500 ? kUnavailable : kRefused, sentence);
}

Failed Remote::explain_fault(const http::ClientFault& fault, bool changes_something) {
  const std::string url = server_.url.to_string();
  using Kind = http::ClientFault::Kind;
  std::string sentence;
  switch (fault.kind) {
    case Kind::unreachable:
      sentence = "there is no server at " + url + " (" + fault.why + ").\n" +
                 (server_.from.empty() ? "Start one with recant serve, or name yours with --server "
                                         "URL or RECANT_SERVER."
                                       : "The address comes from " + server_.from +
                                             "; a server is started with recant serve.");
      break;
    case Kind::insecure:
      sentence = "there is no safe connection to " + url + ": " + printable(fault.why) + ".";
      break;
    case Kind::late:
      sentence = url + " gave no whole answer within " + duration_text(server_.timeout) + ".";
      break;
    case Kind::broken:
      sentence =
          "the connection to " + url + " ended before the answer was whole (" + fault.why + ").";
      break;
    case Kind::not_http:
      sentence = "what answers at " + url + " is not Recant: name its address with --server.";
      break;
  }
  if (fault.maybe_done && changes_something) {
    sentence += "\nWhat was asked may have been done: look before you ask again.";
  }
  return fail(kUnavailable, sentence);
}

Failed Remote::fail(ExitCode exit_code, std::string_view sentence) {
  progress_.clear();
  streams_.err << command_ << ": " << sentence << '\n';
  return {exit_code};
}

SecretString to_body(const json::Object& object) { return SecretString(json::serialize(object)); }

}  // namespace recant::cli
