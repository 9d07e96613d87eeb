#include "app/serve.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <memory>
#include <new>
#include <ostream>

#include "app/config_commands.hpp"
#include "app/greeting.hpp"
#include "app/hangup_signal.hpp"
#include "app/http_front.hpp"
#include "app/load_config.hpp"
#include "app/log.hpp"
#include "app/policy_watch.hpp"
#include "app/redis_keys.hpp"
#include "app/redis_trust.hpp"
#include "app/reload.hpp"
#include "app/resources.hpp"
#include "app/server_tls.hpp"
#include "app/service_manager.hpp"
#include "app/setting_checks.hpp"
#include "app/stop_signals.hpp"
#include "base/timestamp.hpp"
#include "crypto/random.hpp"

namespace recant::app {
namespace {

namespace asio = boost::asio;

/// For a first handshake across a network, whatever is allowed later for each command.
constexpr milliseconds kLookTimeout{2000};

/// And the time that the database takes.
constexpr milliseconds kAdminKeysAreSeenWithin{500};

constexpr const char* kConvertKeys = "--convert-keys";
constexpr const char* kChangePolicy = "--change-policy";

/// One start, until its end. On the main thread.
class Serving {
 public:
  struct Flags {
    bool convert_keys = false;
    bool change_policy = false;
  };

  Serving(const LoadedConfig& loaded, const ConfigSources& sources, Flags flags,
          std::string search_path, ServiceManager manager, const cli::Streams& streams)
      : loaded_(loaded),
        sources_(sources),
        search_path_(std::move(search_path)),
        manager_(std::move(manager)),
        flags_(flags),
        streams_(streams),
        log_(make_log_options(loaded.config.log.level, loaded.config.log.format,
                              ::isatty(STDERR_FILENO) == 1),
             clock_),
        policy_(policy_of(loaded.config)),
        threads_(thread_count(loaded.config.server.threads)) {}

  int run() {
    if (auto started = start(); !started) return refuse(started.error());
    control_.restart();
    control_.run();
    return end_ ? refuse(*end_) : cli::kDone;
  }

 private:
  int refuse(const Refusal& refusal) {
    streams_.err << "recant: " << refusal.sentence << '\n';
    return cli::kRefused;
  }

  LookOptions look_options() {
    LookOptions options;
    options.timeout = std::max(loaded_.config.redis.timeout, kLookTimeout);
    options.inspection.accept_eviction = loaded_.config.redis.accept_eviction;
    options.keys = keys_of(loaded_.config);
    options.does = {loaded_.config.redis.foreign_writers};
    options.convert_keys = flags_.convert_keys;
    options.policy = policy_of(loaded_.config);
    options.change_policy = flags_.change_policy;
    options.policy_changed = [this](const std::string& before, const std::string& now) {
      log_.write(LogLevel::warn, "--change-policy changed what all servers on this Redis go by",
                 {{"before", before.empty() ? "none" : redis::printable(before)}, {"now", now}});
    };
    return options;
  }

  OrRefusal<void> start() {
    // Before anything is made: nothing would come of it.
    auto tls = load_server_tls(loaded_.config.server, clock_.wall());
    if (!tls) return tls.error();
    if (auto free = HttpFront::probe(loaded_.config); !free) return free.error();
    auto resources = Resources::open(loaded_.config, {clock_, random_, log_, search_path_});
    if (!resources) return resources.error();
    resources_ = *std::move(resources);
    trust_ = std::make_unique<RedisTrust>(
        RedisTrust::Needs{control_, resources_->redis, clock_, random_, log_, readiness_, policy_,
                          [this] { manager_.tell(status()); }},
        look_options());
    if (auto looked = trust_->look(); !looked) return looked.error();
    if (auto made = make_front(*tls ? std::optional((*tls)->context) : std::nullopt); !made) {
      return made.error();
    }
    // Before the first request is taken, so that none is cut off; heeded once all has started.
    hangups_.wait([this] { read_again(); });
    signals_.wait([this](int number) { stop(number); }, [this](int number) { at_once(number); });
    const auto ports = front_->start();
    if (!ports) return ports.error();
    resources_->keys->tell(readiness_);
    resources_->keys->start(control_, front_->key_readers());
    if (resources_->database->engine().is_shared()) {
      asio::co_spawn(control_, look_at_admin_keys(), asio::detached);
    }
    tell(*ports);
    manager_.ready(status());
    if (*tls) tell_tls(**tls);
    if (readiness_.fit()) return {};
    trust_->wait([this](const Refusal& refusal) {
      end_ = refusal;
      stop(0);
    });
    return {};
  }

  OrRefusal<void> make_front(std::optional<crypto::TlsContext> tls) {
    try {
      front_ = std::make_unique<HttpFront>(
          loaded_.config, HttpFront::Needs{clock_, random_, *resources_, log_, readiness_, policy_,
                                           threads_, std::move(tls)});
    } catch (const std::bad_alloc&) {
      const std::string entries = std::to_string(loaded_.config.verify.cache_entries);
      return Refusal{"This server cannot start: verify.cache_entries = " + entries + " asks for " +
                     entries +
                     " KiB of address space, and this process may not have as much (ulimit -v, or "
                     "vm.overcommit_memory = 2). Set fewer entries."};
    }
    return {};
  }

  /// What another server adds counts here in a moment, and what it removes no longer.
  Task<void> look_at_admin_keys() {
    asio::steady_timer timer(control_);
    for (;;) {
      timer.expires_after(kAdminKeysAreSeenWithin);
      co_await timer.async_wait(asio::use_awaitable);
      resources_->admin_key_store.look_again();
    }
  }

  std::string status() const {
    if (readiness_.fit()) return "Serving.";
    return "Every call but those for operators is 503: " + readiness_.waiting_for();
  }

  void tell(const HttpFront::Ports& ports) {
    const Config::Server& server = loaded_.config.server;
    Urls urls{
        local_url(parse_listen(server.listen)->address, ports.main, !server.tls_cert.empty())};
    if (ports.operators) {
      urls.operators = local_url(parse_listen(server.ops_listen)->address, *ports.operators);
    }
    for (const std::string& warning : loaded_.warnings) log_.write(LogLevel::warn, warning);
    std::optional<std::filesystem::path> admin_key;
    std::error_code unknown;
    if (const auto& file = resources_->directory.admin_key();
        std::filesystem::exists(file, unknown)) {
      admin_key = std::filesystem::absolute(file).lexically_normal();
    }
    streams_.out << greeting(loaded_, urls, admin_key) << std::flush;
    streams_.out.clear();  // it serves whether or not anybody is greeted
  }

  /// What is wrong now leaves the old certificate in its place.
  void read_again() {
    const bool tls = !loaded_.config.server.tls_cert.empty();
    const bool keys = !loaded_.config.keys.files.empty();
    if (tls) renew_tls();
    if (keys) read_keys_again();
    if (tls || keys) return;
    log_.write(LogLevel::info,
               "SIGHUP: there is no certificate and no key file to read again; other settings take "
               "a restart");
  }

  void read_keys_again() {
    auto own = read_own_keys_again(loaded_.config, sources_, log_);
    if (!own) {
      log_.write(LogLevel::error, "keys.files were not read again; the keys stay as they are",
                 {{"why", own.error().sentence}});
      return;
    }
    asio::co_spawn(control_, resources_->keys->use_own(*std::move(own)),
                   [](const std::exception_ptr& error) {
                     if (error) std::rethrow_exception(error);
                   });
  }

  void renew_tls() {
    const auto tls = load_server_tls(loaded_.config.server, clock_.wall());
    if (!tls) {
      log_.write(LogLevel::error, "the certificate was not renewed; the old one serves on",
                 {{"why", tls.error().sentence}});
      return;
    }
    front_->renew((*tls)->context);
    tell_tls(**tls);
  }

  void tell_tls(const ServerTls& tls) {
    for (const std::string& warning : tls.warnings) log_.write(LogLevel::warn, warning);
    log_.write(LogLevel::info, "new connections are secured with this certificate",
               {{"file", loaded_.config.server.tls_cert},
                {"expires", to_rfc3339(tls.context.valid_until())}});
  }

  void stop(int number) {
    if (number != 0) {
      log_.write(LogLevel::info,
                 "stopping when what is in flight is done; a second signal stops at once",
                 {{"signal", std::int64_t{number}}});
    }
    // What waits for Redis (trust_) goes on until nothing runs any more, and asks for this.
    readiness_.set_stopping();
    manager_.stopping("Finishing what is in flight.");
    front_->stop([this] { asio::post(control_, [this] { finish(); }); });
  }

  void finish() {
    signals_.cancel();
    hangups_.cancel();
    control_.stop();
  }

  /// The kernel ends the private Redis, and everything acknowledged is on disk.
  [[noreturn]] void at_once(int number) {
    constexpr int kSignalExit = 128;
    std::_Exit(kSignalExit + number);
  }

  const LoadedConfig& loaded_;
  const ConfigSources& sources_;
  const std::string search_path_;
  const ServiceManager manager_;
  const Flags flags_;
  const cli::Streams& streams_;
  const SystemClock clock_;
  crypto::SystemRandom random_;
  Log log_;
  asio::io_context control_{1};
  StopSignals signals_{control_};
  HangupSignal hangups_{control_};
  Readiness readiness_;
  redis::PolicyInForce policy_;
  // Contexts go after the workers that post to them, and after the sockets and timers in them.
  http::IoThreads threads_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<RedisTrust> trust_;
  std::unique_ptr<HttpFront> front_;
  std::optional<Refusal> end_;
};

/// Each connection is a file descriptor, and the usual soft limit (1024) is far below the server's
/// own limit of connections. Where it cannot be raised, accepting pauses and the log says so.
void allow_many_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string value_of(std::string_view name, const std::vector<Variable>& environment,
                     std::string otherwise) {
  for (const Variable& variable : environment) {
    if (variable.name == name) return variable.value;
  }
  return otherwise;
}

int serve(const cli::Arguments& arguments, const std::vector<Variable>& environment,
          const cli::Streams& streams) {
  const ConfigSources sources = sources_of(arguments, environment);
  const auto loaded = load_config(sources);
  if (!loaded) {
    for (const std::string& mistake : loaded.error()) streams.err << mistake << '\n';
    return cli::kRefused;
  }
  // A client that goes away, or a full disk, is an error of one write and no reason to end.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  allow_many_connections();
  const Serving::Flags flags{arguments.has(kConvertKeys), arguments.has(kChangePolicy)};
  auto search_path = value_of("PATH", environment, redis::PrivateRedisOptions().search_path);
  ServiceManager manager(value_of("NOTIFY_SOCKET", environment, ""));
  return Serving(*loaded, sources, flags, std::move(search_path), std::move(manager), streams)
      .run();
}

}  // namespace

cli::Command serve_command(const std::vector<Variable>& environment) {
  cli::Command command;
  command.name = "serve";
  command.group = "Serving";
  command.summary = "Start the server.";
  command.description =
      "Needs no configuration: it starts a private Redis, keeps accounts in SQLite and makes its "
      "signing keys and an admin key on first start, all of it in ./recant-data.\n\n"
      "Every setting can be given in recant.toml (token.issuer = \"…\"), as a variable "
      "(RECANT_TOKEN_ISSUER, or RECANT_TOKEN_ISSUER_FILE naming a file with the value) or as a "
      "flag; "
      "a flag wins over a variable, and that over the file. Durations are written 250ms, 30s, 15m, "
      "12h, 30d.\n\n"
      "The first Ctrl-C or SIGTERM finishes what is in flight, a second one stops at once.";
  command.examples = {
      "recant serve", "recant serve --config /etc/recant/recant.toml",
      "recant serve --server.listen 0.0.0.0:8080 --token.issuer https://login.example.com",
      "RECANT_REDIS_URL_FILE=/run/secrets/redis recant serve"};
  command.options = config_options();
  const std::vector<cli::Option> flags = {
      {kChangePolicy, "",
       "Once, after a change of session.strategy, verify.max_staleness or verify.on_unavailable: "
       "change what all servers on this Redis go by. "
       "Without it, a server that does not agree with the others refuses to start."},
      {kConvertKeys, "",
       "After a change of redis.hash_tags: give all keys in Redis their names in the other form, "
       "then serve. No other server may use this Redis meanwhile."}};
  command.options.insert(command.options.begin() + 1, flags.begin(), flags.end());
  command.run = [environment](const cli::Arguments& arguments, const cli::Streams& streams) {
    return serve(arguments, environment, streams);
  };
  return command;
}

}  // namespace recant::app
