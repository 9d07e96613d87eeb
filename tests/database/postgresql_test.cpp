// What is true of PostgreSQL alone: connections that are lost, several servers that start at once,
// what a session is set to, and what errors may say.
#include "database/postgresql.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "database/fixture.hpp"
#include "database/migrations.hpp"
#include "database/sql_accounts.hpp"
#include "database/sql_admin_keys.hpp"
#include "testing/free_port.hpp"

namespace recant::database {
namespace {

using service::AccountError;
using service::AdminKeyError;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PostgresqlTest : public ::testing::Test {
 protected:
  DatabaseOptions options() {
    DatabaseOptions options;
    options.busy_timeout = std::chrono::seconds{1};
    options.on_trouble = [this](std::string_view why) {
      const std::lock_guard lock(mutex_);
      troubles_ += std::string(why) + "\n";
    };
    return options;
  }
  std::unique_ptr<Database> open() { return *try_postgresql(url_, options()); }
  std::string refusal(const std::string& url) {
    const auto opened = try_postgresql(url, options());
    return opened ? "opened" : opened.error().sentence;
  }
  std::string troubles() {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }
  std::string shown(Database& database, const std::string& parameter) {
    std::string value;
    *database.lease() << "SHOW " + parameter, soci::into(value);
    return value;
  }
  void end_all_connections() {
    server_.run(
        "SELECT count(pg_terminate_backend(pid, 20000)) FROM pg_stat_activity"
        " WHERE application_name = 'recant'");
  }

  PostgresqlServer& server_ = PostgresqlServer::of_this_executable();
  const std::string url_ = server_.fresh_url();

 private:
  std::mutex mutex_;
  std::string troubles_;
};

TEST_F(PostgresqlTest, SeveralServersCreateTheSchemaOnce) {
  std::atomic<int> opened{0};
  {
    std::vector<std::jthread> servers;
    for (int i = 0; i < 8; ++i) {
      servers.emplace_back([&] {
        const std::string said = refusal(url_);
        EXPECT_EQ(said, "opened");
        opened += said == "opened";
      });
    }
  }
  EXPECT_EQ(opened, 8);
  int version = 0;
  *open()->lease() << "SELECT version FROM schema_version", soci::into(version);
  EXPECT_EQ(version, schema_version());
}

TEST_F(PostgresqlTest, ANewerSchemaIsRefusedAndLeftAlone) {
  const int newer = schema_version() + 1;
  *open()->lease() << "UPDATE schema_version SET version = " << newer;
  EXPECT_THAT(refusal(url_),
              AllOf(HasSubstr("newer Recant"), HasSubstr("schema " + std::to_string(newer))));
  EXPECT_THAT(refusal(url_), HasSubstr("newer Recant"));
}

TEST_F(PostgresqlTest, AMigrationThatFailsLeavesNothingHalfDone) {
  {
    const auto database = open();
    const Database::Lease lease = database->lease();
    *lease << "DROP TABLE accounts";
    *lease << "UPDATE schema_version SET version = 0";
  }
  EXPECT_THAT(refusal(url_), HasSubstr("admin_keys"));
  EXPECT_THAT(refusal(url_), HasSubstr("admin_keys"));  // not "accounts": it was rolled back
}

TEST_F(PostgresqlTest, CommitsReachTheDiskBeforeTheyReturn) {
  EXPECT_EQ(shown(*open(), "synchronous_commit"), "on");
  for (const std::string setting : {"off", "local", "remote_write"}) {
    const auto database = *try_postgresql(url_ + "%20-csynchronous_commit%3D" + setting, options());
    EXPECT_EQ(shown(*database, "synchronous_commit"), "on") << setting;
  }
  // A cluster that waits for its standbys goes on doing so.
  const auto database = *try_postgresql(url_ + "%20-csynchronous_commit%3Dremote_apply", options());
  EXPECT_EQ(shown(*database, "synchronous_commit"), "remote_apply");
}

TEST_F(PostgresqlTest, ADatabaseThatCannotHoldEveryNameIsRefused) {
  server_.run("DROP DATABASE IF EXISTS latin");
  server_.run(
      "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc");
  EXPECT_THAT(refusal("postgresql://recant@/latin?host=" + server_.socket_directory().string()),
              AllOf(HasSubstr("LATIN1"), HasSubstr("UTF8")));
}

TEST_F(PostgresqlTest, ConnectionsThatWereClosedMeanwhileAreMadeAgainUnnoticed) {
  const auto database = open();
  SqlAccounts accounts(*database);
  ASSERT_TRUE(run(accounts.add(account_named("ada", 1))));
  for (int round = 0; round < 3; ++round) {
    end_all_connections();
    EXPECT_TRUE(run(accounts.find(id_of(1))));
    EXPECT_TRUE(run(accounts.add(account_named("user" + std::to_string(round), 10 + round))));
  }
  EXPECT_EQ(troubles(), "");
}

TEST_F(PostgresqlTest, AServerThatIsDownIsUnavailableAndItComesBackByItself) {
  const auto database = open();
  SqlAccounts accounts(*database);
  SqlAdminKeys admin_keys(*database);
  ASSERT_TRUE(run(accounts.add(account_named("ada", 1))));
  server_.stop();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(run(accounts.find(id_of(1))).error(), AccountError::unavailable);
    EXPECT_EQ(run(accounts.add(account_named("bob", 2))).error(), AccountError::unavailable);
    EXPECT_EQ(run(accounts.probe()).error(), AccountError::unavailable);
  }
  EXPECT_EQ(admin_keys.load_all().error(), AdminKeyError::unavailable);
  EXPECT_THAT(troubles(), HasSubstr("cannot be reached"));
  server_.start();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!run(accounts.find(id_of(1))) && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_TRUE(run(accounts.find(id_of(1))));
  EXPECT_EQ(run(accounts.find(id_of(2))).error(), AccountError::not_found);
  EXPECT_TRUE(run(accounts.add(account_named("bob", 2))));
}

TEST_F(PostgresqlTest, AServerThatTakesEverythingAndAnswersNothingHoldsNobodyForEver) {
  DatabaseOptions options = this->options();
  options.connections = 3;
  options.longest_work = std::chrono::milliseconds{500};
  const auto database = *try_postgresql(url_, options);
  SqlAccounts accounts(*database);
  ASSERT_TRUE(run(accounts.add(account_named("ada", 1))));
  std::istringstream pids(
      server_.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'recant'"));
  std::vector<pid_t> stopped;
  for (pid_t pid = 0; pids >> pid;) {
    if (::kill(pid, SIGSTOP) == 0) stopped.push_back(pid);
  }
  EXPECT_EQ(run(accounts.find(id_of(1))).error(), AccountError::unavailable);
  EXPECT_EQ(run(accounts.add(account_named("bob", 2))).error(), AccountError::unavailable);
  for (const pid_t pid : stopped) ::kill(pid, SIGCONT);
  while (!run(accounts.find(id_of(1)))) {  // on other connections
  }
}

/// Between us and PostgreSQL: lets only so many answers pass on each connection, of which the first
/// says that we are let in, and then swallows everything.
class SwallowingProxy {
 public:
  explicit SwallowingProxy(const std::filesystem::path& server) : server_(server.string()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 8) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    thread_ = std::jthread([this] {
      for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
        clients_.emplace_back([this, client] { serve(client); });
      }
    });
  }
  /// When everybody who connected through it is gone.
  ~SwallowingProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    clients_.clear();
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }
  static constexpr int kAll = 1'000'000;
  std::atomic<int> answers{kAll};

 private:
  int connect_on() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    server_.copy(address.sun_path, sizeof address.sun_path - 1);
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return server;
  }

  void serve(int client) {
    const int server = connect_on();
    int seen = 0;
    std::string unread;  // of the message that has begun
    for (bool open = true; open;) {
      pollfd sides[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      ::poll(sides, 2, -1);
      char bytes[8192];
      if (sides[0].revents != 0) {
        const ssize_t got = ::recv(client, bytes, sizeof bytes, 0);
        open = got > 0;
        if (open && seen < answers) pass(server, bytes, got);
      }
      if (open && sides[1].revents != 0) {
        const ssize_t got = ::recv(server, bytes, sizeof bytes, 0);
        open = got > 0;
        if (open) pass(client, bytes, got);
        if (open) seen += answers_in(unread.append(bytes, static_cast<std::size_t>(got)));
      }
    }
    ::close(client);
    ::close(server);
  }

  static void pass(int to, const char* bytes, ssize_t size) {
    (void)::send(to, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  }

  /// ReadyForQuery (PostgreSQL 15, 55.7), of the messages that are whole; they are taken off.
  static int answers_in(std::string& messages) {
    int found = 0;
    while (messages.size() >= 5) {
      std::uint32_t length = 0;
      for (int i = 1; i <= 4; ++i) length = length << 8 | static_cast<std::uint8_t>(messages[i]);
      if (messages.size() < 1 + length) break;
      found += messages[0] == 'Z';
      messages.erase(0, 1 + length);
    }
    return found;
  }

  const std::string server_;
  const std::uint16_t port_ = recant::testing::free_port();
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::vector<std::jthread> clients_;
  std::jthread thread_;
};

class SilentServerTest : public PostgresqlTest {
 protected:
  SilentServerTest() {
    const std::string socket = "host=" + server_.socket_directory().string();
    through_.replace(through_.find(socket), socket.size(),
                     "host=127.0.0.1&port=" + std::to_string(proxy_.port()) +
                         "&sslmode=disable&gssencmode=disable");
    impatient_.connections = 1;
    impatient_.longest_set_up = std::chrono::milliseconds{200};
    impatient_.longest_work = std::chrono::milliseconds{200};
  }

  SwallowingProxy proxy_{server_.socket_directory() / ".s.PGSQL.5432"};
  std::string through_ = url_;
  DatabaseOptions impatient_ = options();
};

TEST_F(SilentServerTest, HoldsUpNoStartWhateverItLeavesUnanswered) {
  // Who we are; what SOCI asks; our set-up; the schema, which takes more than these.
  for (const int answers : {1, 2, 3, 7, 9, 12}) {
    proxy_.answers = answers;
    const auto opened = try_postgresql(through_, impatient_);
    ASSERT_FALSE(opened) << answers;
    EXPECT_THAT(opened.error().sentence, HasSubstr("database postgresql://recant@127.0.0.1"));
  }
  proxy_.answers = SwallowingProxy::kAll;
  EXPECT_TRUE(try_postgresql(through_, options()));
}

TEST_F(SilentServerTest, HoldsUpNobodyWhoConnectsAgainAndIsForgiven) {
  impatient_.connections = 3;
  impatient_.longest_work = options().longest_work;
  std::optional<Opened<std::unique_ptr<Database>>> opened = try_postgresql(through_, impatient_);
  while (!*opened) opened = try_postgresql(through_, impatient_);  // on a machine that is too slow
  Database& database = ***opened;
  SqlAccounts accounts(database);
  for (const int answers : {1, 2, 5}) {
    proxy_.answers = answers;
    end_all_connections();
    EXPECT_EQ(run(accounts.find(id_of(1))).error(), AccountError::unavailable) << answers;
    proxy_.answers = SwallowingProxy::kAll;
    while (run(accounts.find(id_of(1))).error() == AccountError::unavailable) {
    }
    EXPECT_EQ(run(accounts.find(id_of(1))).error(), AccountError::not_found);
  }
  EXPECT_THAT(troubles(), HasSubstr("cannot be reached"));
}

TEST_F(PostgresqlTest, WhoeverWaitsTooLongForALockIsTold) {
  const auto database = open();
  const auto other = open();
  SqlAccounts accounts(*database);
  {
    const Database::Lease lease = other->lease();
    other->engine().begin_alone(*lease);
    EXPECT_EQ(run(accounts.add_all({account_named("ada", 1)})).error(), AccountError::unavailable);
    (*lease).rollback();
  }
  EXPECT_TRUE(run(accounts.add_all({account_named("ada", 1)})));
}

/// PostgreSQL's details quote the row.
TEST_F(PostgresqlTest, AnErrorQuotesNoRow) {
  const auto database = open();
  SqlAdminKeys store(*database);
  service::AdminKeys keys{{}};
  store.publish_to(keys);
  ASSERT_TRUE(store.add_first({"first", "c2VjcmV0LWhhc2g", 15}));
  EXPECT_EQ(run(store.add({"twin", "c2VjcmV0LWhhc2g", 1}, "c2VjcmV0LWhhc2g")).error(),
            AdminKeyError::unavailable);
  EXPECT_THAT(troubles(), AllOf(HasSubstr("unique"), Not(HasSubstr("c2VjcmV0"))));
}

class WithPasswordTest : public PostgresqlTest {
 protected:
  static constexpr const char* kPassword = "two  spaces 'quotes' \\ and singlerows=true %";
  static constexpr const char* kEncoded =
      "two%20%20spaces%20'quotes'%20%5C%20and%20singlerows=true%20%25";

  WithPasswordTest() {
    server_.run(
        "DO $$ BEGIN CREATE ROLE careful LOGIN; EXCEPTION WHEN duplicate_object THEN END $$");
    server_.run("ALTER ROLE careful PASSWORD 'two  spaces ''quotes'' \\ and singlerows=true %'");
    server_.run("CREATE SCHEMA IF NOT EXISTS careful AUTHORIZATION careful");
    std::ofstream(server_.socket_directory() / "data/pg_hba.conf")
        << "local all careful scram-sha-256\nlocal all all trust\n";
    server_.run("SELECT pg_reload_conf()");
  }
  std::string url_with(const std::string& password) const {
    return "postgresql://careful:" + password +
           "@/postgres?host=" + server_.socket_directory().string() +
           "&options=-csearch_path%3Dcareful";
  }
};

TEST_F(WithPasswordTest, APasswordOfAnyCharactersArrives) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (refusal(url_with("wrong")) == "opened" && std::chrono::steady_clock::now() < end) {
  }  // until it has read pg_hba.conf again
  EXPECT_EQ(refusal(url_with(kEncoded)), "opened");
}

TEST_F(WithPasswordTest, A11_AWrongOneIsNotRepeated) {
  const std::string said = refusal(url_with("hunter2hunter2"));
  EXPECT_THAT(said, AllOf(HasSubstr("cannot be reached"), HasSubstr("careful@"),
                          Not(HasSubstr("hunter2"))));
  EXPECT_THAT(refusal("postgresql://u:hunter2hunter2@/postgres?host=/nowhere"),
              AllOf(HasSubstr("/nowhere"), Not(HasSubstr("hunter2"))));
}

/// Somebody on the way who says that there is no TLS here.
class NoTlsHere {
 public:
  NoTlsHere() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 1) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    thread_ = std::jthread([this] { answer(); });
  }
  ~NoTlsHere() { ::close(listener_); }

  std::uint16_t port() const { return port_; }
  /// Whatever it was told after it had said that.
  std::string heard() {
    thread_.join();
    return heard_;
  }

 private:
  void answer() {
    const int client = ::accept(listener_, nullptr, nullptr);
    char request[8];  // SSLRequest (PostgreSQL 15, 55.2.10)
    if (::recv(client, request, sizeof request, MSG_WAITALL) != ssize_t{sizeof request}) return;
    (void)::send(client, "N", 1, MSG_NOSIGNAL);
    char next[512];
    while (const ssize_t got = ::recv(client, next, sizeof next, 0)) {
      if (got < 0) break;
      heard_.append(next, static_cast<std::size_t>(got));
    }
    ::close(client);
  }

  const std::uint16_t port_ = recant::testing::free_port();
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string heard_;
  std::jthread thread_;
};

TEST_F(PostgresqlTest, A11_NoWayBackToTheClear) {
  NoTlsHere server;
  EXPECT_THAT(refusal("postgresql://u:hunter2hunter2@db.example.com:" +
                      std::to_string(server.port()) + "/x?hostaddr=127.0.0.1&sslmode=verify-full"),
              AllOf(HasSubstr("cannot be reached"), HasSubstr("SSL"), Not(HasSubstr("hunter2"))));
  EXPECT_EQ(server.heard(), "");
}

}  // namespace
}  // namespace recant::database
