// What holds over TLS alone. All else that holds of a server is tested over both (server_test).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "http/transport.hpp"
#include "server_fixture.hpp"

namespace recant::http {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The bytes of a ClientHello, as OpenSSL writes them.
std::string client_hello() {
  const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(
      ::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&::SSL_free)> ssl(::SSL_new(context.get()), ::SSL_free);
  ::SSL_set_bio(ssl.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
  ::SSL_connect(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(::SSL_get_wbio(ssl.get()), &data);
  return {data, static_cast<std::size_t>(size)};
}

RawClient without_tls(const TestServer& server) { return RawClient(server.port); }

TEST(TlsServer, AHandshakeHasADeadline) {
  const std::string hello = client_hello();
  for (const std::string& begun : {std::string(), hello.substr(0, 1), hello.substr(0, 100)}) {
    TestServer server(Security::tls);
    auto client = without_tls(server);
    client.send(begun);
    server.catch_up();
    server.clock.advance(milliseconds{9'000});
    if (begun.size() > 1) client.send(hello.substr(begun.size(), 1));  // buys no time
    server.catch_up();                                                 // nor are others held up
    server.clock.advance(milliseconds{1'100});
    EXPECT_TRUE(client.closed()) << begun.size();
  }
  // Nor after the server's part of it, which the client does not answer.
  TestServer server(Security::tls);
  auto client = without_tls(server);
  client.send(hello);
  ASSERT_TRUE(eventually([&] { return client.socket().available() > 100; }));
  server.clock.advance(milliseconds{10'100});
  EXPECT_TRUE(eventually([&] {
    std::array<char, 4096> flight{};
    boost::system::error_code ec;
    client.socket().read_some(boost::asio::buffer(flight), ec);
    return ec == boost::asio::error::eof;
  }));
}

TEST(TlsServer, HttpInTheClearIsToldAndClosed) {
  TestServer server(Security::tls);
  auto client = without_tls(server);
  const auto answer = client.get("/a");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("https://"));
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(eventually([&] { return server.notes.has(" 400"); }));  // of no path
  EXPECT_FALSE(server.notes.has("/a 200"));
}

TEST(TlsServer, WhatIsNoTlsIsClosedWithoutAWord) {
  for (const std::string& bytes : {std::string("\0\0\0\0", 4), std::string("\x80\x2e\x01"),
                                   std::string("get / HTTP/1.1\r\n\r\n"), std::string("\xff")}) {
    TestServer server(Security::tls);
    auto client = without_tls(server);
    client.send(bytes);
    EXPECT_TRUE(client.closed());
  }
}

TEST(TlsServer, ABrokenHandshakeEndsWithAnAlertAndANote) {
  TestServer server(Security::tls);
  auto client = without_tls(server);
  std::string hello = client_hello();
  hello[5] = '\x7f';  // RFC 8446 §4: no such message
  client.send(hello);
  char alert = 0;
  boost::asio::read(client.socket(), boost::asio::buffer(&alert, 1));
  EXPECT_EQ(alert, 0x15);  // RFC 8446 §5.1
  EXPECT_TRUE(eventually([&] { return !server.notes.lines().empty(); }));
  EXPECT_THAT(server.notes.lines(), Contains(StartsWith("not secured 127.0.0.1 ")));
}

TEST(TlsServer, AClientThatOnlyKnocksIsNoNews) {
  TestServer server(Security::tls);
  { auto client = without_tls(server); }  // a load balancer that looks whether somebody listens
  EXPECT_EQ(server.client().get("/a").status, 200);
  EXPECT_TRUE(eventually([&] { return server.notes.has("/a 200"); }));
  server.server->abort();
  server.server->wait();
  EXPECT_THAT(server.notes.lines(), ::testing::ElementsAre("/a 200"));
}

std::string name_in_certificate(RawClient& client) {
  const std::unique_ptr<X509, decltype(&::X509_free)> certificate(
      ::SSL_get1_peer_certificate(client.ssl()), ::X509_free);
  std::array<char, 64> name{};
  ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate.get()), NID_commonName,
                              name.data(), static_cast<int>(name.size()));
  return name.data();
}

TEST(TlsServer, ARenewedCertificateServesNewConnectionsAndDropsNone) {
  TestServer server(Security::tls, {}, 2);
  auto old = server.client();
  EXPECT_EQ(old.get("/a").status, 200);
  EXPECT_EQ(name_in_certificate(old), "localhost");
  server.server->secure(context_of(Certificate(Certificate::Kind{.name = "renewed"})));
  for (int i = 0; i < 8; ++i) {
    auto fresh = server.client();
    EXPECT_EQ(name_in_certificate(fresh), "renewed");
    EXPECT_EQ(fresh.get("/b").status, 200);
  }
  EXPECT_EQ(old.get("/c").status, 200);
}

TEST(TlsServer, MoreConnectionsThanAllowedAreClosed) {
  ServerOptions options;
  options.max_connections = 1;
  TestServer server(Security::tls, options);
  auto first = server.client();
  EXPECT_EQ(first.get("/a").status, 200);
  auto second = without_tls(server);
  EXPECT_TRUE(second.closed());
  EXPECT_TRUE(server.notes.has("the limit of connections is reached"));
  EXPECT_EQ(first.get("/b").status, 200);
}

TEST(TlsServer, AnEndIsSaid) {
  TestServer server(Security::tls);
  auto asked = server.client();
  auto idle = server.client();
  EXPECT_EQ(asked.get("/a", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(asked.closed());
  EXPECT_EQ(::SSL_get_shutdown(asked.ssl()), SSL_RECEIVED_SHUTDOWN);
  EXPECT_EQ(idle.get("/b").status, 200);
  EXPECT_TRUE(eventually([&] { return server.notes.has("/b 200"); }));
  server.clock.advance(milliseconds{61'000});
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(::SSL_get_shutdown(idle.ssl()), SSL_RECEIVED_SHUTDOWN);
}

TEST(TlsServer, HandshakesEndWhenItStops) {
  TestServer server(Security::tls);
  auto silent = without_tls(server);
  auto begun = without_tls(server);
  begun.send(client_hello().substr(0, 50));
  server.catch_up();
  server.server->drain();
  EXPECT_TRUE(silent.closed());
  server.server->abort();
  EXPECT_TRUE(begun.closed());
  server.server->wait();
}

/// Soon, unless nobody reads.
bool can_be_written(int socket) {
  pollfd ready{socket, POLLOUT, 0};
  return ::poll(&ready, 1, 2000) == 1;
}

/// Reads for as long as something comes.
Task<void> read_on(Transport& transport, boost::system::error_code& ended) {
  std::array<char, 1024> room{};
  std::array<char, 1024> scratch{};
  for (;;) {
    const auto received = co_await transport.read_secured(room, scratch);
    ended = received.ec;
    if (ended) co_return;
  }
}

// Each KeyUpdate that asks for another makes TLS answer (RFC 8446 §4.6.3). A client that asks on
// and never reads fills what the kernel takes; from then on nothing of it is read, and its end may
// come in the middle of what TLS has to say.
TEST(TlsTransport, AClientThatAsksOnAndNeverReadsFillsNoMemory) {
  namespace asio = boost::asio;
  using asio::ip::tcp;
  int ends[2];  // full when they are full, which of TCP only its timers know
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  asio::io_context io;
  boost::system::error_code ended;
  Transport transport(tcp::socket(io, tcp::v4(), ends[0]),
                      context_of(Certificate(Certificate::Kind{})));
  asio::co_spawn(io, read_on(transport, ended), asio::detached);
  std::thread thread([&] { io.run(); });
  TlsEnd client(ends[1]);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  bool stuck = false;
  for (int i = 0; i < 1'000'000 && !stuck; ++i) {
    ::SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
    stuck = ::SSL_do_handshake(client.ssl()) != 1 && !can_be_written(ends[1]);
  }
  EXPECT_TRUE(stuck) << "it read on without being read";
  asio::post(io, [&] {
    boost::system::error_code ec;
    transport.end_sending(ec);
    transport.socket().close(ec);
  });
  thread.join();
  ::close(ends[1]);
  EXPECT_EQ(ended, asio::error::broken_pipe);
}

}  // namespace
}  // namespace recant::http
