#include "redis/live_verifier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>

namespace recant::redis {

namespace asio = boost::asio;

/// What belongs to the verifier's thread.
class LiveVerifier::Thread {
 public:
  Thread(Needs needs, const LiveVerifierOptions& options, verify::Verifier& verifier)
      : feed_(io_.get_executor(),
              {std::move(needs.target), std::move(needs.keys), needs.policy, verifier, needs.clock,
               needs.random, needs.observer},
              options.feed),
        questions_(io_.get_executor(), verifier, feed_.reader(), needs.clock, options.questions) {
    asio::co_spawn(io_, feed_.beat(), rethrown);
    // What is thrown there ends the process: a server without heartbeats would go on without its
    // memory, and nobody would know.
    thread_ = std::thread([this] { io_.run(); });
  }

  ~Thread() {
    asio::post(io_, [this] {
      questions_.stop();
      asio::co_spawn(io_, feed_.stop(), asio::detached);
      work_.reset();
    });
    thread_.join();
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  void ask(verify::Question question, verify::Answered answered) {
    asio::post(io_,
               [this, question = std::move(question), answered = std::move(answered)]() mutable {
                 questions_.ask(std::move(question), std::move(answered));
               });
  }

  void catch_up(std::function<void()> done) {
    asio::post(io_, [this, done = std::move(done)]() mutable { feed_.catch_up(std::move(done)); });
  }

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  RevocationFeed feed_;
  verify::Questions questions_;
  std::thread thread_;
};

LiveVerifier::LiveVerifier(Needs needs, const LiveVerifierOptions& options)
    : verifier_(options.cache_entries, needs.tokens, needs.clock, needs.random),
      thread_(std::make_unique<Thread>(std::move(needs), options, verifier_)) {}

LiveVerifier::~LiveVerifier() = default;

void LiveVerifier::stop() { thread_.reset(); }

std::optional<verify::Identity> LiveVerifier::check_cached(std::string_view token) const {
  return verifier_.check_cached(token);
}

void LiveVerifier::check(std::string token, verify::Answered answered) {
  auto question = verifier_.begin(std::move(token));
  if (!question) return answered(verify::Judgement::invalid(question.error()));
  thread_->ask(*std::move(question), std::move(answered));
}

void LiveVerifier::catch_up(std::function<void()> done) { thread_->catch_up(std::move(done)); }

void LiveVerifier::use(std::shared_ptr<const verify::AccessTokenVerifier> tokens) {
  verifier_.use(std::move(tokens));
}

std::shared_ptr<const verify::AccessTokenVerifier> LiveVerifier::tokens() const {
  return verifier_.tokens();
}

bool LiveVerifier::has_lease() const { return verifier_.has_lease(); }
std::optional<SteadyInstant::duration> LiveVerifier::lease_age() const {
  return verifier_.lease_age();
}

}  // namespace recant::redis
