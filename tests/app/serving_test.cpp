// The parts that serve is put together from, each by itself. The whole is driven by tests/e2e.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <sstream>

#include "app/config_commands.hpp"
#include "app/gate.hpp"
#include "app/greeting.hpp"
#include "app/http_observer.hpp"
#include "app/port_owner.hpp"
#include "app/stop_signals.hpp"
#include "base/json.hpp"
#include "cli/command_line.hpp"
#include "file_rights.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// --- the gate

class Echo final : public http::Handler {
 public:
  Task<http::Response> handle(http::Request&) override { co_return http::Response(200); }
};

class GateTest : public ::testing::Test {
 protected:
  int status_of(const char* path) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    return recant::testing::run(gate_.handle(request)).status();
  }

  Readiness readiness_;
  Echo inner_;
  ThreadMetrics metrics_;
  Gate gate_{inner_, readiness_, metrics_};
};

TEST_F(GateTest, LetsOnlyOperatorsThroughUntilRedisIsKnown) {
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/.well-known/jwks.json",
                           "/.well-known/oauth-authorization-server",
                           "/.well-known/oauth-authorization-server/shop"}) {
    EXPECT_EQ(status_of(path), 200) << path;
  }
  for (const char* path :
       {"/v1/check", "/v1/check/x", "/v1/login", "/v1/admin/users", "/healthz/", "//healthz", "/",
        "/oauth2/introspect", "/oauth2/revoke", "/oauth2/token"}) {
    EXPECT_EQ(status_of(path), 503) << path;
  }
  readiness_.set_fit();
  EXPECT_EQ(status_of("/v1/check"), 200);
}

// --- the observer

TEST(HttpObserver, CountsEveryAnswerAndNotesWhatMatters) {
  recant::testing::ManualClock clock;
  std::vector<std::string> lines;
  Metrics metrics("1", unix_millis(0));
  {
    LogOptions options;
    options.output = [&](std::string_view text) {
      for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
        lines.emplace_back(text.substr(0, end));
      }
    };
    Log log(options, clock);
    HttpObserver observer(metrics.add_thread(), log);
    http::Request request;
    request.method = "GET";
    request.path = "/v1/check?token=secret";
    request.route = "/v1/check";
    request.id = "req-1";
    for (const int status : {200, 401, 503, 500}) {
      observer.answered({request, status, std::chrono::milliseconds(2)});
    }
    observer.handler_threw(request, "std::bad_alloc");
  }
  for (const char* code : {"200", "401", "503", "500"}) {
    EXPECT_THAT(metrics.scrape({}),
                HasSubstr("_count{route=\"/v1/check\",code=\"" + std::string(code) + "\"} 1\n"));
  }
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("\"status\":500"), HasSubstr("req-1"),
                                       Not(HasSubstr("secret"))),
                                 AllOf(HasSubstr("std::bad_alloc"), HasSubstr("\"error\""))));
}

// --- the port

TEST(PortOwner, IsWhoListensThere) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::uint16_t port = ::ntohs(address.sin_port);
  EXPECT_EQ(port_owner(port), std::nullopt);  // bound, but nobody listens
  ASSERT_EQ(::listen(fd, 1), 0);
  EXPECT_EQ(port_owner(port), ::getpid());
  ::close(fd);
  EXPECT_EQ(port_owner(port), std::nullopt);
}

TEST(PortOwner, WithoutProcNobodyIsBlamed) {
  const TemporaryDirectory empty;
  EXPECT_EQ(port_owner(80, empty.path()), std::nullopt);
}

// --- what a start prints

LoadedConfig loaded(std::initializer_list<const char*> set = {}, bool accounts = true) {
  LoadedConfig loaded;
  loaded.config = default_config();
  loaded.config.accounts.enabled = accounts;
  for (const char* key : set) loaded.origins[key] = "recant.toml, line 1";
  return loaded;
}

TEST(Greeting, SaysWhereItListensAndThreeCommandsToTry) {
  const std::string text = greeting(loaded(), {"http://127.0.0.1:8080"}, "/srv/it's/admin.key");
  EXPECT_THAT(text, AllOf(HasSubstr("listens on http://127.0.0.1:8080"),
                          HasSubstr("/v1/admin/users"), HasSubstr("/v1/login"),
                          HasSubstr("/v1/check"), HasSubstr("$(cat '/srv/it'\\''s/admin.key')")));
}

TEST(Greeting, WithoutAFileForTheKeyItSaysWhyAndPrintsNoCatOfIt) {
  for (const bool accounts : {true, false}) {
    const std::string text = greeting(loaded({}, accounts), {"u"}, std::nullopt);
    EXPECT_THAT(text, AllOf(HasSubstr("no admin.key in"), HasSubstr("has admin keys already"),
                            HasSubstr("docs/command-line.md"),
                            HasSubstr("Bearer $RECANT_ADMIN_KEY\""), Not(HasSubstr("$(cat"))));
  }
  EXPECT_THAT(greeting(loaded(), {"u"}, "k"), Not(HasSubstr("has admin keys already")));
}

TEST(Greeting, SaysToSetTheIssuerUntilItIsSet) {
  const auto text = [](const LoadedConfig& config) { return greeting(config, {"u"}, "k"); };
  EXPECT_THAT(text(loaded()), HasSubstr("set token.issuer (now recant) and token.audience"));
  EXPECT_THAT(text(loaded({"token.issuer"})),
              AllOf(HasSubstr("set token.audience"), Not(HasSubstr("token.issuer"))));
  EXPECT_THAT(text(loaded({"token.issuer", "token.audience"})), Not(HasSubstr("token.")));
}

TEST(Greeting, SaysHowToTrustACertificateAndWhereOperatorsAsk) {
  LoadedConfig config = loaded();
  const Urls urls{local_url("0.0.0.0", 443, true), local_url("127.0.0.1", 9090)};
  EXPECT_THAT(greeting(config, {"u"}, "k"),
              AllOf(Not(HasSubstr("--cacert")), Not(HasSubstr("/metrics"))));
  config.config.server.tls_cert = "my certs/c.pem";
  EXPECT_THAT(
      greeting(config, urls, "k"),
      AllOf(HasSubstr("listens on https://127.0.0.1:443"), HasSubstr("--cacert 'my certs/c.pem'"),
            HasSubstr("/metrics are on http://127.0.0.1:9090\n")));
}

TEST(Greeting, AGatewayOnlyHasOtherCommands) {
  const std::string text = greeting(loaded({}, false), {"u"}, "k");
  EXPECT_THAT(text, AllOf(HasSubstr("/v1/admin/sessions"), HasSubstr("/v1/check"),
                          Not(HasSubstr("/v1/login"))));
}

TEST(Greeting, AUrlIsOneThatThisMachineCanCall) {
  EXPECT_EQ(local_url("127.0.0.1", 80), "http://127.0.0.1:80");
  EXPECT_EQ(local_url("0.0.0.0", 80), "http://127.0.0.1:80");
  EXPECT_EQ(local_url("::", 80), "http://[::1]:80");
  EXPECT_EQ(local_url("fe80::1", 80), "http://[fe80::1]:80");
}

// --- config check

class ConfigCheckTest : public ::testing::Test {
 protected:
  int run(std::vector<std::string> words, std::vector<Variable> environment = {}) {
    words.insert(words.begin(), {"config", "check", "--config", (home_ / "recant.toml").string()});
    const cli::Command commands[] = {config_check_command(environment)};
    out_.str("");
    err_.str("");
    return cli::run_command_line(commands, words, {in_, out_, err_});
  }

  TemporaryDirectory home_;
  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(ConfigCheckTest, PrintsEachValueAndItsPlace) {
  write_text(home_ / "recant.toml",
             "token.issuer = \"me\"\n"
             "redis.url = \"redis://recant:hunter2@127.0.0.1\"\n");
  std::filesystem::permissions(home_ / "recant.toml", std::filesystem::perms::owner_read);
  EXPECT_EQ(run({"--token.leeway", "5s"}, {{"RECANT_TOKEN_CLIENT_ID", "app"}}), 0);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("me  <- " + (home_ / "recant.toml").string() + ", line 1"),
                    HasSubstr("app  <- RECANT_TOKEN_CLIENT_ID"), HasSubstr("5s  <- --token.leeway"),
                    HasSubstr("15m  <- default"), HasSubstr("(set)"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(err_.str(), IsEmpty());
  EXPECT_EQ(run({"--json"}), 0);
  const std::string line = out_.str();
  const auto parsed = json::parse(line.substr(0, line.size() - 1));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->find("valid"), json::Value(true));
  EXPECT_EQ(parsed->find("settings")->as_array()->size(), settings().size());
  EXPECT_THAT(line, Not(HasSubstr("hunter2")));
}

TEST_F(ConfigCheckTest, ListsTheTablesOfIssuersAndLooksIntoTheirFiles) {
  const std::string secret = (home_ / "secret").string();
  write_text(home_ / "recant.toml",
             "[[issuer]]\nname = \"legacy\"\niss = \"https://old\"\naudience = [\"api\"]\n"
             "algorithms = [\"HS256\"]\nsecret_file = \"" +
                 secret + "\"\n");
  EXPECT_EQ(run({}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr(secret), HasSubstr("No such file")));
  write_text(home_ / "secret", "kR8vQ2mXzL5tW9yBnC4jH7gF1dS6aP3e0uVoIqTx");
  std::filesystem::permissions(secret, std::filesystem::perms::owner_read);
  EXPECT_EQ(run({}), 0) << err_.str();
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("issuer.legacy.iss "), HasSubstr("https://old  <- "),
                    HasSubstr("line 3"), HasSubstr("rfc9068  <- default"), Not(HasSubstr("kR8v"))));
}

TEST_F(ConfigCheckTest, SaysWhatIsWrong) {
  write_text(home_ / "recant.toml", "token.leeway = \"2m\"\nlog.level = \"loud\"\n");
  EXPECT_EQ(run({}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("line 1: token.leeway"), HasSubstr("line 2: log.level")));
  EXPECT_THAT(out_.str(), IsEmpty());
  EXPECT_EQ(run({"--json"}), 1);
  EXPECT_THAT(out_.str(), HasSubstr("{\"valid\":false,\"errors\":[\""));
}

TEST(ConfigOptions, EverySettingIsAFlagThatSaysItsDefaultAndBounds) {
  const auto options = config_options();
  ASSERT_EQ(options.size(), settings().size() + 1);
  const auto leeway = std::ranges::find(options, "--token.leeway", &cli::Option::flag);
  ASSERT_NE(leeway, options.end());
  EXPECT_THAT(leeway->help, HasSubstr("Default 30s; 0s to 1m."));
  for (const cli::Option& option : options) EXPECT_FALSE(option.help.empty()) << option.flag;
}

// --- signals

TEST(StopSignals, TheFirstAsksAndTheSecondInsists) {
  boost::asio::io_context io;
  StopSignals signals(io);
  std::vector<std::string> seen;
  signals.wait([&](int number) { seen.push_back("first " + std::to_string(number)); },
               [&](int number) { seen.push_back("second " + std::to_string(number)); });
  ::raise(SIGTERM);
  while (seen.empty()) io.run_one();
  ::raise(SIGINT);
  while (seen.size() < 2) io.run_one();
  EXPECT_THAT(seen, ElementsAre("first 15", "second 2"));
}

}  // namespace
}  // namespace recant::app
