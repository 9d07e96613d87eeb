// The Api over use cases whose stores do nothing but what a test tells them: for what happens on
// the wire. That the calls do what they should is shown end to end, on real servers.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../verify/tokens.hpp"
#include "http/api.hpp"
#include "testing/asking_judge.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"
#include "testing/seeded_random.hpp"

namespace recant::http {

using service::AccountResult;
using service::Stored;
using service::StoreUnavailable;

struct FakeAccounts final : service::AccountStore {
  std::optional<service::Account> account;  // nothing: there is none

  AccountResult<service::Account> answer() const {
    if (account) return *account;
    return service::AccountError::not_found;
  }
  Task<AccountResult<void>> add(service::NewAccount) override {
    co_return service::AccountError::taken;
  }
  Task<AccountResult<std::vector<service::Added>>> add_all(
      std::vector<service::NewAccount> accounts) override {
    if (!account) co_return service::AccountError::unavailable;
    std::vector<service::Added> outcomes;
    for (const auto& one : accounts) {
      outcomes.push_back({service::Added::Kind::added, one.user_id});
    }
    co_return outcomes;
  }
  Task<AccountResult<service::Account>> find(core::Username) override { co_return answer(); }
  Task<AccountResult<service::Account>> find(Uuid) override { co_return answer(); }
  Task<AccountResult<service::AccountPage>> list(std::string after, int limit) override {
    last_page = after + "/" + std::to_string(limit);
    co_return service::AccountPage{{*account}, "next-cursor"};
  }
  Task<AccountResult<void>> set_password(Uuid, std::string, std::string) override {
    co_return service::AccountError::unavailable;
  }
  Task<AccountResult<void>> set_disabled(Uuid, bool) override {
    co_return service::AccountError::unavailable;
  }
  Task<AccountResult<void>> remove(Uuid) override { co_return service::AccountError::unavailable; }
  Task<AccountResult<void>> probe() override { co_return AccountResult<void>{}; }

  std::string last_page;
};

/// Lets everybody try, but while `wait` is set.
struct FakeThrottle final : service::LoginThrottle {
  std::optional<seconds> wait;
  Task<service::Stored<std::optional<seconds>>> admit(service::Guess) override { co_return wait; }
  Task<service::Stored<void>> was_right(service::Guess) override {
    co_return service::Stored<void>{};
  }
  Task<service::Stored<void>> was_not_judged(service::Guess) override {
    co_return service::Stored<void>{};
  }
};

struct FakeHasher final : service::PasswordHasher {
  Task<Result<std::string, service::HashError>> hash(SecretString) override {
    co_return service::HashError::busy;
  }
  Task<Result<service::PasswordCheck, service::HashError>> check(std::string,
                                                                 SecretString) override {
    co_return service::PasswordCheck{false, false};
  }
};

struct FakeSessions final : service::SessionStore {
  service::SessionPage page;
  std::optional<service::SessionSight> sight;  // nothing: Redis cannot be asked
  bool has_room = true;                        // else opening one more is denied
  std::string log;                             // what was asked for

  static StoreUnavailable no() { return {"a test"}; }
  Task<Stored<service::LoginGate>> read_gate(core::Subject) override {
    if (has_room) co_return no();
    co_return service::LoginGate{{}, {}, verify::kNow, verify::kNow};
  }
  Task<Stored<service::OpenOutcome>> open(service::NewSession) override {
    co_return service::OpenOutcome{service::OpenOutcome::Kind::session_limit, {}, verify::kNow};
  }
  Task<Stored<service::RotationOutcome>> rotate(service::Rotation) override { co_return no(); }
  Task<Stored<service::SessionSight>> look(core::Subject, Uuid) override {
    if (sight) co_return *sight;
    co_return no();
  }
  Task<Stored<service::SessionPage>> list(core::Subject subject, std::string after,
                                          int limit) override {
    log = subject.text() + "/" + after + "/" + std::to_string(limit);
    co_return page;
  }
  Task<Stored<bool>> close(core::Subject subject, Uuid sid, core::Reason reason,
                           UnixMillis until) override {
    log = subject.text() + "/" + sid.to_string() + "/" + reason.text() + "/" +
          std::to_string(count(until));
    co_return true;
  }
  Task<Stored<bool>> close_existing(core::Subject, Uuid, core::Reason) override { co_return false; }
  Task<Stored<void>> blacklist_session(std::string, core::Reason) override { co_return no(); }
  Task<Stored<service::SubjectRevoked>> revoke_subject(core::Subject, core::Reason) override {
    co_return service::SubjectRevoked{verify::kNow, 3};
  }
  Task<Stored<service::Tidied>> tidy(core::Subject, core::Reason, std::string) override {
    co_return service::Tidied{0, {}};
  }
  Task<Stored<UnixMillis>> revoke_all(core::Reason) override { co_return no(); }
  Task<Stored<service::TokenRevoked>> revoke_token(std::string, UnixSeconds, core::Reason,
                                                   std::optional<core::Subject>) override {
    co_return no();
  }
  Task<Stored<void>> probe() override { co_return no(); }
};

/// No verifier holds one.
struct NoLeases final : service::VerifierLeases {
  Task<Stored<std::optional<milliseconds>>> largest() override {
    co_return std::optional(milliseconds{0});
  }
};

struct FakeReader final : verify::RevocationReader {
  std::optional<verify::RevocationAnswers> answers;  // nothing: Redis cannot be asked
  std::string reason = "logout";

  std::vector<std::string> watched_keys(const verify::Identity&) const override { return {}; }
  milliseconds allow_cached_for() const override { return milliseconds{0}; }
  Task<Result<verify::RevocationAnswers, verify::Unavailable>> ask(
      const verify::Identity&) override {
    if (answers) {
      auto now = *answers;
      now.asked_at = verify::kNow;
      co_return now;
    }
    co_return verify::Unavailable{"a test"};
  }
  Task<Result<core::Reason, verify::Unavailable>> read_reason(verify::RevokedBy,
                                                              const verify::Identity&) override {
    co_return *core::Reason::parse(reason);
  }
};

struct NoMeter final : service::Meter {
  void checked(std::string_view, std::string_view, std::string_view) override {}
  void refreshed(std::string_view) override {}
  void revoked(std::string_view) override {}
  void session_opened() override {}
};

struct FakeAdminKeys final : service::AdminKeyStore {
  using Changed = Result<void, service::AdminKeyError>;
  std::vector<std::string> used;  // names
  Changed answer{service::AdminKeyError::unavailable};

  Task<Changed> add(service::AdminKey, std::string) override { co_return answer; }
  Task<Changed> remove(std::string, std::string) override { co_return answer; }
  void note_used(std::string name, UnixMillis) override { used.push_back(std::move(name)); }
};

struct KeptEvents final : service::EventSink {
  std::vector<std::string> lines;
  void record(service::Event event, const service::Caller& caller,
              const service::EventFields& fields) override {
    lines.push_back(std::string(service::name_of(event)) + " caller=" + caller.actor +
                    " actor=" + std::string(fields.actor) + " " + std::string(fields.detail));
  }
  void administered(const service::Caller& caller, const service::AdminAct& act) override {
    acts.push_back(caller.actor + " " + std::string(act.method) + " " + std::string(act.route) +
                   " " + std::to_string(act.status));
  }
  std::vector<std::string> acts;
};

struct FakeOperations final : Operations {
  std::vector<std::string> wrong;
  std::vector<std::string> worth_seeing;
  Task<std::string> metrics() override { co_return "recant_redis_up 1\n"; }
  Task<std::vector<std::string>> faults() override { co_return wrong; }
  std::vector<std::string> warnings() const override { return worth_seeing; }
};

/// Answers with what it was asked, or with `refusal`.
struct FakeKeyDesk final : service::KeyDesk {
  service::RotateOrder last;
  service::KeyRotation rotation;
  std::optional<service::Failure> refusal;

  Task<service::Outcome<service::KeyRotation>> rotate(service::RotateOrder order,
                                                      service::Caller) override {
    last = std::move(order);
    if (refusal) co_return *refusal;
    co_return rotation;
  }
};

/// A table of header fields and their values.
using Fields = std::vector<std::pair<std::string, std::string>>;

class ApiUnderTest {
 public:
  explicit ApiUnderTest(service::AccountPolicy policy = {}, ApiOptions options = {})
      : accounts_use{account_store, hasher, sign_in, sessions_use, events, clock, random, policy},
        options_(std::move(options)) {
    reader.answers.emplace().session_exists = true;
    reader.answers->policy.emplace();
  }

  Response ask(std::string_view method, std::string_view target, const Fields& fields = {},
               std::string body = {}) {
    const Request_ request(method, target, fields, std::move(body));
    return testing::run(api.handle(*request.request));
  }
  Response post(std::string_view path, std::string body, Fields fields = {}) {
    fields.emplace_back("Content-Type", "application/json");
    return ask("POST", path, fields, std::move(body));
  }

  static service::RefreshSecret secret() { return {{1, 2, 3, 4, 5, 6, 7, 8}, {9}}; }
  void use_ring() { keys.use_keys(std::make_shared<const service::KeyRing>(ring)); }
  static Fields bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }
  static std::string good_token() { return verify::signed_token(verify::Claims{}); }

  FakeAccounts account_store;
  FakeHasher hasher;
  FakeThrottle throttle;
  FakeSessions session_store;
  NoLeases leases;
  FakeReader reader;
  FakeAdminKeys admin_key_store;
  NoMeter meter;
  KeptEvents events;
  FakeOperations operations;
  FakeKeyDesk key_desk;
  service::KeyRing ring{{"k1", verify::signing_key()},
                        jose::KeySet(),
                        service::RefreshTokens({secret()}),
                        R"({"keys":[]})",
                        {}};
  testing::ManualClock clock{verify::kNow};
  testing::SeededRandom random{3};

 private:
  /// Owns what a request's views point into.
  struct Request_ {
    Request_(std::string_view method, std::string_view target, const Fields& fields,
             std::string body) {
      request->method = method;
      const auto question = target.find('?');
      request->path = target.substr(0, question);
      if (question != target.npos) request->query = target.substr(question + 1);
      for (const auto& [name, value] : fields) request->headers.add(name, value);
      request->body = std::move(body);
      request->id = "r1";
      request->client = boost::asio::ip::make_address("192.0.2.1");
    }
    std::unique_ptr<Request> request = std::make_unique<Request>();
  };

  core::SessionLifetimes lifetimes{};
  verify::AccessTokenVerifier verifier = verify::verifier();
  service::TokenIssuer issuer{{"https://issuer.example", {"api"}, "web"},
                              {"k1", verify::signing_key()},
                              service::RefreshTokens({secret()})};
  service::SessionOpener opener{session_store, issuer, random, events, meter, {lifetimes}};
  service::SignIn sign_in{account_store, hasher, throttle, opener, events};
  service::Tidying tidying{session_store};
  service::Sessions sessions_use{session_store, tidying, clock, events, meter};
  service::Accounts accounts_use;
  service::UserImport user_import{account_store, clock, random};
  service::Refresh refresh{session_store, issuer, random, events, meter, lifetimes};
  boost::asio::thread_pool judging{1};
  testing::AskingJudge judge{judging.get_executor(), verifier, reader, clock};
  service::Check check{judge, verifier, clock, meter};
  service::Keys keys{key_desk, std::make_shared<const service::KeyRing>(ring)};
  service::RevocationBound bound{leases, clock};
  service::Revocations revocations{session_store, sessions_use, issuer, verifier,    bound,
                                   clock,         events,       meter,  seconds{900}};
  service::Introspection introspection{check, session_store, issuer, clock, {"api"}, lifetimes};
  service::TokenReturns token_returns{check, revocations, "web"};
  service::AdminKeys admin_key_list{{{"ops", sha256("the-admin-key"), 3},
                                     {"revoker", sha256("the-revoke-key"), 4},
                                     {"keeper", sha256("the-keys-key"), 8},
                                     {"orders", sha256("the-introspect-key"), 16},
                                     {"support", sha256("the-support-key"), 18},
                                     {"api", sha256("the-api-key"), 16}}};
  service::AdminAccess admin{admin_key_list, admin_key_store, events, clock, random};

  static std::string sha256(std::string_view key) { return base64url_encode(crypto::sha256(key)); }

  const ApiOptions options_;

 public:
  Api api{{check, sign_in, refresh, accounts_use, user_import, sessions_use, revocations, keys,
           admin, introspection, token_returns, events},
          operations,
          options_};
};

}  // namespace recant::http
