#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "server_fixture.hpp"

namespace recant::http {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// Whatever holds, holds over TLS as well.
class ServerTest : public ::testing::TestWithParam<Security> {};
INSTANTIATE_TEST_SUITE_P(Over, ServerTest, ::testing::Values(Security::none, Security::tls),
                         ::testing::PrintToStringParamName());

std::string code_of(const Answer& answer) {
  const auto body = json::parse(answer.body);
  const auto* code = body ? body->string("code") : nullptr;
  return code == nullptr ? "" : *code;
}

TEST_P(ServerTest, AnswersManyRequestsOnOneConnection) {
  TestServer server(GetParam());
  auto client = server.client();
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask("PUT", "/a", {}, "body");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "PUT /a body 127.0.0.1");
    EXPECT_EQ(answer.field("Date"), "Tue, 14 Nov 2023 22:13:20 GMT");  // the clock's 1,700,000,000
    EXPECT_FALSE(answer.has("Connection"));
  }
  EXPECT_TRUE(eventually([&] { return server.notes.lines().size() == 3; }));
  EXPECT_THAT(server.notes.lines(), ::testing::Each(std::string("/a 200")));
}

TEST_P(ServerTest, AnswersRequestsSentAheadInOrder) {
  TestServer server(GetParam());
  auto client = server.client();
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  }
  client.send(bytes);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.read().body, "POST /" + std::to_string(i) + " x 127.0.0.1");
  }
}

TEST_P(ServerTest, HoldsRequestsSentAheadBackUntilTheirTurn) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.gate().waiting == 1; }));
  EXPECT_EQ(client.socket().available(), 0u);
  server.gate().open();
  EXPECT_EQ(client.read().body, "GET /held  127.0.0.1");
  EXPECT_EQ(client.read().body, "GET /next  127.0.0.1");
}

TEST_P(ServerTest, AnswersHeadWithoutABody) {
  TestServer server(GetParam());
  auto client = server.client();
  const auto head = client.ask("HEAD", "/a");
  EXPECT_EQ(head.field("Content-Length"), std::to_string(std::string("HEAD /a  127.0.0.1").size()));
  EXPECT_EQ(client.get("/b").body, "GET /b  127.0.0.1");  // nothing stood in between
}

TEST_P(ServerTest, SpeaksHttp10) {
  TestServer server(GetParam());
  auto once = server.client();
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.read().status, 200);
  EXPECT_TRUE(once.closed());
  auto kept = server.client();
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.read().field("Connection"), "keep-alive");
  }
}

TEST_P(ServerTest, ClosesWhenAsked) {
  TestServer server(GetParam());
  auto client = server.client();
  EXPECT_EQ(client.get("/a", "Connection: close\r\n").field("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_P(ServerTest, TakesChunkedBodiesAndContinues) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send(
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().body, "POST /a abcde 127.0.0.1");
  EXPECT_EQ(client.get("/b").status, 200);
}

TEST_P(ServerTest, InvitesABodyThatWaits) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().head, "HTTP/1.1 100 Continue\r\n");
  EXPECT_EQ(client.send("body").read().body, "POST /a body 127.0.0.1");

  client.send(
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 413);  // and not 100
  EXPECT_TRUE(client.closed());
}

struct Refusal {
  const char* name;
  std::string bytes;
  int status;
};

/// RFC 9112 §11.2: what follows such a request on the connection is never taken for another one.
TEST_P(ServerTest, RefusesAndClosesWhereFramingIsInDoubt) {
  const std::string smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string post = "POST /a HTTP/1.1\r\nHost: a\r\n";
  const std::vector<Refusal> refusals = {
      {"CL.TE", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled, 400},
      {"TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + smuggled, 400},
      {"TE.TE", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + smuggled,
       400},
      {"TE unknown", post + "Transfer-Encoding: x\r\n\r\n" + smuggled, 400},
      {"folded TE", post + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n" + smuggled, 400},
      {"bare LF", post + "X: y\nTransfer-Encoding: chunked\r\n\r\n" + smuggled, 400},
      {"space before colon", post + "Transfer-Encoding : chunked\r\n\r\n" + smuggled, 400},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + smuggled, 400},
      {"large body", post + "Content-Length: 65537\r\n\r\n" + smuggled, 413},
      {"large chunk", post + "Transfer-Encoding: chunked\r\n\r\n10001\r\n" + smuggled, 413},
      {"large header", post + "X: " + std::string(20'000, 'x') + "\r\n\r\n" + smuggled, 400},
  };
  TestServer server(GetParam());
  for (const auto& [name, bytes, status] : refusals) {
    auto client = server.client();
    const auto answer = client.send(bytes).read();
    EXPECT_EQ(answer.status, status) << name;
    EXPECT_EQ(answer.field("Connection"), "close") << name;
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json") << name;
    EXPECT_EQ(code_of(answer), status == 413 ? "payload_too_large" : "invalid_request") << name;
    EXPECT_TRUE(answer.has("X-Request-Id")) << name;
    EXPECT_TRUE(client.closed()) << name;
  }
  EXPECT_FALSE(server.notes.has("/smuggled 200"));
}

TEST_P(ServerTest, LetsARefusedClientReadTheAnswerWhileItStillSends) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
  client.send(std::string(500'000, 'x'));  // would be cut off by a reset
  EXPECT_EQ(client.read().status, 413);
}

TEST_P(ServerTest, TakesARequestIdThatCanStandInALogAndMakesOneOtherwise) {
  TestServer server(GetParam());
  auto client = server.client();
  EXPECT_EQ(client.get("/a", "X-Request-Id: 0-a.B_\r\n").field("X-Request-Id"), "0-a.B_");
  const auto made = client.get("/a").field("X-Request-Id");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 32u);
  EXPECT_NE(client.get("/a").field("X-Request-Id"), made);
  for (const std::string fields :
       {"X-Request-Id: a b\r\n", "X-Request-Id: \r\n", "X-Request-Id: a\r\nX-Request-Id: a\r\n"}) {
    EXPECT_EQ(client.get("/a", fields).field("X-Request-Id")->size(), 32u) << fields;
  }
}

TEST_P(ServerTest, SlowHeadersAndBodiesEnd) {
  struct Slow {
    const char* bytes;
    const char* detail;
  };
  for (const auto& [bytes, detail] :
       {Slow{"GET / HTTP/1.1\r\nHo", "header did not arrive within 10000 ms"},
        Slow{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab",
             "body did not arrive within 10000 ms"},
        Slow{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n",
             "body did not arrive within 10000 ms"}}) {
    TestServer server(GetParam());
    auto client = server.client();
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(bytes));
    EXPECT_EQ(client.read().status, 200);
    server.catch_up();  // let the rest arrive before time passes
    server.clock.advance(milliseconds{9'000});
    client.send(" ");  // a byte now and then buys no time
    server.catch_up();
    server.clock.advance(milliseconds{1'100});
    const auto answer = client.read();
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr(detail));
    EXPECT_TRUE(client.closed());
  }
}

TEST_P(ServerTest, IdleConnectionsEndWithoutAWord) {
  TestServer server(GetParam());
  auto fresh = server.client();
  auto used = server.client();
  EXPECT_EQ(used.get("/a").status, 200);
  EXPECT_TRUE(eventually([&] { return server.notes.has("/a 200"); }));
  server.clock.advance(milliseconds{11'000});
  EXPECT_TRUE(fresh.closed());  // never asked anything
  EXPECT_EQ(used.get("/b").status, 200);
  EXPECT_TRUE(eventually([&] { return server.notes.has("/b 200"); }));
  server.clock.advance(milliseconds{61'000});
  EXPECT_TRUE(used.closed());
}

TEST_P(ServerTest, ATooSlowHandlerIs503AndEndsInItsOwnTime) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("GET /held HTTP/1.1\r\nHost: a\r\nX-Request-Id: r1\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.gate().waiting == 1; }));
  server.clock.advance(milliseconds{15'100});
  const auto answer = client.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code_of(answer), "unavailable");
  EXPECT_EQ(answer.field("Retry-After"), "1");
  EXPECT_EQ(answer.field("X-Request-Id"), "r1");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(server.gate().passed, 0);
  server.gate().open();
  EXPECT_TRUE(eventually([&] { return server.gate().passed == 1; }));
  EXPECT_EQ(server.client().get("/a").status, 200);
  EXPECT_THAT(server.notes.lines(),
              AllOf(Contains("late /held"), Contains("/held 503"), Not(Contains("/held 200"))));
}

TEST_P(ServerTest, AnExceptionIs503AndTellsNothing) {
  TestServer server(GetParam());
  auto client = server.client();
  for (const char* path : {"/throw", "/throw-code"}) {
    const auto answer = client.get(path);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(code_of(answer), "unavailable");
    EXPECT_THAT(answer.body, Not(HasSubstr("nobody")));
  }
  EXPECT_EQ(client.get("/a").status, 200);  // the connection lives on
  EXPECT_THAT(server.notes.lines(),
              AllOf(Contains("threw /throw std::runtime_error"),
                    Contains(HasSubstr("threw /throw-code boost::system::system_error (system:"))));
  EXPECT_THAT(server.notes.lines(), Not(Contains(HasSubstr("nobody"))));
}

TEST_P(ServerTest, WritesAnswersThatTheSocketDoesNotTakeAtOnce) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  server.catch_up();  // so it has written what the socket took
  EXPECT_EQ(client.read().body.size(), 8'000'000u);
  EXPECT_EQ(client.read().status, 200);
}

TEST_P(ServerTest, AClientThatDoesNotReadEnds) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return client.socket().available() > 0; }));
  server.catch_up();
  server.clock.advance(milliseconds{10'100});
  EXPECT_TRUE(eventually([&] { return server.notes.has("/large 200"); }));
  EXPECT_THROW(client.read(), boost::system::system_error);  // cut off in the middle
}

TEST(PlainServer, MoreConnectionsThanAllowedAre503) {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(Security::none, options, 2);
  auto first = server.client();
  auto second = std::make_unique<RawClient>(server.port);
  EXPECT_EQ(first.get("/a").status, 200);
  EXPECT_EQ(second->get("/a").status, 200);
  auto third = server.client();
  const auto answer = third.read();  // before it has asked
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.has("Retry-After"));
  EXPECT_TRUE(answer.has("X-Request-Id"));
  EXPECT_TRUE(third.closed());
  EXPECT_TRUE(server.notes.has("the limit of connections is reached"));
  second.reset();
  EXPECT_TRUE(eventually([&] {
    try {
      return server.client().get("/a").status == 200;
    } catch (const boost::system::system_error&) {
      return false;  // turned away, and reset because it had asked
    }
  }));
}

TEST_P(ServerTest, BelievesTrustedProxiesOnly) {
  ServerOptions options;
  EXPECT_EQ(TestServer(GetParam(), options).client().get("/a", "X-Forwarded-For: 9.9.9.9\r\n").body,
            "GET /a  127.0.0.1");
  const std::vector<std::string> loopback{"127.0.0.0/8"};
  options.trusted_proxies = *TrustedProxies::parse(loopback);
  EXPECT_EQ(TestServer(GetParam(), options)
                .client()
                .get("/a", "X-Forwarded-For: 1.1.1.1, 9.9.9.9\r\n")
                .body,
            "GET /a  9.9.9.9");
}

TEST(PlainServer, SaysInOneSentenceWhyItCannotListen) {
  TestServer first(Security::none);
  struct Bad {
    std::string address;
    unsigned short port;
    const char* message;
  };
  for (const auto& [address, port, message] : {
           Bad{"127.0.0.1", first.port,
               "the port is in use by another program; stop it or choose another port"},
           Bad{"192.0.2.1", 8080, "this machine has no such address"},
           Bad{"localhost", 8080, "\"localhost\" (server.listen): it is not an IP address"},
       }) {
    ServerOptions options;
    options.address = address;
    options.port = port;
    IoThreads threads(2);
    ScriptedHandler handler(threads.io(0));
    Server second(
        options, first.clock, first.random,
        {{threads.io(0), handler, first.observer}, {threads.io(1), handler, first.observer}});
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error(), AllOf(HasSubstr(address), HasSubstr(message)));
  }
  EXPECT_EQ(first.client().get("/a").status, 200);
}

TEST(PlainServer, ListensAgainAtOnceOnAPortJustLeft) {
  unsigned short port = 0;
  {
    TestServer first(Security::none);
    port = first.port;
    auto client = first.client();
    EXPECT_EQ(client.get("/a", "Connection: close\r\n").status, 200);  // leaves TIME_WAIT behind
  }
  testing::ManualClock clock;
  testing::SeededRandom random{1};
  Notes notes;
  NotingObserver observer(notes);
  IoThreads threads(1);
  ScriptedHandler handler(threads.io(0));
  ServerOptions options;
  options.port = port;
  Server second(options, clock, random, {{threads.io(0), handler, observer}});
  EXPECT_TRUE(second.start());
}

}  // namespace
}  // namespace recant::http
