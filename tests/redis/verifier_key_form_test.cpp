// Verifiers, of which nobody holds one to the form of the keys that its Redis has (docs/adr/0010):
// one of the other form knows nothing, and no verifier accepts what was revoked while keys are
// given their other names.
#include <gmock/gmock.h>

#include <atomic>

#include "redis/key_form.hpp"
#include "redis/policy_store.hpp"
#include "verifier_world.hpp"

namespace recant::redis {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

const crypto::SigningKey& partner_key() {
  static const crypto::SigningKey key = [] {
    crypto::SystemRandom random;
    return *crypto::SigningKey::generate(crypto::Algorithm::eddsa, random);
  }();
  return key;
}

/// Ours, and those of an issuer whose tokens have no session here: nothing but a revocation speaks
/// against one.
std::shared_ptr<const verify::AccessTokenVerifier> tokens_of_both() {
  verify::ForeignIssuer partner{.name = "partner",
                                .issuer = "https://partner.example",
                                .audience = {"api"},
                                .keys = jose::KeySet({{"p1", partner_key().verification_key()}})};
  return std::make_shared<const verify::AccessTokenVerifier>(
      verify::options(), jose::KeySet({{"k1", verify::signing_key().verification_key()}}),
      std::vector{std::move(partner)});
}

std::string partner_token(const std::string& subject) {
  const auto now = count(SystemClock().wall()) / 1000;
  verify::Claims claims;
  claims.drop("sid").set("iss", R"("https://partner.example")").set("sub", '"' + subject + '"');
  claims.set("jti", '"' + subject + '"').set("iat", std::to_string(now - 60));
  claims.set("exp", std::to_string(now + 900));
  return jose::sign_jws(partner_key(), "p1", "at+jwt", claims.text());
}

class VerifierKeyFormTest : public VerifierWorld {
 protected:
  /// What serves with keys of one form, and verifies.
  struct Side {
    Side(const testing::RedisServer& server, bool hash_tags)
        : client(server.target(), hash_tags ? 3 : 2, Keys({"", hash_tags})),
          policy{.max_staleness = core::kLargestStaleness, .keys = client.keys.spelling()},
          verifier(server.target(), core::kLargestStaleness, {}, core::Strategy::blacklist,
                   client.keys) {
      verifier.verifier.use(tokens_of_both());
    }

    KeyForm::State claim(bool may_convert = false) {
      const auto state = client.run(KeyForm(client.connection, client.keys).claim(may_convert));
      if (!state) throw std::runtime_error(state.error().detail);
      return *state;
    }
    void publish() {
      const auto standing =
          client.run(publish_policy(client.connection, client.keys, policy, false));
      ASSERT_TRUE(standing && standing->policy == policy);
    }
    void convert() {
      KeyForm form(client.connection, client.keys);
      ASSERT_TRUE(client.run(form.convert()));
    }
    void end(const std::string& subject) {
      client.get(client.store.revoke_subject(subject_named(subject), core::Reason::admin));
    }

    StoreClient client;
    const core::Policy policy;
    LiveOne verifier;
  };

  void serve_anew(Side& side) {
    server.run("FLUSHALL");
    ASSERT_EQ(side.claim(), KeyForm::State::ours);
    side.publish();
  }

  Side plain{server, false};
  Side tagged{server, true};
};

TEST_F(VerifierKeyFormTest, OneOfTheOtherFormKnowsNothing) {
  for (Side* const right : {&plain, &tagged}) {
    Side& wrong = right == &plain ? tagged : plain;
    serve_anew(*right);
    const std::string own = token_of(right->client.open(alice));
    const std::string living = partner_token("ada"), dead = partner_token("bob");
    right->end("partner/bob");
    right->verifier.catch_up();
    wrong.verifier.beat();
    for (const auto& token : {own, living}) {
      EXPECT_EQ(right->verifier.verdict(token), "valid redis");
      EXPECT_EQ(right->verifier.verdict(token), "valid cache");
    }
    EXPECT_EQ(right->verifier.verdict(dead), "revoked subject");
    for (const auto& token : {own, living, dead}) {
      EXPECT_EQ(wrong.verifier.verdict(token), "unavailable other_keys");
    }
    EXPECT_FALSE(wrong.verifier.verifier.has_lease());
  }
}

TEST_F(VerifierKeyFormTest, WhoeverPutsALostPolicyBackNamesTheForm) {
  for (Side* const right : {&plain, &tagged}) {
    Side& wrong = right == &plain ? tagged : plain;
    serve_anew(*right);
    server.run("FLUSHALL");
    const std::string own = token_of(right->client.open(alice));  // a login
    const std::string dead = partner_token("bob");
    right->end("partner/bob");
    EXPECT_EQ(right->verifier.verdict(own), "valid redis");
    EXPECT_EQ(right->verifier.verdict(dead), "revoked subject");
    for (const auto& token : {own, dead}) {
      EXPECT_EQ(wrong.verifier.verdict(token), "unavailable other_keys");
    }
    EXPECT_EQ(wrong.claim(), KeyForm::State::other) << "nor does a server of that form start";
  }
}

/// Two verifiers, one of either form, that judge the same tokens again and again on a thread of
/// their own.
class Judging {
 public:
  struct Tokens {
    std::vector<std::string> living, dead;
  };
  Judging(std::vector<LiveOne*> verifiers, Tokens tokens)
      : verifiers_(std::move(verifiers)), tokens_(std::move(tokens)), thread_([this] {
          for (; !ended_; ++rounds_) judge_all();
        }) {}
  ~Judging() { end(); }
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;

  /// Until each token has been judged by both at least once more.
  void go_round() {
    for (const int from = rounds_; rounds_ < from + 2;) std::this_thread::yield();
  }
  /// What was said that must not be.
  std::vector<std::string> end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    return wrong_;
  }

 private:
  void judge_all() {
    for (LiveOne* const verifier : verifiers_) {
      for (const auto& token : tokens_.dead) {
        const auto said = verifier->verdict(token);
        if (said.starts_with("valid")) wrong_.push_back("a dead one was " + said);
      }
      for (const auto& token : tokens_.living) {
        const auto said = verifier->verdict(token);
        if (said.starts_with("revoked")) wrong_.push_back("a living one was " + said);
      }
    }
  }

  const std::vector<LiveOne*> verifiers_;
  const Tokens tokens_;
  std::vector<std::string> wrong_;  // the thread's until it has ended
  std::atomic<bool> ended_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

TEST_F(VerifierKeyFormTest, WhatWasRevokedStaysSoWhileKeysAreGivenOtherNames) {
  constexpr int kPeople = 20;
  serve_anew(plain);
  Judging::Tokens tokens;
  for (int i = 0; i < kPeople; ++i) {
    const std::string name = "user" + std::to_string(i);
    auto& of_ours = i % 2 == 0 ? tokens.dead : tokens.living;
    of_ours.push_back(token_of(plain.client.open(subject_named(name))));
    of_ours.push_back(partner_token(name));
    if (i % 2 != 0) continue;
    plain.end(name);
    plain.end("partner/" + name);
  }
  plain.verifier.catch_up();
  Judging judging({&plain.verifier, &tagged.verifier}, tokens);
  judging.go_round();
  for (Side* const next : {&tagged, &plain}) {
    Side& before = next == &plain ? tagged : plain;
    ASSERT_EQ(next->claim(true), KeyForm::State::to_be_given);
    before.verifier.beat();
    judging.go_round();
    // So far it gets, and is interrupted: the first of those who were revoked has no old name.
    server.run("RENAME", before.client.keys.blacklisted_subject("partner/user0"),
               next->client.keys.blacklisted_subject("partner/user0"));
    judging.go_round();
    EXPECT_EQ(before.verifier.verdict(tokens.dead[1]), "unavailable other_keys");
    ASSERT_EQ(next->claim(true), KeyForm::State::to_be_given);
    next->convert();
    next->publish();
    next->verifier.catch_up();
    before.verifier.beat();
    judging.go_round();
    for (const auto& token : tokens.dead) {
      EXPECT_EQ(next->verifier.verdict(token), "revoked subject");
      EXPECT_EQ(before.verifier.verdict(token), "unavailable other_keys");
    }
    for (const auto& token : tokens.living) {
      EXPECT_THAT(next->verifier.verdict(token), StartsWith("valid"));
      EXPECT_EQ(before.verifier.verdict(token), "unavailable other_keys");
    }
  }
  EXPECT_THAT(judging.end(), IsEmpty());
}

}  // namespace
}  // namespace recant::redis
