// Security bar R31: docs/security.md, the list in redis/rights and what the reader really sends are
// one and the same. What the server really sends is tests/e2e/redis_access_e2e.py's.
#include "redis/rights.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "monitor.hpp"
#include "testing/repository.hpp"
#include "verifier_world.hpp"

namespace recant::redis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

using Rules = std::vector<std::string>;

/// What the document grants a user, word by word.
Rules documented(const std::string& user) {
  std::ifstream in(testing::repository() / "docs/security.md");
  const std::string begin = "ACL SETUSER " + user + " reset on #<sha256> ";
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(begin)) continue;
    std::istringstream words(line.substr(begin.size()));
    return {std::istream_iterator<std::string>(words), {}};
  }
  throw std::runtime_error("docs/security.md has no line for " + user);
}

/// What it grants a server besides, that is set to do more.
Rules documented_besides() {
  std::ifstream in(testing::repository() / "docs/security.md");
  const std::string begin = "ACL SETUSER recant +";
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(begin)) return {line.substr(begin.size() - 1)};
  }
  throw std::runtime_error("docs/security.md has no line for redis.foreign_writers");
}

Rules only(Rules rules, const std::string& signs) {
  std::erase_if(rules, [&](const std::string& rule) { return signs.find(rule[0]) == signs.npos; });
  return rules;
}

/// Lets in a user of these rights alone, besides the test's own.
std::shared_ptr<const Target> admit(testing::RedisServer& server, const Rules& rules) {
  Command set_user("ACL", "SETUSER", "somebody", "reset", "on", ">pw");
  set_user.add_all(rules);
  EXPECT_TRUE(server.ask(set_user).is_ok());
  auto target = std::make_shared<Target>();
  target->address = server.address();
  target->user = "somebody";
  target->password = SecretString("pw");
  return target;
}

class RightsTest : public StoreWorld {
 protected:
  std::shared_ptr<const Target> admit(const Rules& rules) { return redis::admit(server, rules); }
  Rules missing(const Rules& rules, const Keys& keys = Keys(), ServerDoes does = {}) {
    StoreClient somebody(admit(rules), 7, keys);
    const auto found = somebody.run(missing_rights(somebody.connection, keys, does));
    if (!found) return {"error: " + found.error().detail};
    return *found;
  }
};

Rules without(Rules rules, const std::string& rule) {
  std::erase(rules, rule);
  return rules;
}

TEST_F(RightsTest, R31_TheListIsTheDocuments) {
  const Rules line = documented("recant");
  auto commands = server_commands();
  commands.emplace_back("+hello");  // which is sent, but cannot be denied
  EXPECT_THAT(only(line, "+"), UnorderedElementsAreArray(commands));
  EXPECT_THAT(only(line, "~"), UnorderedElementsAreArray(server_keys(Keys())));
  EXPECT_THAT(only(line, "-"), ElementsAre("-@all"));
  EXPECT_EQ(line.size(), commands.size() + server_keys(Keys()).size() + 1);
}

TEST_F(RightsTest, NothingIsMissingWithTheDocumentsLine) {
  EXPECT_THAT(missing(documented("recant")), IsEmpty());
  EXPECT_THAT(missing({"+@all", "~*"}), IsEmpty());
}

TEST_F(RightsTest, EachRightThatIsMissingIsNamed) {
  const Rules line = documented("recant");
  for (const std::string& rule : line) {
    if (rule == "-@all" || rule == "+hello") continue;
    const auto found = missing(without(line, rule));
    if (rule == "+evalsha") {
      EXPECT_THAT(found, ElementsAre(StartsWith("error: NOPERM"))) << "nothing can be asked";
    } else {
      EXPECT_THAT(found, ElementsAre(rule));
    }
  }
}

TEST_F(RightsTest, R31_WhoeverWalksNeedsTheSecondLineToo) {
  constexpr ServerDoes kWalks{.foreign_writers = true};
  Rules more = server_commands(kWalks);
  for (const auto& rule : server_commands()) more = without(more, rule);
  EXPECT_EQ(more, documented_besides());

  Rules line = documented("recant");
  EXPECT_EQ(missing(line, Keys(), kWalks), documented_besides());
  EXPECT_THAT(missing(without(line, "+zadd"), Keys(), kWalks),
              UnorderedElementsAre("+zadd", "+scan"));
  line.push_back(documented_besides()[0]);
  EXPECT_THAT(missing(line, Keys(), kWalks), IsEmpty());
}

TEST_F(RightsTest, WithoutScriptsNothingCanBeAsked) {
  server.run("SCRIPT", "FLUSH");
  EXPECT_THAT(missing(without(documented("recant"), "+eval")),
              ElementsAre(StartsWith("error: NOPERM")));
}

TEST_F(RightsTest, SeveralAreNamedTogether) {
  Rules line = documented("recant");
  for (const char* rule : {"+zadd", "~recant:*", "+get"}) line = without(line, rule);
  EXPECT_THAT(missing(line), UnorderedElementsAre("+zadd", "~recant:*", "+get"));
}

TEST_F(RightsTest, KeysThatMayOnlyBeReadAreTooFew) {
  Rules line = without(documented("recant"), "~blacklist:*");
  line.emplace_back("%R~blacklist:*");
  EXPECT_THAT(missing(line), ElementsAre("~blacklist:*"));
}

TEST_F(RightsTest, ThePrefixIsPartOfTheKeys) {
  const Keys keys(KeyOptions{"shop:"});
  Rules line = documented("recant");
  EXPECT_THAT(missing(line, keys), ::testing::IsSupersetOf(server_keys(keys)));
  for (std::string& rule : line) {
    if (rule[0] == '~') rule.insert(1, "shop:");
  }
  EXPECT_THAT(missing(line, keys), IsEmpty());
}

TEST_F(RightsTest, TheRemedyIsACommand) {
  EXPECT_EQ(remedy_for({"+zadd", "~recant:*"}, "recant"),
            "grant it by ACL SETUSER recant +zadd ~recant:*; docs/security.md has the whole line");
  EXPECT_THAT(remedy_for({}, ""), HasSubstr("ACL SETUSER default +eval +evalsha;"));
}

// --- the verifier's line ------------------------------------------------------------------------

/// One that does not wait where it is refused.
LiveVerifierOptions impatient() {
  LiveVerifierOptions options;
  options.feed.connection.fail_when_refused = true;
  return options;
}

class VerifiersRightsTest : public VerifierWorld {
 protected:
  VerifiersRightsTest() { publish(core::Strategy::whitelist); }

  /// Every kind of verdict, as a verifier with these rights comes to it, under the whitelist.
  std::vector<std::string> verdicts(const Rules& rules) {
    LiveOne verifier(admit(server, rules), seconds{10}, impatient());
    std::vector<std::string> all;
    const auto judge = [&](const StoreClient::Opened& session) {
      const auto judgement = verifier.ask(token_of(session));
      const bool dead = judgement.verdict == verify::Verdict::revoked;
      all.push_back(!dead                    ? std::string(name_of(judgement.verdict))
                    : !judgement.revoked_why ? "no reason"
                                             : std::string(judgement.cause()));
    };
    auto session = client.open(alice);
    judge(session);
    client.get(client.store.revoke_token(session.live.jti, session.live.access.expires_at,
                                         core::Reason::admin, alice));
    judge(session);
    session = client.open(alice);
    client.get(client.store.close(alice, session.session.sid, core::Reason::logout, {}));
    judge(session);
    session = client.open(alice);
    client.get(client.store.revoke_subject(alice, core::Reason::admin));
    judge(session);
    session = client.open(subject_named("bob"));
    client.get(client.store.revoke_all(core::Reason::admin));
    judge(session);
    return all;
  }
};

TEST_F(VerifiersRightsTest, R31_TheLineGrantsWhatIsReadAndNoMore) {
  const Rules line = documented("verifier");
  EXPECT_THAT(verdicts(line), ElementsAre("valid", "jti", "session", "subject", "all"));
  EXPECT_THAT(server.run("ACL", "LOG").elements(), IsEmpty());
  // Without any of it there is no verdict, and so nobody is let in.
  for (const std::string& rule : line) {
    if (rule == "-@all" || rule == "+hello") continue;
    EXPECT_THAT(verdicts(without(line, rule)),
                Contains(::testing::AnyOf("unavailable", "no reason")))
        << rule;
  }
}

TEST_F(VerifiersRightsTest, R31_WhatAVerifierSendsIsItsLine) {
  Monitor monitor(server);
  const auto session = client.open(alice);
  monitor.seen();
  std::set<std::string> commands;
  {
    LiveOne verifier(admit(server, documented("verifier")), seconds{10}, impatient());
    EXPECT_EQ(verifier.ask(token_of(session)).verdict, verify::Verdict::valid);
    server.run("SET", keys.blacklisted_jti(session.live.jti), "1");
    EXPECT_EQ(verifier.ask(token_of(session)).verdict, verify::Verdict::revoked);
  }
  for (const Seen& seen : monitor.seen()) {
    const auto& name = seen.words[0];
    if (name == "set") continue;  // the test's own
    const bool tracks = name == "client" && seen.words[1] == "TRACKING";
    commands.insert("+" + name + (tracks ? "|tracking" : ""));
  }
  EXPECT_THAT(commands, UnorderedElementsAreArray(only(documented("verifier"), "+")));
}

}  // namespace
}  // namespace recant::redis
