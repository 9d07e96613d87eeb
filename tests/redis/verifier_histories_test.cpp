// Cached or not, the same verdict: a verifier that remembers and one that remembers nothing judge
// the same tokens through the same random histories, and are compared whenever the first has heard
// of all that was done.
#include <gmock/gmock.h>

#include <functional>
#include <random>
#include <regex>

#include "verifier_world.hpp"

namespace recant::redis {
namespace {

LiveVerifierOptions remembering(std::size_t entries) {
  LiveVerifierOptions options;
  options.cache_entries = entries;
  options.feed.connection.client_name = "verifier";
  return options;
}

class VerifierHistories : public VerifierWorld {
 protected:
  struct Token {
    std::string text, subject, sid, jti;
    UnixSeconds expires_at;
  };

  void play(core::Strategy strategy, unsigned seed, int steps) {
    publish(strategy);
    LiveOne cached(server.target(), seconds{10}, remembering(200), strategy);
    LiveOne uncached(server.target(), seconds{10}, remembering(0), strategy);
    engine_.seed(seed);
    for (const char* name : {"ada", "bob", "cid"}) sign_in(name);
    int hits = 0;
    std::string told;
    for (int step = 0; step < steps; ++step) {
      told += "\n" + std::to_string(step) + ": " + act();
      cached.catch_up();
      uncached.catch_up();
      for (const Token& token : tokens_) {
        const auto first = cached.verdict(token.text);
        hits += first == "valid cache" ? 1 : 0;
        // What ends by itself may do so between the two; then they agree when asked again.
        const bool agree = is_same(first, uncached.verdict(token.text)) ||
                           is_same(cached.verdict(token.text), uncached.verdict(token.text));
        ASSERT_TRUE(agree) << cached.verdict(token.text) << " but without memory "
                           << uncached.verdict(token.text) << ": " << token.subject << " "
                           << token.jti << " after" << told;
      }
    }
    EXPECT_GT(hits, steps) << "else nothing was compared";
  }

 private:
  static bool is_same(const std::string& cached, const std::string& uncached) {
    return cached == uncached || (cached == "valid cache" && uncached == "valid redis");
  }
  std::size_t roll(std::size_t sides) { return engine_() % sides; }
  const Token& any() { return tokens_[roll(tokens_.size())]; }

  void sign_in(const std::string& name) {
    const auto subject = subject_named(name);
    const auto opened = client.open(subject);
    if (tokens_.size() == kMost) tokens_.erase(tokens_.begin());
    tokens_.push_back(
        {token_of(opened), name, opened.sid(), opened.live.jti, opened.live.access.expires_at});
  }

  /// Does something, ours or a foreign hand's; what it was.
  std::string act() {
    const Token token = any();
    const auto subject = subject_named(token.subject);
    const auto sid = *Uuid::parse(token.sid);
    const auto place = keys.whitelisted_jti(token.subject, token.jti);
    const auto reason = core::Reason::admin;
    switch (roll(14)) {
      case 0:
      case 1:
        sign_in(token.subject);
        return token.subject + " signs in";
      case 2:
        client.get(client.store.revoke_token(token.jti, token.expires_at, reason, {}));
        return "we revoke " + token.jti;
      case 3:
        client.get(client.store.close(subject, sid, reason, token.expires_at));
        return "we close the session of " + token.jti;
      case 4:
        if (roll(4) > 0) return "nothing";
        client.get(client.store.revoke_subject(subject, reason));
        return "we end " + token.subject;
      case 5:
        server.run("SET", keys.blacklisted_jti(token.jti), "1", "EX", 900);
        return "a foreign hand blacklists " + token.jti;
      case 6:
        server.run("DEL", keys.blacklisted_jti(token.jti));
        return "a foreign hand takes that back of " + token.jti;
      case 7:
        server.run("DEL", place);
        return "a foreign hand deletes the place of " + token.jti;
      case 8:
        server.run("SET", place, "1", "EX", 900);
        return "a foreign hand gives a place to " + token.jti;
      case 9:
        server.run("SET", place, "1", "PX", 5 + roll(50));
        return "a foreign hand gives a place for a moment to " + token.jti;
      case 10:
        server.run("DEL", keys.blacklisted_session(token.sid));
        return "a foreign hand takes back the end of the session of " + token.jti;
      case 11:
        kill_connections();
        return "the verifiers' connections are killed";
      case 12:
        server.run("PEXPIRE", keys.blacklisted_jti(token.jti), 1);
        return "a foreign hand lets the entry end of " + token.jti;
      default:
        if (roll(8) > 0) return "nothing";
        server.run("FLUSHALL");
        publish(client.policy.goes_by().strategy);
        tokens_.clear();
        for (const char* name : {"ada", "bob", "cid"}) sign_in(name);
        return "Redis is flushed";
    }
  }

  void kill_connections() {
    const auto list = std::string(*server.run("CLIENT", "LIST").text());
    const std::regex verifiers("id=(\\d+) [^\n]* name=verifier ");
    for (std::sregex_iterator one(list.begin(), list.end(), verifiers), end; one != end; ++one) {
      server.run("CLIENT", "KILL", "ID", (*one)[1].str());
    }
  }

  static constexpr std::size_t kMost = 12;
  std::mt19937 engine_;
  std::vector<Token> tokens_;
};

TEST_F(VerifierHistories, Blacklist) { play(core::Strategy::blacklist, 1, 150); }
TEST_F(VerifierHistories, Whitelist) { play(core::Strategy::whitelist, 2, 150); }

}  // namespace
}  // namespace recant::redis
