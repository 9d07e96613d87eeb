// What the commands that are clients of a running server share: where it is, with which key to
// ask, and how its answers and refusals are told.
//
// Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "http/client.hpp"

namespace recant::cli {

/// A message has been printed; what is left to do is to end with this.
struct Failed {
  ExitCode exit_code;
};
template <class T>
using OrFailed = Result<T, Failed>;

/// Why something is a mistake of whoever typed the command, as a sentence.
struct Mistake {
  std::string sentence;
  /// It would be none if there were no server to ask either.
  bool only_with_server = false;
};

struct ServerChoice {
  http::ServerUrl url;
  std::string from;  // "--server", "RECANT_SERVER", …; empty when it is the default
  milliseconds timeout{30'000};
  std::optional<crypto::TlsContext> tls{};  // for https, and then there is one
};

struct AdminKey {
  SecretString text;
  std::string from;  // "RECANT_ADMIN_KEY", "the file recant-data/admin.key"
};

/// Port to what only app/ may read: the environment, the configuration and private files.
class RemoteSource {
 public:
  virtual ~RemoteSource() = default;
  virtual Result<ServerChoice, Mistake> server(const Arguments& arguments) const = 0;
  /// Where operators are answered, which may be a listener of their own.
  virtual Result<ServerChoice, Mistake> operators(const Arguments& arguments) const {
    return server(arguments);
  }
  virtual Result<AdminKey, Mistake> admin_key(const Arguments& arguments) const = 0;
};
using RemoteSourcePtr = std::shared_ptr<const RemoteSource>;

/// What a client of a running server does, and ends with.
using ClientRun = std::function<int(const RemoteSource&, const Arguments&, const Streams&)>;
/// Makes `command`, whose own options are there already, a client: behind them come those that
/// every client has, those about the key only `with_key`.
Command as_client(Command command, RemoteSourcePtr source, ClientRun run, bool with_key = true);

/// An answer of the server, whatever it says.
struct RemoteAnswer {
  int status = 0;
  json::Value body;  // null when there is none

  bool ok() const { return status >= 200 && status < 300; }
  /// `code` of a problem (contract §2), or empty.
  std::string_view code() const;
  std::string_view detail() const;
};

class Remote {
 public:
  /// `command` stands before each message ("recant user list: …").
  static OrFailed<std::unique_ptr<Remote>> open(std::string command, const RemoteSource& source,
                                                const Arguments& arguments, const Streams& streams,
                                                bool with_key = true);

  /// `path` percent-encoded. On failure there was no answer of Recant, and it has been said why.
  OrFailed<RemoteAnswer> exchange(std::string_view method, std::string path,
                                  SecretString body = {});
  /// The same, and a refusal is told too; what is left is the body.
  OrFailed<json::Value> ask(std::string_view method, std::string path, SecretString body = {});

  /// Tells a refusal, and what can be done about it.
  Failed explain(const RemoteAnswer& answer);
  /// "recant user list: sentence", on standard error.
  Failed fail(ExitCode exit_code, std::string_view sentence);

  /// What `this` is busy with ("12,000 users so far"), for when it takes long.
  void busy_with(std::string what) { doing_ = std::move(what); }
  Progress& progress() { return progress_; }
  const ServerChoice& server() const { return server_; }

 private:
  Remote(std::string command, ServerChoice server, std::optional<AdminKey> key,
         const Streams& streams);
  /// Something is missing; but is there a server at all?
  Failed missing(const Mistake& mistake);
  Failed explain_fault(const http::ClientFault& fault, bool changes_something);

  const std::string command_;
  const ServerChoice server_;
  const std::optional<AdminKey> key_;
  const Streams& streams_;
  Progress progress_;
  std::string doing_;
  http::Client client_;
};

/// A JSON object as a body.
SecretString to_body(const json::Object& object);

}  // namespace recant::cli
