// The question that a check asks Redis. On a real one, with what the store and foreign services
// write; and on replies of every wrong form, which a real one does not give.
#include "redis/revocation_reader.hpp"

#include <gmock/gmock.h>

#include "../verify/tokens.hpp"
#include "monitor.hpp"
#include "store_world.hpp"

namespace recant::redis {
namespace {

using verify::RevokedBy;

const core::Subject kAlice = subject_named("alice");

verify::Identity token_of(const std::string& subject, const Uuid& sid,
                          const service::LiveGeneration& live) {
  verify::Claims claims;
  claims.set("sub", "\"" + subject + "\"")
      .set("sid", "\"" + sid.to_string() + "\"")
      .set("jti", "\"" + live.jti + "\"")
      .set("iat", std::to_string(count(live.access.issued_at)))
      .set("exp", std::to_string(count(live.access.expires_at)));
  const auto verified = verify::verifier().verify(verify::signed_token(claims), live.now);
  if (!verified) throw std::runtime_error(std::string(name_of(verified.error())));
  return verify::Identity::of(*verified);
}

class RevocationReaderTest : public StoreWorld {
 protected:
  const Keys& keys = client.keys;
  RedisRevocationReader reader{client.connection, client.keys, client.policy};

  void stand(const std::string& policy) { server.run("SET", keys.policy(), in_this_form(policy)); }
  static verify::Identity token_of(const StoreClient::Opened& session) {
    return redis::token_of(session.session.subject.text(), session.session.sid, session.live);
  }
  /// `alive`, `unavailable`, or by what and why it is dead.
  std::string verdict(const verify::Identity& token) {
    const auto answers = client.run(reader.ask(token));
    if (!answers) return "unavailable";
    const auto by = verify::decide_revoked(token, *answers);
    if (!by) return "unavailable";
    if (!*by) return "alive";
    const auto reason = client.run(reader.read_reason(**by, token));
    if (!reason) return "unavailable";
    return std::string(name_of(**by)) + ": " + reason->text();
  }
  std::string verdict(const StoreClient::Opened& session) { return verdict(token_of(session)); }
};

TEST_F(RevocationReaderTest, ALiveTokenIsAlive) {
  EXPECT_EQ(verdict(client.open(kAlice)), "alive");
}

TEST_F(RevocationReaderTest, TellsByWhatAndWhyATokenIsDead) {
  auto session = client.open(kAlice);
  client.get(client.store.revoke_token(session.live.jti, session.live.access.expires_at,
                                       core::Reason::admin, {}));
  EXPECT_EQ(verdict(session), "jti: admin");

  session = client.open(kAlice);
  client.get(client.store.close(kAlice, session.session.sid, core::Reason::logout, {}));
  EXPECT_EQ(verdict(session), "session: logout");

  session = client.open(kAlice);
  client.get(client.store.blacklist_session(session.session.sid.to_string(),
                                            *core::Reason::parse("stolen!")));
  EXPECT_EQ(verdict(session), "session: stolen!");

  session = client.open(kAlice);
  client.get(client.store.revoke_subject(kAlice, core::Reason::password_change));
  EXPECT_EQ(verdict(session), "subject: password_change");
  client.tidy_all(kAlice, core::Reason::password_change);
  EXPECT_EQ(verdict(session), "session: password_change");

  session = client.open(kAlice);
  EXPECT_EQ(verdict(session), "alive") << "a login after the revocation";
  client.get(client.store.revoke_all(core::Reason::admin));
  EXPECT_EQ(verdict(session), "all: admin");
}

TEST_F(RevocationReaderTest, EveryTokenOfASessionDiesWithIt) {
  auto session = client.open(kAlice);
  const auto first = token_of(session);
  session.live = *client.rotate(session.session, 0).live;
  EXPECT_EQ(verdict(first), "alive") << "refreshing does not end the token before";
  EXPECT_EQ(verdict(session), "alive");
  client.get(client.store.close(kAlice, session.session.sid, core::Reason::logout, {}));
  EXPECT_EQ(verdict(first), "session: logout");
  EXPECT_EQ(verdict(session), "session: logout");
}

TEST_F(RevocationReaderTest, WhatForeignServicesWriteCounts) {
  auto session = client.open(kAlice);
  server.run("SET", keys.blacklisted_jti(session.live.jti), "0");
  EXPECT_EQ(verdict(session), "jti: foreign");
  server.run("SET", keys.reason_for_jti(session.live.jti), "two\r\nX-Lines: of a header");
  EXPECT_EQ(verdict(session), "jti: foreign");

  session = client.open(kAlice);
  server.run("SET", keys.blacklisted_session(session.sid()), "");
  EXPECT_EQ(verdict(session), "session: foreign");

  session = client.open(kAlice);
  const auto begun = count(session.session.sid.time());
  server.run("SET", keys.blacklisted_subject("alice"), begun - 1);
  EXPECT_EQ(verdict(session), "alive");
  server.run("SET", keys.blacklisted_subject("alice"), begun);
  EXPECT_EQ(verdict(session), "subject: foreign");
  server.run("DEL", keys.blacklisted_subject("alice"));
  EXPECT_EQ(verdict(session), "alive");
  server.run("SET", keys.blacklisted_all(), "everything");
  EXPECT_EQ(verdict(session), "all: foreign");
}

TEST_F(RevocationReaderTest, R15_AMasterThatWasDemotedIsNotBelieved) {
  const auto session = client.open(kAlice);
  ASSERT_EQ(verdict(session), "alive");
  server.run("REPLICAOF", "127.0.0.1", "1");  // nobody is there: it goes on with what it has
  EXPECT_EQ(verdict(session), "unavailable");
  server.run("REPLICAOF", "NO", "ONE");
  EXPECT_EQ(verdict(session), "alive");
}

TEST_F(RevocationReaderTest, ASessionThatIsLostIsDead) {
  const auto session = client.open(kAlice);
  server.run("FLUSHALL");
  EXPECT_EQ(verdict(session), "lost: foreign");
}

TEST_F(RevocationReaderTest, AKeyOfAnotherTypeIsNotNoKey) {
  const auto session = client.open(kAlice);
  for (const auto& key :
       {keys.blacklisted_jti(session.live.jti), keys.blacklisted_session(session.sid()),
        keys.blacklisted_subject("alice"), keys.blacklisted_all()}) {
    server.run("SADD", key, "1");
    EXPECT_EQ(verdict(session), "unavailable") << key;
    server.run("DEL", key);
    EXPECT_EQ(verdict(session), "alive");
  }
}

TEST_F(RevocationReaderTest, OnTheWhitelistAnyValueIsAliveAndNoneIsDead) {
  client.policy.saw({core::Strategy::whitelist});
  const auto session = client.open(kAlice);
  const auto place = keys.whitelisted_jti("alice", session.live.jti);
  for (const char* value : {"1", "0", "", "dead"}) {
    server.run("SET", place, value);
    EXPECT_EQ(verdict(session), "alive") << value;
  }
  server.run("DEL", place);
  EXPECT_EQ(verdict(session), "whitelist: foreign");
  server.run("SET", keys.reason_for_jti(session.live.jti), "admin");
  EXPECT_EQ(verdict(session), "whitelist: admin") << "the reason that stands";
  server.run("SADD", place, "1");
  EXPECT_EQ(verdict(session), "unavailable");
}

TEST_F(RevocationReaderTest, AnOlderTokenIsDeadUntilItIsRefreshed) {
  auto session = client.open(kAlice);
  stand("v=1 strategy=whitelist");
  EXPECT_EQ(verdict(session), "whitelist: foreign");
  session.live = *client.rotate(session.session, 0).live;
  EXPECT_EQ(verdict(session), "alive");
}

TEST_F(RevocationReaderTest, TheWhitelistIsAskedWhereEitherSaysSo) {
  const auto session = client.open(kAlice);  // never whitelisted
  PolicyInForce lax{{core::Strategy::blacklist}};
  PolicyInForce strict{{core::Strategy::whitelist}};
  const auto alive_for = [&](PolicyInForce& policy) {
    RedisRevocationReader other(client.connection, keys, policy);
    const auto token = token_of(session);
    const auto answers = client.run(other.ask(token));
    return answers && *verify::decide_revoked(token, *answers) == std::nullopt;
  };
  EXPECT_TRUE(alive_for(lax));
  EXPECT_FALSE(alive_for(strict));
  stand("v=1 strategy=whitelist");
  EXPECT_FALSE(alive_for(lax)) << "it learns it from the very answer";
  EXPECT_FALSE(alive_for(lax)) << "and knows it then";
  EXPECT_EQ(lax.goes_by().strategy, core::Strategy::whitelist);
  stand("v=1 strategy=blacklist");
  EXPECT_FALSE(alive_for(strict));
  server.run("SET", keys.whitelisted_jti("alice", session.live.jti), "1");
  EXPECT_TRUE(alive_for(strict));
  EXPECT_TRUE(alive_for(lax));
  EXPECT_EQ(lax.goes_by().strategy, core::Strategy::blacklist) << "back, if that is the policy";
}

TEST_F(RevocationReaderTest, WhatWasIssuedUnderAWhitelistIsAskedForItsPlaceAfterAChangeBack) {
  client.policy.saw({core::Strategy::whitelist});
  const auto older = client.open(kAlice);
  stand("v=1 strategy=blacklist");
  const auto issued = count(*token_of(older).issued_at());
  const auto back_at = [&](std::int64_t second) {
    const UnixSeconds until{seconds{second}};
    stand(core::Policy{core::Strategy::blacklist, until}.text());
  };
  back_at(issued);
  EXPECT_EQ(verdict(older), "alive");
  server.run("DEL", keys.whitelisted_jti("alice", older.live.jti));
  EXPECT_EQ(verdict(older), "whitelist: foreign");

  // Whether or not this process has heard of the change.
  PolicyInForce new_here{{core::Strategy::blacklist}};
  RedisRevocationReader other(client.connection, keys, new_here);
  const auto token = token_of(older);
  for (int time = 0; time < 2; ++time) {
    const auto answers = client.run(other.ask(token));
    ASSERT_TRUE(answers);
    EXPECT_EQ(*verify::decide_revoked(token, *answers), verify::RevokedBy::not_whitelisted);
  }
  back_at(issued - 1);  // it was issued after the change
  PolicyInForce later{{core::Strategy::blacklist}};
  RedisRevocationReader of_later(client.connection, keys, later);
  const auto answers = client.run(of_later.ask(token));
  ASSERT_TRUE(answers);
  EXPECT_FALSE(answers->whitelist) << "nobody asked";
  EXPECT_EQ(*verify::decide_revoked(token, *answers), std::nullopt);
}

TEST_F(RevocationReaderTest, WithoutAPolicyNothingIsAliveAndTheDeadAreDead) {
  const auto session = client.open(kAlice);
  const auto dead = client.open(kAlice);
  client.get(client.store.close(kAlice, dead.session.sid, core::Reason::logout, {}));
  for (const char* policy : {"", "v=2 strategy=blacklist", "v=1", "1"}) {
    server.run("SET", keys.policy(), policy);
    EXPECT_EQ(verdict(session), "unavailable") << policy;
    EXPECT_EQ(verdict(dead), "session: logout") << policy;
  }
  server.run("DEL", keys.policy());
  EXPECT_EQ(verdict(session), "unavailable");
  EXPECT_EQ(verdict(dead), "session: logout");
  server.run("SADD", keys.policy(), "v=1 strategy=blacklist");
  EXPECT_EQ(verdict(session), "unavailable");
  server.run("DEL", keys.policy());
  client.rotate(session.session, 0);
  EXPECT_EQ(verdict(session), "alive") << "whoever issues puts it back";
}

TEST_F(RevocationReaderTest, NamesAreEncodedAsTheStoreEncodesThem) {
  const auto strange = subject_named("a b:{c}%\u00fc");
  const auto session = client.open(strange);
  EXPECT_EQ(verdict(session), "alive");
  const std::string name = "a%20b%3A%7Bc%7D%25\u00fc";
  const KeyOptions form = key_form();
  server.run("SET", form.prefix + "blacklist:user:" + (form.hash_tags ? "{" + name + "}" : name),
             "1");
  EXPECT_EQ(verdict(session), "subject: foreign");
}

TEST_F(RevocationReaderTest, G8_ACheckWritesNothing) {
  const auto alive = client.open(kAlice);
  const auto dead = client.open(kAlice);
  client.get(client.store.close(kAlice, dead.session.sid, core::Reason::logout, {}));
  const auto dirty = [&] {
    const auto reply = server.run("INFO", "persistence");
    const std::string info(reply.text().value());
    const auto at = info.find("rdb_changes_since_last_save:");
    return info.substr(at, info.find('\r', at) - at);
  };
  const auto before = dirty();
  Monitor monitor(server);
  EXPECT_EQ(verdict(alive), "alive");
  EXPECT_EQ(verdict(dead), "session: logout");
  std::size_t asked = 0;
  for (const Seen& command : monitor.seen()) {
    EXPECT_FALSE(is_write(command)) << command.words[0];
    ++asked;
  }
  EXPECT_EQ(asked, 8u + 9u) << "eight questions each, and why the second is dead";
  EXPECT_EQ(dirty(), before);

  client.policy.saw({core::Strategy::whitelist});
  monitor.seen();
  EXPECT_EQ(verdict(alive), "whitelist: foreign");
  asked = 0;
  for (const Seen& command : monitor.seen()) {
    EXPECT_FALSE(is_write(command)) << command.words[0];
    ++asked;
  }
  EXPECT_EQ(asked, 11u) << "the whitelist and the place's end beside them, and the reason";
  EXPECT_EQ(dirty(), before);
}

// --- wrong answers ------------------------------------------------------------------------------

/// Answers everything with the same replies, as many or few as they are.
class Canned final : public Commander {
 public:
  explicit Canned(std::vector<Reply> replies) : replies_(std::move(replies)) {}

 protected:
  Task<Replies> exchange(std::string, std::size_t) override { co_return replies_; }

 private:
  std::vector<Reply> replies_;
};

Reply error_reply(std::string text) { return Reply::text(ReplyKind::error, std::move(text)); }

Reply hello(std::string role) {
  return Reply::aggregate(ReplyKind::map, {Reply::blob("proto"), Reply::integer(3),
                                           Reply::blob("role"), Reply::blob(std::move(role))});
}

TEST(RevocationReaderFormTest, R35_WhateverIsNoAnswerIsUnavailable) {
  service::LiveGeneration live{};
  live.jti = "a-jti";
  live.now = unix_millis(1'700'000'000'000);
  live.access.issued_at = std::chrono::floor<seconds>(live.now);
  live.access.expires_at = live.access.issued_at + seconds{900};
  const auto token = token_of("alice", Uuid::version7(live.now, {}), live);

  const auto answered = [&](std::vector<Reply> replies) {
    Canned redis(std::move(replies));
    PolicyInForce policy{{core::Strategy::whitelist}};
    RedisRevocationReader reader(redis, Keys{key_form()}, policy);
    return testing::run(reader.ask(token)).has_value();
  };
  constexpr std::size_t kExists = 6;
  constexpr std::size_t kEnds = 7;
  const std::vector<Reply> good{Reply::null(),
                                Reply::blob("1"),
                                Reply::null(),
                                Reply::blob("x"),
                                Reply::blob("v=1 strategy=blacklist"),
                                Reply::null(),
                                Reply::integer(1),
                                Reply::integer(1'700'000'900'000),
                                Reply::array({Reply::blob("1700000000"), Reply::blob("1")}),
                                hello("master")};
  ASSERT_TRUE(answered(good));
  auto demoted = good;
  demoted.back() = hello("replica");
  EXPECT_FALSE(answered(demoted));

  const std::vector<Reply> wrong{error_reply("WRONGTYPE Operation against a key"),
                                 error_reply("LOADING Redis is loading"),
                                 error_reply("NOPERM no permissions"),
                                 error_reply("ERR"),
                                 error_reply("MOVED 1 127.0.0.1:1"),
                                 Reply::array({}),
                                 Reply::array({Reply::null()}),
                                 Reply::boolean(false),
                                 Reply::boolean(true),
                                 Reply::real(0),
                                 Reply::aggregate(ReplyKind::map, {}),
                                 Reply::aggregate(ReplyKind::set, {}),
                                 Reply::text(ReplyKind::simple_string, "OK"),
                                 Reply::text(ReplyKind::simple_string, ""),
                                 Reply::text(ReplyKind::verbatim, "1"),
                                 Reply::text(ReplyKind::big_number, "1")};
  for (std::size_t part = 0; part < good.size(); ++part) {
    for (std::size_t w = 0; w < wrong.size(); ++w) {
      auto replies = good;
      replies[part] = wrong[w];
      EXPECT_FALSE(answered(replies)) << "part " << part << ", wrong reply " << w;
    }
    auto replies = good;
    replies[part] = part == kExists || part == kEnds ? Reply::null() : Reply::integer(1);
    EXPECT_FALSE(answered(replies)) << "part " << part << ", the other's form";
  }
  for (const std::int64_t times : {-1, 2}) {
    auto replies = good;
    replies[kExists] = Reply::integer(times);
    EXPECT_FALSE(answered(replies)) << "EXISTS: " << times;
  }
  EXPECT_FALSE(answered({}));
  EXPECT_FALSE(answered({good.begin(), good.end() - 1}));
  auto more = good;
  more.push_back(Reply::null());
  EXPECT_FALSE(answered(more));
}

}  // namespace
}  // namespace recant::redis
