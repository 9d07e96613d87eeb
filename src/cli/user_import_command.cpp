// `recant user import`: people move in, with the password hashes that another system made.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/client_commands.hpp"
#include "cli/import_lines.hpp"
#include "cli/listing.hpp"
#include "cli/rejected_file.hpp"
#include "cli/text.hpp"
#include "core/username.hpp"
#include "http/body_limits.hpp"

namespace recant::cli {
namespace {

constexpr const char* kName = "recant user import";
// What the server takes in one call.
constexpr std::size_t kBatchUsers = 200;
constexpr std::size_t kBatchBytes = 60 * 1024;
/// Refusals that are told at once; the file has them all.
constexpr std::uint64_t kToldRefusals = 10;

/// Where in a file each name stands, by a hash of the name: a file may hold millions.
class NamesSeen {
 public:
  /// The line on which somebody else of this name stands already. The same line twice is one
  /// person.
  std::optional<std::uint64_t> noted_before(const Line& line, const json::Value& person) {
    const std::string* text = person.string("username");
    const auto name = text == nullptr ? std::nullopt : core::Username::parse(*text);
    if (!name) return std::nullopt;
    const std::hash<std::string_view> hash;
    const Seen now{line.number, hash(line.text)};
    const auto [found, is_new] = seen_.try_emplace(hash(name->folded()), now);
    if (is_new || found->second.text == now.text) return std::nullopt;
    return found->second.number;
  }

 private:
  struct Seen {
    std::uint64_t number;
    std::size_t text;
  };
  std::unordered_map<std::size_t, Seen> seen_;
};

/// What is wrong with it before anybody is asked; nothing if it is a JSON object of somebody new.
std::optional<std::string> refuse(const Line& line, NamesSeen& names) {
  if (line.text.size() > kLineBytes) return "This line is longer than 32 KiB.";
  // It is sent within {"users":[…]}, so the server finds it two levels down.
  json::Limits limits = http::kBodyLimits;
  limits.depth -= 2;
  const auto value = json::parse(line.text, limits);
  if (!value)
    return "This line cannot be read: " + std::string(json::to_string(value.error())) + ".";
  if (value->as_object() == nullptr) return "This is not a JSON object.";
  if (const auto other = names.noted_before(line, *value)) {
    return "username: stands on line " + std::to_string(*other) +
           " already, with something else beside it. A name is one account's.";
  }
  return std::nullopt;
}

struct Source {
  std::istream& in;
  std::string name;
  std::uint64_t size;  // bytes; 0 when that is not known
};

class Import {
 public:
  Import(Remote& remote, const Source& source, std::string rejected, const Streams& streams)
      : remote_(remote),
        source_(source),
        lines_(source.in),
        rejected_(std::move(rejected)),
        streams_(streams) {}

  /// False: a message has been printed, and `exit_code` says the rest.
  bool run(int& exit_code) {
    Line line;
    while (lines_.next(line)) {
      if (auto wrong = refuse(line, names_)) {
        if (!reject(line, *wrong)) return broken_file(exit_code);
        continue;
      }
      const bool full = batch_.size() == kBatchUsers || bytes_ + line.text.size() > kBatchBytes;
      if (full && !send(exit_code)) return false;
      bytes_ += line.text.size() + 1;
      batch_.push_back(std::move(line));
    }
    if (source_.in.bad()) {
      exit_code = remote_.fail(kRefused, source_.name + " cannot be read to its end.").exit_code;
      return false;
    }
    return send(exit_code);
  }

  void print_summary(bool as_json) {
    remote_.progress().clear();
    if (as_json) {
      json::Object summary{{"imported", imported_}, {"present", present_}, {"refused", refused_}};
      if (refused_ > 0) summary.set("rejected_file", rejected_.path());
      streams_.out << json::serialize(summary) << '\n';
      return;
    }
    streams_.out << counted(imported_, "account", "accounts") << " imported";
    if (present_ > 0) streams_.out << ", " << grouped(present_) << " here already";
    if (refused_ > 0) {
      streams_.out << ", " << counted(refused_, "line", "lines") << " refused: mend "
                   << printable(rejected_.path()) << " and import that";
    }
    streams_.out << ".\n";
  }
  bool all_taken() const { return refused_ == 0; }

 private:
  bool reject(const Line& line, const std::string& why) {
    ++refused_;
    remote_.progress().clear();
    if (refused_ <= kToldRefusals) {
      streams_.err << printable(source_.name) << ':' << line.number << ": " << printable(why)
                   << '\n';
    } else if (refused_ == kToldRefusals + 1) {
      streams_.err << "Further refusals are in the file alone.\n";
    }
    // Flushed, so that what was told is in the file also when somebody interrupts.
    if (!rejected_.add(line.number, why)) return false;
    rejected_.write(line.text);
    for (auto more = lines_.rest(); !more.empty(); more = lines_.rest()) rejected_.write(more);
    rejected_.write("\n");
    return rejected_.flush();
  }

  bool broken_file(int& exit_code) {
    exit_code = remote_
                    .fail(kRefused, "Lines that are refused cannot be kept in " +
                                        printable(rejected_.wanted()) +
                                        ": name a file that can be written with --rejected.")
                    .exit_code;
    return false;
  }

  /// A server that is busy, or whose database is locked, is asked again for a while.
  OrFailed<RemoteAnswer> ask_patiently(const std::string& body) {
    constexpr int kAttempts = 10;
    for (int attempt = 1;; ++attempt) {
      auto answer = remote_.exchange("POST", "/v1/admin/import", SecretString(std::string(body)));
      if (!answer || answer->status != 503 || attempt == kAttempts) return answer;
      remote_.progress().show("the server is busy, asking again");
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  }

  bool send(int& exit_code) {
    if (batch_.empty()) return true;
    std::string body = R"({"users":[)";
    for (const Line& line : batch_) body += line.text + ",";
    body.back() = ']';
    body += '}';
    const auto answer = ask_patiently(body);
    if (!answer) return stopped(answer.error(), exit_code);
    if (!answer->ok()) return stopped(remote_.explain(*answer), exit_code);
    const json::Value* results = answer->body.find("results");
    const auto* list = results == nullptr ? nullptr : results->as_array();
    if (list == nullptr || list->size() != batch_.size()) {
      return stopped(remote_.fail(kUnavailable, "The server's answer makes no sense."), exit_code);
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!count((*list)[i], batch_[i])) return broken_file(exit_code);
    }
    if (!rejected_.flush()) return broken_file(exit_code);
    batch_.clear();
    bytes_ = 0;
    show_progress();
    return true;
  }

  bool count(const json::Value& result, const Line& line) {
    const std::string* status = result.string("status");
    if (status != nullptr && *status == "imported") {
      ++imported_;
    } else if (status != nullptr && *status == "present") {
      ++present_;
    } else {
      const std::string* why = result.string("detail");
      return reject(line, why == nullptr ? "The server refused it." : *why);
    }
    return true;
  }

  void show_progress() {
    std::string text = counted(imported_, "account", "accounts") + " imported";
    if (refused_ > 0) text += ", " + grouped(refused_) + " refused";
    if (source_.size > 0) text += ", " + std::to_string(lines_.bytes() * 100 / source_.size) + " %";
    remote_.busy_with(text);
    remote_.progress().show(text);
  }

  bool stopped(Failed failed, int& exit_code) {
    rejected_.flush();
    exit_code = failed.exit_code;
    streams_.err << "Stopped after " << counted(imported_ + present_, "account", "accounts")
                 << ", which are kept. Run the same command again: whoever is here already is "
                    "passed over.\n";
    return false;
  }

  Remote& remote_;
  const Source& source_;
  ImportLines lines_;
  NamesSeen names_;
  RejectedFile rejected_;
  const Streams& streams_;
  std::vector<Line> batch_;
  std::size_t bytes_ = 0;
  std::uint64_t imported_ = 0;
  std::uint64_t present_ = 0;
  std::uint64_t refused_ = 0;
};

int import_users(const RemoteSource& remotes, const Arguments& arguments, const Streams& streams) {
  const std::string& operand = arguments.operand();
  const bool from_stdin = operand == "-";
  std::ifstream file;
  if (!from_stdin) {
    file.open(operand, std::ios::binary);
    // A directory opens too, and then cannot be read.
    if (!file || (file.peek() == std::ifstream::traits_type::eof() && file.bad())) {
      streams.err << kName << ": " << printable(operand)
                  << " cannot be read: name a file of JSON lines, or - for standard input.\n";
      return kRefused;
    }
    file.clear();
  }
  std::error_code ignored;
  const auto size = from_stdin ? 0 : std::filesystem::file_size(operand, ignored);
  const Source source{from_stdin ? streams.in : file, from_stdin ? "standard input" : operand,
                      ignored ? 0 : size};
  auto remote = Remote::open(kName, remotes, arguments, streams);
  if (!remote) return remote.error().exit_code;

  const std::string beside = (from_stdin ? std::string("users") : operand) + ".rejected";
  Import import(**remote, source, arguments.value("--rejected").value_or(beside), streams);
  int exit_code = kDone;
  if (!import.run(exit_code)) return exit_code;
  import.print_summary(arguments.has("--json"));
  return import.all_taken() ? kDone : kRefused;
}

}  // namespace

Command user_import_command(RemoteSourcePtr source) {
  Command command;
  command.name = "user import";
  command.group = "Accounts";
  command.summary = "Move people in with the password hashes of another system.";
  command.description =
      "Reads JSON lines, one account each:\n\n"
      R"(  {"username":"ada","password_hash":"$2b$12$…","scope":"read"})"
      "\n\n"
      "password_hash is bcrypt, scrypt, PBKDF2 or argon2, as PHP, Node, Django, Werkzeug and "
      "passlib write them; the first login of each person replaces it by argon2id. Optional: "
      "user_id (a UUID, kept so that subjects stay what they were), scope, claims (an object), "
      "disabled (true or false). Empty lines and lines that begin with # are passed over.\n\n"
      "A line that cannot be taken keeps nobody else away: it is told, and kept word for word in "
      "FILE.rejected to be mended and imported. The same command can be run again after it was "
      "interrupted: whoever is here already stays as they are. A name that is somebody else's, by "
      "the user_id or by an earlier line, is refused. Exit code 1 if a line was refused.";
  command.examples = {"recant user import people.jsonl",
                      "recant user import people.jsonl.rejected   # once they are mended",
                      "zcat people.jsonl.gz | recant user import - --rejected bad.jsonl"};
  command.operand = "FILE|-";
  command.operand_help = "JSON lines; - reads standard input.";
  command.options = {{"--rejected", "FILE",
                      "Where lines that were refused are kept; FILE.rejected if not given. What "
                      "stands there already is left alone."},
                     json_option()};
  return as_client(std::move(command), std::move(source), import_users);
}

}  // namespace recant::cli
