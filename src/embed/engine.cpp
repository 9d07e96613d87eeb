#include "embed/engine.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <mutex>
#include <utility>

#include "embed/asker.hpp"
#include "embed/checked_writer.hpp"
#include "redis/policy_in_force.hpp"
#include "redis/revocation_feed.hpp"
#include "verify/judgement.hpp"
#include "verify/questions.hpp"
#include "verify/verifier.hpp"

namespace recant::embed {

namespace asio = boost::asio;
using verify::Identity;
using verify::Ignorance;
using verify::Judgement;

namespace {

std::string_view sentence_of(Ignorance ignorance) {
  switch (ignorance) {
    case Ignorance::no_answer:
      return "Redis did not answer, or not in time";
    case Ignorance::unknown_policy:
      return "no policy that is known here stands in Redis: start a server of this version on it";
    case Ignorance::other_keys:
      return "the keys in Redis are spelled in another form, or are being given other names: set "
             "redis_hash_tags as the server has redis.hash_tags";
    case Ignorance::clocks_differ:
      return "the clocks of Redis and of this machine are too far apart: set both by NTP";
    case Ignorance::overloaded:
      return "too many questions to Redis are under way";
    case Ignorance::stopped:
      return kStopped;
  }
  return "unknown";
}

Checked revoked(std::string_view cause, const Identity& identity) {
  return CheckedWriter::write({.verdict = Verdict::revoked,
                               .reason = cause,
                               .subject = identity.subject(),
                               .session = identity.session(),
                               .scope = identity.scope(),
                               .client_id = identity.client_id(),
                               .issuer = identity.issuer_name(),
                               .audience = identity.audience(),
                               .expires_at = identity.expires_at()});
}

Checked write(const Judgement& judgement, const Identity& identity) {
  switch (judgement.verdict) {
    case verify::Verdict::valid:
      return CheckedWriter::valid(identity);
    case verify::Verdict::revoked:
      return revoked(judgement.cause(), identity);
    case verify::Verdict::invalid:
    case verify::Verdict::unavailable:
      break;
  }
  return CheckedWriter::unavailable(
      sentence_of(judgement.ignorance.value_or(Ignorance::no_answer)));
}

/// Makes a Checked of what it is told, where it is to stand: it is some 300 bytes.
class ValidListener final : public verify::Listener {
 public:
  explicit ValidListener(Checked& blank) : checked_(blank) {}
  char* room_for(const verify::Told& told) override { return CheckedWriter::begin(checked_, told); }

 private:
  Checked& checked_;
};

core::Policy goes_by(const Plan& plan) {
  core::Policy policy;
  policy.max_staleness =
      plan.max_staleness > milliseconds{0} ? plan.max_staleness : core::kLargestStaleness;
  policy.keys = plan.keys.spelling();
  return policy;
}

}  // namespace

class Engine::Impl final : public redis::ConnectionObserver {
 public:
  Impl(IoThread& thread, const Plan& plan, VerifierPtr verifier,
       const verify::NeverBackClock& clock, RandomSource& random, const Log& log)
      : thread_(thread),
        target_(plan.redis),
        keys_(plan.keys),
        clock_(clock),
        random_(random),
        log_(log),
        policy_(goes_by(plan)),
        verifier_(plan.cache_entries, std::move(verifier), clock, random) {
    options_.connection = plan.connection;
    question_options_.clock_difference -= plan.issuers.own.leeway;
    options_.clock_difference -= plan.issuers.own.leeway;
  }

  void begin(const asio::any_io_executor& executor) {
    feed_.emplace(executor,
                  redis::RevocationFeed::Needs{
                      target_, keys_, policy_, verifier_, clock_, random_, this,
                      [this](const redis::RevocationFeed::Lease& lease) { note_beat(lease); }},
                  options_);
    questions_.emplace(executor, verifier_, feed_->reader(), clock_, question_options_);
    asio::co_spawn(executor, feed_->beat(), rethrown);
  }

  void end() noexcept {
    {
      const std::lock_guard lock(mutex_);
      last_beat_ = Ignorance::no_answer;
    }
    // Nobody is here to be told of what changes.
    verifier_.end_lease();
    verifier_.may_have_missed();
    feed_.reset();
    questions_.reset();
  }

  void failed(std::string_view why) {
    const std::string text = "the library's thread has failed (" + std::string(why) +
                             "); it asks nothing, remembers nothing and begins anew";
    log_.error(text + ".");
    const std::lock_guard lock(mutex_);
    why_down_ = text;
  }

  verify::Verifier& verifier() { return verifier_; }

  std::optional<Checked> ask(verify::Question question, Done done) {
    // Of a revoked one nobody else tells whose it was.
    auto identity = question.identity();
    const auto asker = std::make_shared<Asker>(std::move(done), waiting_, thread_);
    const bool is_too_many = waiting_ > question_options_.most;
    if (!is_too_many && thread_.post([this, question = std::move(question),
                                      identity = std::move(identity), asker]() mutable {
          questions_->ask(std::move(question),
                          [identity = std::move(identity), asker](const Judgement& judgement) {
                            asker->answer(write(judgement, identity));
                          });
        })) {
      return std::nullopt;
    }
    asker->forget();
    return CheckedWriter::unavailable(is_too_many           ? sentence_of(Ignorance::overloaded)
                                      : thread_.has_ended() ? kStopped
                                                            : kFailed);
  }

  std::string why_not_ready() const {
    if (verifier_.has_lease()) return {};
    const std::lock_guard lock(mutex_);
    if (!why_down_.empty()) return why_down_;
    if (!last_beat_) return std::string(sentence_of(last_beat_.error()));
    // A lease of no length is never in force, and each check asks.
    if (*last_beat_ == milliseconds{0}) return {};
    return "Redis " + to_string(target_->address) + " has been silent for longer than " +
           std::to_string(last_beat_->count()) + " ms: see whether it hangs or is overloaded";
  }

 private:
  void note_beat(const redis::RevocationFeed::Lease& lease) {
    const std::lock_guard lock(mutex_);
    last_beat_ = lease;
  }
  void up() override { note({}); }
  void down(std::string_view why) override {
    note("Redis " + to_string(target_->address) + " is not there: " + std::string(why));
  }
  void denied(std::string_view what) override {
    log_.error("Redis denies what a verifier asks: " + std::string(what) + ".");
  }
  void note(std::string why) {
    why.empty() ? log_.info("Redis " + to_string(target_->address) + " is there.")
                : log_.warning(why + ".");
    const std::lock_guard lock(mutex_);
    why_down_ = std::move(why);
    last_beat_ = Ignorance::no_answer;
  }

  IoThread& thread_;
  const std::shared_ptr<const redis::Target> target_;
  const redis::Keys keys_;
  const verify::NeverBackClock& clock_;
  RandomSource& random_;
  const Log& log_;
  redis::PolicyInForce policy_;
  verify::Verifier verifier_;
  redis::FeedOptions options_;
  verify::QuestionOptions question_options_;

  std::atomic<std::size_t> waiting_ = 0;  ///< askers

  // The library's thread's.
  std::optional<redis::RevocationFeed> feed_;
  std::optional<verify::Questions> questions_;

  mutable std::mutex mutex_;
  std::string why_down_ = "Redis has not been reached yet";        // guarded by mutex_
  redis::RevocationFeed::Lease last_beat_ = Ignorance::no_answer;  // guarded by mutex_
};

Engine::Engine(IoThread& thread, const Plan& plan, VerifierPtr verifier,
               const verify::NeverBackClock& clock, RandomSource& random, const Log& log)
    : impl_(std::make_unique<Impl>(thread, plan, std::move(verifier), clock, random, log)) {}

Engine::~Engine() = default;

void Engine::begin(const asio::any_io_executor& executor) { impl_->begin(executor); }
void Engine::end() noexcept { impl_->end(); }
void Engine::failed(std::string_view why) noexcept try {
  impl_->failed(why);
} catch (...) {  // NOLINT(bugprone-empty-catch): no memory, to say that there is none
}
void Engine::use(VerifierPtr verifier) { impl_->verifier().use(std::move(verifier)); }

std::optional<Checked> Engine::check_cached(std::string_view token) {
  auto checked = CheckedWriter::blank();
  ValidListener listener(*checked);
  if (!impl_->verifier().check_cached(token, listener)) checked.reset();
  return checked;
}

std::optional<Checked> Engine::check(std::string token, Done done) {
  auto question = impl_->verifier().begin(std::move(token));
  if (!question) {
    return CheckedWriter::write(
        {.verdict = Verdict::invalid, .reason = verify::name_of(question.error())});
  }
  return impl_->ask(*std::move(question), std::move(done));
}

std::string Engine::why_not_ready() const { return impl_->why_not_ready(); }

}  // namespace recant::embed
