// Promise G4: refresh never forks, and concurrency never logs an honest user out.
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <set>

#include "world.hpp"

namespace recant::service {
namespace {

using std::chrono::minutes;

/// Header and claims: the signature of a repeat is made anew, what it says is the same.
std::string said(const std::string& access_token) {
  return access_token.substr(0, access_token.rfind('.'));
}

TEST(ConcurrentRefresh, O08_SixtyFourClientsWithOneTokenGetOneSuccessor) {
  World world({std::chrono::hours{1}, std::chrono::hours{2}, minutes{15}, seconds{30}});
  world.add_user("alice", "correct horse");
  constexpr int kClients = 64;
  constexpr int kRoundsASession = 25;  // a session has at most 32 live access tokens

  Outcome<Tokens> tokens = world.login("alice", "correct horse").get();
  for (int round = 0; round < rounds(1000); ++round) {
    if (round % kRoundsASession == 0) tokens = world.login("alice", "correct horse").get();
    ASSERT_TRUE(tokens);
    const int rotated_before = world.shared.meter.rotated;
    std::vector<std::future<Outcome<Tokens>>> answers;
    for (int i = 0; i < kClients; ++i) answers.push_back(world.refresh(tokens->refresh_token));

    std::set<std::string> refresh_tokens;
    std::set<std::string> access_tokens;
    for (auto& answer : answers) {
      const auto got = answer.get();
      ASSERT_TRUE(got) << "round " << round << ": " << got.error().detail;
      refresh_tokens.insert(got->refresh_token);
      access_tokens.insert(said(got->access_token));
      tokens = got;
    }
    ASSERT_EQ(refresh_tokens.size(), 1u) << "round " << round;
    ASSERT_EQ(access_tokens.size(), 1u) << "round " << round;
    ASSERT_EQ(world.shared.meter.rotated - rotated_before, 1) << "round " << round;
  }
}

/// Refreshes now and then, each time with the last token that it saw itself.
Task<std::string> browse(Worker& worker, std::string token, milliseconds longest_pause,
                         unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> pause(0, static_cast<int>(longest_pause.count()));
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < 6; ++i) {
    timer.expires_after(milliseconds{pause(random)});
    co_await timer.async_wait(boost::asio::use_awaitable);
    const Caller caller;
    const auto tokens = co_await worker.refresh.refresh(token, caller);
    if (!tokens) co_return tokens.error().detail + " " + tokens.error().reason;
    token = tokens->refresh_token;
  }
  co_return "";
}

TEST(ConcurrentRefresh, EightTabsThatRefreshAtRandomStaySignedIn) {
  // A tab's token is superseded at most one pause before it is used; the rest of the grace is for a
  // slow machine. Access tokens are short, so that 32 live ones are not reached.
  constexpr milliseconds kGrace{4000};
  constexpr milliseconds kLongestPause{1500};
  World world({std::chrono::hours{1}, std::chrono::hours{2}, seconds{1}, kGrace});
  std::vector<std::future<std::string>> tabs;
  for (int user = 0; user < 20; ++user) {
    const std::string name = "user-" + std::to_string(user);
    world.add_user(name, "correct horse");
    const auto tokens = world.login(name, "correct horse").get();
    ASSERT_TRUE(tokens);
    for (unsigned tab = 0; tab < 8; ++tab) {
      Worker& worker = world.worker();
      const unsigned seed = static_cast<unsigned>(user) * 8 + tab;
      tabs.push_back(worker.start(browse(worker, tokens->refresh_token, kLongestPause, seed)));
    }
  }
  for (auto& tab : tabs) EXPECT_EQ(tab.get(), "");
}

}  // namespace
}  // namespace recant::service
