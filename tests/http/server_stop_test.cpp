// Stopping, and many clients on many threads: also run under ThreadSanitizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "server_fixture.hpp"

namespace recant::http {
namespace {

class ServerStop : public ::testing::TestWithParam<Security> {};
INSTANTIATE_TEST_SUITE_P(Over, ServerStop, ::testing::Values(Security::none, Security::tls),
                         ::testing::PrintToStringParamName());

std::future<void> stopped(TestServer& server) {
  return std::async(std::launch::async, [&server] { server.server->wait(); });
}

bool still_runs(std::future<void>& done) {
  return done.wait_for(milliseconds{50}) == std::future_status::timeout;
}

TEST_P(ServerStop, FinishesWhatIsInFlightAndTakesNothingNew) {
  TestServer server(GetParam());
  auto idle = server.client();
  auto busy = server.client();
  EXPECT_EQ(idle.get("/a").status, 200);
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.gate().waiting == 1; }));

  server.server->drain();
  auto done = stopped(server);
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(eventually([&] {
    try {
      server.client();
      return false;
    } catch (const boost::system::system_error&) {
      return true;
    }
  }));
  EXPECT_TRUE(still_runs(done));
  server.gate().open();
  const auto answer = busy.read();
  EXPECT_EQ(answer.body, "GET /held  127.0.0.1");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(busy.closed());
  done.get();
}

TEST_P(ServerStop, AnswersARequestOfWhichPartHadCome) {
  TestServer server(GetParam());
  auto client = server.client();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
  server.catch_up();
  server.server->drain();
  auto done = stopped(server);
  EXPECT_TRUE(still_runs(done));
  EXPECT_EQ(client.send("dy").read().body, "POST /a body 127.0.0.1");
  EXPECT_TRUE(client.closed());
  done.get();
}

TEST(PlainServerStop, AnswersConnectionsThatTheKernelHadCompleted) {
  TestServer server(Security::none);
  std::promise<void> busy;
  std::promise<void> go_on;
  boost::asio::post(server.threads.io(0), [&] {
    busy.set_value();
    go_on.get_future().wait();  // so that nobody accepts
  });
  busy.get_future().wait();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    clients.back()->send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  server.server->drain();
  go_on.set_value();
  for (const auto& client : clients) EXPECT_EQ(client->read().field("Connection"), "close");
  server.server->wait();
}

TEST_P(ServerStop, WaitsNoLongerThanTheDrainTime) {
  ServerOptions options;
  options.times.drain = milliseconds{5'000};
  TestServer server(GetParam(), options);
  auto busy = server.client();
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.gate().waiting == 1; }));
  server.server->drain();
  auto done = stopped(server);
  EXPECT_TRUE(still_runs(done));
  server.clock.advance(milliseconds{5'100});
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(eventually([&] { return server.gate().passed == 1; }));  // cancelled
  done.get();
}

TEST_P(ServerStop, ASecondSignalEndsAtOnce) {
  TestServer server(GetParam());
  auto busy = server.client();
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.gate().waiting == 1; }));
  server.server->drain();
  auto done = stopped(server);
  EXPECT_TRUE(still_runs(done));
  server.server->abort();  // the clock stands still: nothing waits for it
  EXPECT_TRUE(busy.closed());
  done.get();
}

TEST_P(ServerStop, LosesNoAnswerOfClientsThatKeepAsking) {
  TestServer server(GetParam(), {}, 2);
  std::atomic<int> answers{0};
  std::atomic<int> cut{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      try {
        for (auto client = server.client();;) {
          const Answer answer = client.get("/a");
          EXPECT_EQ(answer.body, "GET /a  127.0.0.1");
          ++answers;
          if (answer.field("Connection") == "close") return;
        }
      } catch (const boost::system::system_error&) {
        ++cut;  // closed while idle, as the next request was on its way; or it came too late
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return answers > 500; }));
  server.server->drain();
  server.server->wait();
  for (auto& client : clients) client.join();
  // Whatever reached a handler was answered, and every answer was read.
  EXPECT_EQ(server.notes.lines().size(), static_cast<std::size_t>(answers.load()));
  EXPECT_LE(cut, 8);
}

}  // namespace
}  // namespace recant::http
