#include "embed/engine.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <list>
#include <mutex>
#include <utility>

#include "embed/checked_writer.hpp"
#include "redis/connection.hpp"
#include "redis/policy_in_force.hpp"
#include "redis/revocation_reader.hpp"
#include "verify/revocation.hpp"

namespace recant::embed {

namespace asio = boost::asio;
using verify::VerifiedToken;

namespace {

constexpr std::string_view kStopped = "the verifier is being destroyed";

CheckedParts parts_of(const VerifiedToken& token) {
  return {.verdict = Verdict::valid,
          .subject = token.subject().text(),
          .session = token.session(),
          .scope = token.scope(),
          .client_id = token.client_id(),
          .issuer = token.issuer_name(),
          .audience = token.audience(),
          .expires_at = token.expires_at()};
}

Checked judge(const VerifiedToken& token,
              const Result<verify::RevocationAnswers, verify::Unavailable>& answers) {
  if (!answers) return CheckedWriter::unavailable(answers.error().why);
  const auto revoked = verify::decide_revoked(token, *answers);
  if (!revoked) return CheckedWriter::unavailable(revoked.error().why);
  CheckedParts parts = parts_of(token);
  if (*revoked) {
    parts.verdict = Verdict::revoked;
    parts.reason = verify::name_of(**revoked);
  }
  return CheckedWriter::write(parts);
}

}  // namespace

class Engine::Impl final : public redis::ConnectionObserver {
 public:
  Impl(IoThread& thread, const Plan& plan, VerifierPtr verifier, const Clock& clock,
       RandomSource& random, const Log& log)
      : executor_(thread.context().get_executor()),
        target_(plan.redis),
        connection_options_(plan.connection),
        keys_(plan.keys),
        clock_(clock),
        random_(random),
        log_(log),
        verifier_(std::move(verifier)) {}

  void start() {
    connection_.emplace(executor_, target_, connection_options_, clock_, random_, this);
    reader_.emplace(*connection_, keys_, policy_);
  }

  void use(VerifierPtr verifier) {
    const std::lock_guard lock(mutex_);
    verifier_ = std::move(verifier);
  }

  void check(std::string token, Done done) {
    const auto verified = verifier()->verify(token, clock_.wall());
    if (!verified) {
      done(CheckedWriter::write(
          {.verdict = Verdict::invalid, .reason = verify::name_of(verified.error())}));
      return;
    }
    asio::post(executor_, [this, verified = *verified, done = std::move(done)]() mutable {
      if (!reader_ || stopping_) return done(CheckedWriter::unavailable(kStopped));
      ++pending_;
      asio::co_spawn(executor_, ask(std::move(verified), std::move(done)), asio::detached);
    });
  }

  std::string why_not_ready() const {
    const std::lock_guard lock(mutex_);
    return why_down_;
  }

  void stop(std::function<void()> then) {
    stopping_ = true;
    then_ = std::move(then);
    connection_.reset();  // what is in flight ends as lost
    if (pending_ == 0) then_();
  }

 private:
  VerifierPtr verifier() const {
    const std::lock_guard lock(mutex_);
    return verifier_;
  }

  Task<void> ask(VerifiedToken token, Done done) {
    Checked checked;
    try {
      const auto answers = co_await reader_->ask(token);
      checked = stopping_ ? CheckedWriter::unavailable(kStopped) : judge(token, answers);
    } catch (const std::exception& error) {
      checked = CheckedWriter::unavailable(error.what());
    }
    done(checked);
    --pending_;
    if (stopping_ && pending_ == 0) then_();
  }

  void up() override { note({}); }
  void down(std::string_view why) override {
    note("Redis " + to_string(target_->address) + " is not there: " + std::string(why));
  }
  void note(std::string why) {
    why.empty() ? log_.info("Redis " + to_string(target_->address) + " is there.")
                : log_.warning(why + ".");
    const std::lock_guard lock(mutex_);
    why_down_ = std::move(why);
  }

  const asio::any_io_executor executor_;
  const std::shared_ptr<const redis::Target> target_;
  const redis::ConnectionOptions connection_options_;
  const redis::Keys keys_;
  const Clock& clock_;
  RandomSource& random_;
  const Log& log_;
  redis::PolicyInForce policy_{core::Policy{}};

  // The library's thread's.
  std::optional<redis::Connection> connection_;
  std::optional<redis::RedisRevocationReader> reader_;
  std::size_t pending_ = 0;
  bool stopping_ = false;
  std::function<void()> then_;

  mutable std::mutex mutex_;  // of all below
  VerifierPtr verifier_;
  std::string why_down_ = "Redis has not been reached yet";
};

Engine::Engine(IoThread& thread, const Plan& plan, VerifierPtr verifier, const Clock& clock,
               RandomSource& random, const Log& log)
    : impl_(std::make_unique<Impl>(thread, plan, std::move(verifier), clock, random, log)) {}

Engine::~Engine() = default;

void Engine::start() { impl_->start(); }
void Engine::use(VerifierPtr verifier) { impl_->use(std::move(verifier)); }
std::optional<Checked> Engine::check_cached(std::string_view) { return std::nullopt; }
void Engine::check(std::string token, Done done) {
  impl_->check(std::move(token), std::move(done));
}
std::string Engine::why_not_ready() const { return impl_->why_not_ready(); }
void Engine::stop(std::function<void()> then) { impl_->stop(std::move(then)); }

}  // namespace recant::embed
