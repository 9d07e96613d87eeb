// Security bar A11, R33: the connection under TLS, to a real redis-server that speaks nothing else,
// and to what is not what it ought to be. Nothing of ours may reach those who are not believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "../tls_certificates.hpp"
#include "client.hpp"
#include "testing/free_port.hpp"
#include "testing/redis_server.hpp"

namespace recant::redis {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RedisServer;
using Kind = Certificate::Kind;

/// Where PEM files lie.
class Shelf {
 public:
  Shelf() {
    std::string pattern = "/tmp/recant-tls-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory in /tmp");
    directory_ = pattern;
  }
  ~Shelf() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;

  std::string put(const std::string& name, const std::string& text) const {
    const fs::path file = directory_ / name;
    // Renamed into place, as whoever renews certificates does.
    std::ofstream(directory_ / "new") << text;
    fs::rename(directory_ / "new", file);
    return file;
  }

 private:
  fs::path directory_;
};

class TlsConnectionTest : public ::testing::Test {
 protected:
  const Shelf shelf_;
  const Certificate root_{Kind{.name = "Our Root"}};
  const Certificate other_root_{Kind{.name = "Another Root"}};
  const Certificate own_{Kind{.name = "recant"}, &root_};
  const std::uint16_t port_ = testing::free_port();

  /// Also on a Unix socket, for the test to look at it.
  std::unique_ptr<RedisServer> serve(const Certificate& certificate,
                                     const std::string& clients = "yes") const {
    return std::make_unique<RedisServer>(
        std::vector<std::string>{"bind 127.0.0.1", "tls-port " + std::to_string(port_),
                                 "tls-cert-file " + shelf_.put("server.pem", certificate.pem()),
                                 "tls-key-file " + shelf_.put("server.key", certificate.key_pem()),
                                 "tls-ca-cert-file " + shelf_.put("clients.pem", root_.pem()),
                                 "tls-auth-clients " + clients});
  }
  TlsFiles files() const {
    return {shelf_.put("ca.pem", root_.pem()), shelf_.put("own.pem", own_.pem()),
            shelf_.put("own.key", own_.key_pem())};
  }
  std::shared_ptr<const Target> target(TlsFiles files,
                                       const std::string& host = "127.0.0.1") const {
    auto target = std::make_shared<Target>();
    target->address = TcpAddress{host, port_};
    target->tls = std::move(files);
    target->password = SecretString("hunter2");
    return target;
  }
  /// Why no connection comes about; that it does is a failure of the test.
  static std::string refusal(std::shared_ptr<const Target> target) {
    ConnectionOptions options;
    options.timeout = 2s;
    options.connect_timeout = 20s;
    Client client(std::move(target), options);
    while (client.watcher.reasons.empty() && client.watcher.ups == 0) client.io.run_one();
    EXPECT_EQ(client.watcher.ups, 0);
    return client.watcher.reasons.empty() ? "(connected)" : client.watcher.reasons.front();
  }
  /// How often HELLO was said to it.
  static std::string greetings(RedisServer& server) {
    const auto info = server.run("INFO", "commandstats");
    const std::string text(info.text().value());
    const auto at = text.find("cmdstat_hello:");
    return at == std::string::npos ? "none" : text.substr(at, text.find(',', at) - at);
  }
};

std::shared_ptr<const Target> without_password(const std::shared_ptr<const Target>& target) {
  auto same = std::make_shared<Target>();
  same->address = target->address;
  same->tls = target->tls;
  return same;
}

TEST_F(TlsConnectionTest, AsksAndIsAnswered) {
  for (const Kind::Key key : {Kind::ec, Kind::rsa, Kind::ed25519}) {
    const Certificate certificate{Kind{.key = key}, &root_};
    const auto server = serve(certificate);
    Client client(without_password(target(files())), patient());
    EXPECT_TRUE(client.run("PING"));
    EXPECT_EQ(client.watcher.ups, 1);
    // More than a TLS record, a read and a socket's buffer hold, both ways.
    const std::string much(3'000'000, 'x');
    EXPECT_TRUE(client.run("SET", "much", much)->is_ok());
    EXPECT_EQ(client.run("GET", "much")->text(), much);
  }
}

TEST_F(TlsConnectionTest, ManyAtOnceAreAnsweredInOrder) {
  const auto server = serve(Certificate{Kind{}, &root_});
  Client client(without_password(target(files())), patient());
  constexpr int kMany = 2000;
  std::vector<std::int64_t> answers;
  for (int i = 0; i < kMany; ++i) {
    asio::co_spawn(
        client.io,
        [](Client& of, std::vector<std::int64_t>& out) -> Task<void> {
          const Command increment("INCR", "n");
          const auto reply = co_await of.connection.run(increment);
          if (reply) out.push_back(reply->integer().value_or(-1));
        }(client, answers),
        asio::detached);
  }
  while (answers.size() < kMany && client.io.run_one() > 0) {
  }
  for (int i = 0; i < kMany; ++i) ASSERT_EQ(answers[static_cast<std::size_t>(i)], i + 1);
}

TEST_F(TlsConnectionTest, Tls12IsSpokenToo) {
  const Certificate certificate{Kind{}, &root_};
  const auto server = serve(certificate);
  server->run("CONFIG", "SET", "tls-protocols", "TLSv1.2");
  Client client(without_password(target(files())), patient());
  EXPECT_TRUE(client.run("PING"));
  EXPECT_THAT(refusal(target({files().ca, "", ""})), HasSubstr("it wants a client certificate"));
}

TEST_F(TlsConnectionTest, ComesBackWhenTheServerDoes) {
  const auto server = serve(Certificate{Kind{}, &root_});
  Client client(without_password(target(files())), patient());
  ASSERT_TRUE(client.run("PING"));
  server->kill();
  server->start();
  EXPECT_TRUE(client.eventually(Command("PING")).text() == "PONG");
  EXPECT_EQ(client.watcher.ups, 2);
}

struct Unbelieved {
  std::string about;
  Kind kind;
  bool by_other = false;
  std::string host = "127.0.0.1";
  std::string why;
};

TEST_F(TlsConnectionTest, A11_WhoIsNotBelievedHearsNothing) {
  const std::vector<Unbelieved> cases = {
      {"expired",
       {.from_seconds = -7200, .until_seconds = -3600},
       false,
       "127.0.0.1",
       "expired on"},
      {"early", {.from_seconds = 3600, .until_seconds = 7200}, false, "127.0.0.1", "the clocks"},
      {"another's name",
       {.name = "elsewhere", .alternatives = "DNS:elsewhere,IP:10.0.0.1"},
       false,
       "127.0.0.1",
       "is for elsewhere, 10.0.0.1 and not for 127.0.0.1"},
      {"another's name",
       {.name = "elsewhere", .alternatives = "DNS:elsewhere"},
       false,
       "localhost",
       "is for elsewhere and not for localhost"},
      {"only a CN",
       {.alternatives = ""},
       false,
       "localhost",
       "is for nobody and not for localhost"},
      {"another authority", {}, true, "127.0.0.1", "signed by CN=Another Root"},
  };
  for (const Unbelieved& c : cases) {
    const Certificate certificate{c.kind, c.by_other ? &other_root_ : &root_};
    const auto server = serve(certificate, "no");
    EXPECT_THAT(
        refusal(target(files(), c.host)),
        AllOf(HasSubstr("cannot connect to Redis at"), HasSubstr(c.why), Not(HasSubstr("hunter2"))))
        << c.about;
    EXPECT_EQ(greetings(*server), "none") << c.about;
  }
}

TEST_F(TlsConnectionTest, TheSystemsAuthoritiesAreAskedWhereNoneIsNamed) {
  const auto server = serve(Certificate{Kind{}, &root_}, "no");
  EXPECT_THAT(refusal(target({})), AllOf(HasSubstr("CN=Our Root"), HasSubstr("redis.ca")));
  EXPECT_EQ(greetings(*server), "none");
}

TEST_F(TlsConnectionTest, ServersThatWantAnotherCertificateAreUnderstood) {
  const auto server = serve(Certificate{Kind{}, &root_});
  EXPECT_THAT(refusal(target({files().ca, "", ""})),
              HasSubstr("it wants a client certificate; set redis.cert and redis.key"));
  const Certificate strange{Kind{.name = "recant"}, &other_root_};
  EXPECT_THAT(refusal(target({files().ca, shelf_.put("strange.pem", strange.pem()),
                              shelf_.put("strange.key", strange.key_pem())})),
              AllOf(HasSubstr("refuses our client certificate"), HasSubstr("redis.cert")));
  EXPECT_EQ(greetings(*server), "none");
}

TEST_F(TlsConnectionTest, FilesThatCannotBeReadAreNamed) {
  EXPECT_THAT(refusal(target({"/nowhere/ca.pem", "", ""})),
              HasSubstr("redis.ca /nowhere/ca.pem cannot be read: No such file"));
  EXPECT_THAT(refusal(target({shelf_.put("ca.pem", ""), "", ""})), HasSubstr("0 bytes"));
  EXPECT_THAT(refusal(target({shelf_.put("ca.pem", "x"), "", ""})),
              AllOf(HasSubstr("redis.ca"), HasSubstr("no PEM certificate")));
  const std::string locked = shelf_.put("locked.key", own_.key_pem("a passphrase"));
  EXPECT_THAT(refusal(target({"", files().cert, locked})),
              AllOf(HasSubstr("redis.key " + locked), HasSubstr("passphrase")));
  EXPECT_THAT(refusal(target({"", files().cert, shelf_.put("root.key", root_.key_pem())})),
              HasSubstr("not that of the certificate"));
}

TEST_F(TlsConnectionTest, RenewedFilesCountFromTheNextConnection) {
  const Certificate expired{Kind{.name = "recant", .from_seconds = -7200, .until_seconds = -3600},
                            &root_};
  const auto server = serve(Certificate{Kind{}, &root_});
  TlsFiles used = files();
  shelf_.put("ca.pem", other_root_.pem());
  shelf_.put("own.pem", expired.pem());
  shelf_.put("own.key", expired.key_pem());
  Client client(without_password(target(used)), patient());
  const auto told = [&](const std::string& words) {
    const auto hang = std::chrono::steady_clock::now() + 60s;
    while (client.watcher.reasons.empty() ||
           client.watcher.reasons.back().find(words) == std::string::npos) {
      if (std::chrono::steady_clock::now() > hang) throw std::runtime_error("never: " + words);
      client.io.run_one_for(1s);
    }
  };
  told("CN=Our Root");
  shelf_.put("ca.pem", root_.pem());
  told("refuses our client certificate");
  shelf_.put("own.pem", own_.pem());
  told("not that of the certificate");  // one file after the other: half-way they do not match
  shelf_.put("own.key", own_.key_pem());
  EXPECT_EQ(client.eventually(Command("PING")).text(), "PONG");
  EXPECT_EQ(client.watcher.ups, 1);
  // And those who are no longer believed are not, from the next connection on.
  shelf_.put("ca.pem", other_root_.pem());
  EXPECT_EQ(client.run("PING")->text(), "PONG");
  server->kill();
  server->start();
  told("CN=Our Root");
  EXPECT_EQ(client.watcher.ups, 1);
}

/// Takes connections, answers with `answer` once something has come, and keeps what that was.
class Listener {
 public:
  Listener(asio::io_context& io, std::string answer, bool closes)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
        answer_(std::move(answer)),
        closes_(closes) {
    accept();
  }
  std::shared_ptr<const Target> target() const {
    auto target = std::make_shared<Target>();
    target->address = TcpAddress{"127.0.0.1", acceptor_.local_endpoint().port()};
    target->tls.emplace();
    target->user = "alice";
    target->password = SecretString("hunter2");
    return target;
  }
  std::string heard;

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, asio::ip::tcp::socket s) {
      if (error) return;
      sockets_.push_back(std::make_unique<asio::ip::tcp::socket>(std::move(s)));
      read(*sockets_.back());
      accept();
    });
  }
  void read(asio::ip::tcp::socket& socket) {
    socket.async_read_some(asio::buffer(bytes_),
                           [this, &socket](const boost::system::error_code& error, std::size_t n) {
                             if (error) return;
                             heard.append(bytes_.data(), n);
                             boost::system::error_code ignored;
                             socket.write_some(asio::buffer(answer_), ignored);
                             if (closes_) {
                               socket.close(ignored);
                             } else {
                               read(socket);
                             }
                           });
  }
  asio::ip::tcp::acceptor acceptor_;
  const std::string answer_;
  const bool closes_;
  std::array<char, 4096> bytes_{};
  std::vector<std::unique_ptr<asio::ip::tcp::socket>> sockets_;
};

struct NotTls {
  std::string answer;
  bool closes;
  std::string why;
};

TEST_F(TlsConnectionTest, A11_WhatDoesNotSpeakTlsHearsNothingInTheClear) {
  const std::vector<NotTls> cases = {
      {"-ERR unknown command\r\n", false, "it does not speak TLS on this port"},
      {"%2\r\n+proto\r\n:3\r\n+role\r\n+master\r\n", false, "it does not speak TLS"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", true, "it does not speak TLS"},
      {"", true, "rediss:// needs a port that speaks TLS"},
      {"\x15\x03\x01", true, "rediss:// needs a port that speaks TLS"},
      {"", false, "did not take the connection within 300 ms (rediss:// needs a port that speaks"},
  };
  for (const NotTls& c : cases) {
    SystemClock clock;
    testing::SeededRandom random{1};
    asio::io_context io;
    Listener listener(io, c.answer, c.closes);
    Watcher watcher;
    ConnectionOptions options;
    options.connect_timeout = c.why.starts_with("did") ? 300ms : 20s;
    Connection connection(io.get_executor(), listener.target(), options, clock, random, &watcher);
    // Several attempts: none of them falls back.
    asio::steady_timer pause(io, 700ms);
    bool over = false;
    pause.async_wait([&](const boost::system::error_code&) { over = true; });
    while (!over || watcher.reasons.empty()) io.run_one();
    EXPECT_THAT(watcher.reasons, Contains(HasSubstr(c.why))) << c.why;
    EXPECT_EQ(watcher.ups, 0);
    EXPECT_EQ(listener.heard.at(0), '\x16') << "a TLS handshake record";
    EXPECT_THAT(listener.heard,
                AllOf(Not(HasSubstr("HELLO")), Not(HasSubstr("hunter2")), Not(HasSubstr("alice"))));
  }
}

TEST_F(TlsConnectionTest, InTheClearAPortOfTlsIsNamed) {
  const auto server = serve(Certificate{Kind{}, &root_}, "no");
  auto plain = std::make_shared<Target>();
  plain->address = TcpAddress{"127.0.0.1", port_};
  EXPECT_THAT(refusal(plain), HasSubstr("if this port speaks TLS, write rediss:// in redis.url"));
}

// TCP is taken by the kernel of a server that hangs; TLS and HELLO are not.
TEST_F(TlsConnectionTest, AServerThatHangsIsGivenUpInEachOfItsStates) {
  const auto server = serve(Certificate{Kind{}, &root_});
  server->pause();
  ConnectionOptions options;
  options.connect_timeout = 200ms;
  options.timeout = 200ms;
  Client client(without_password(target(files())), options);
  while (client.watcher.reasons.empty()) client.io.run_one();
  EXPECT_THAT(client.watcher.reasons.front(), HasSubstr("did not take the connection within 200"));
  EXPECT_EQ(client.error("PING"), RedisErrc::not_connected);
  server->resume();
  EXPECT_EQ(client.eventually(Command("PING")).text(), "PONG");

  // Half-open: connected, and then nothing.
  client.watcher.reasons.clear();
  server->pause();
  EXPECT_EQ(client.error("PING"), RedisErrc::timeout);
  // The next attempt may have failed already, for the other reason.
  EXPECT_THAT(client.watcher.reasons, Contains(HasSubstr("no answer from Redis")));
  server->resume();
  EXPECT_EQ(client.eventually(Command("PING")).text(), "PONG");
}

TEST_F(TlsConnectionTest, EndsWhileItIsBeingSecured) {
  const auto server = serve(Certificate{Kind{}, &root_});
  server->pause();
  {
    Client client(without_password(target(files())), patient());
    client.io.run_for(100ms);
  }
  Client client(without_password(target(files())), patient());
  client.io.run_for(100ms);
  testing::run(client.io, client.connection.stop());
  server->resume();
}

}  // namespace
}  // namespace recant::redis
