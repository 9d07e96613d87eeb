// bound_verifier REDIS_URL NAME FOLDER RECORD FIRST BOUND_MS TIMEOUT_MS
//
// One verifier, as an embedding program has it, that checks tokens over and over until it is ended.
// NAME is what CLIENT LIST shows. FOLDER holds `jwks.json`; `tokens`, one a line, to which others
// are appended meanwhile, and of which it takes those from number FIRST on; and `acknowledged`.
// What it says goes to the file RECORD (ledger.hpp). For an answer of Redis it waits TIMEOUT_MS.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "crypto/random.hpp"
#include "jose/jwks.hpp"
#include "ledger.hpp"
#include "redis/live_verifier.hpp"
#include "verify/never_back_clock.hpp"

namespace recant::bound {
namespace {

constexpr std::size_t kThreads = 2;
/// Between two rounds over all tokens, so that eight such processes leave room on two cores for
/// Redis and for what is to be heard from it.
constexpr milliseconds kRest{1};
/// Of what was found revoked the latest go on being checked, one after another: to be accepted
/// again would be as bad as never to be refused.
constexpr std::size_t kRevokedKept = 256;
constexpr milliseconds kBetweenRevoked{20};

struct Token {
  std::size_t number;
  std::string text;
  std::atomic<bool> asked = false;    ///< a question about it is under way
  std::atomic<bool> revoked = false;  ///< by the last answer
};

/// The tokens of one thread: of each kThreads in a row, one.
class Checker {
 public:
  struct Share {
    std::string tokens;
    std::size_t first;
    std::size_t thread;
  };
  Checker(redis::LiveVerifier& verifier, const Clock& clock, Ledger& ledger, const Share& share)
      : verifier_(verifier), clock_(clock), ledger_(ledger), share_(share), file_(share.tokens) {}

  [[noreturn]] void run() {
    for (;;) {
      take_in();
      std::erase_if(live_, [this](const auto& token) { return !check_live(token); });
      check_one_revoked();
      std::this_thread::sleep_for(kRest);
    }
  }

 private:
  using Shared = std::shared_ptr<Token>;

  /// Whatever was appended meanwhile. A line counts once its end is there.
  void take_in() {
    file_.clear();
    for (std::string more; std::getline(file_, more);) {
      line_ += more;
      if (file_.eof()) break;
      if (next_ >= share_.first && next_ % kThreads == share_.thread) {
        live_.push_back(std::make_shared<Token>(next_, std::move(line_)));
      }
      line_.clear();
      ++next_;
    }
  }

  /// False when it was found revoked.
  bool check_live(const Shared& token) {
    if (token->asked) return true;
    if (token->revoked) {
      revoked_.push_back(token);
      if (revoked_.size() > kRevokedKept) revoked_.pop_front();
      return false;
    }
    check(token);
    return true;
  }

  void check_one_revoked() {
    const auto now = clock_.steady();
    if (revoked_.empty() || now < next_revoked_) return;
    next_revoked_ = now + kBetweenRevoked;
    auto token = std::move(revoked_.front());
    revoked_.pop_front();
    if (token->asked || token->revoked) {
      if (!token->asked) check(token);
      revoked_.push_back(std::move(token));
    } else {
      live_.push_back(std::move(token));
    }
  }

  void check(const Shared& token) {
    const auto began = clock_.steady();
    if (verifier_.check_cached(token->text)) {
      ledger_.told(token->number, began, verify::Verdict::valid, verify::Source::cache);
      token->revoked = false;
      return;
    }
    token->asked = true;
    verifier_.check(token->text, [this, token, began](const verify::Judgement& said) {
      ledger_.told(token->number, began, said.verdict, said.source);
      if (said.verdict == verify::Verdict::revoked) token->revoked = true;
      if (said.verdict == verify::Verdict::valid) token->revoked = false;
      token->asked = false;
    });
  }

  redis::LiveVerifier& verifier_;
  const Clock& clock_;
  Ledger& ledger_;
  const Share share_;
  std::ifstream file_;
  std::string line_;
  std::size_t next_ = 0;
  std::vector<Shared> live_;
  std::deque<Shared> revoked_;
  SteadyInstant next_revoked_{};
};

std::shared_ptr<const verify::AccessTokenVerifier> tokens_of(const std::string& jwks) {
  std::ifstream file(jwks);
  auto keys = jose::parse_jwks(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!keys) throw std::invalid_argument(keys.error().message());
  const verify::AccessTokenOptions options{.issuer = "recant", .audience = {"api"}};
  return std::make_shared<const verify::AccessTokenVerifier>(options, *std::move(keys));
}

[[noreturn]] void run(const std::vector<std::string>& words) {
  auto target = redis::parse_url(words[0]);
  if (!target) throw std::invalid_argument(target.error());
  const auto& folder = words[2];
  Ledger ledger(words[3], folder + "/acknowledged", milliseconds{std::stoll(words[5])});
  const SystemClock system;
  const verify::NeverBackClock clock(system);
  crypto::SystemRandom random;
  // It goes by whatever the policy on its Redis allows.
  redis::PolicyInForce policy({.max_staleness = core::kLargestStaleness});
  redis::LiveVerifierOptions options;
  options.feed.connection.client_name = words[1];
  options.feed.connection.timeout = milliseconds{std::stoll(words[6])};
  redis::LiveVerifier verifier(
      {std::make_shared<const redis::Target>(*std::move(target)), redis::Keys{}, policy,
       tokens_of(folder + "/jwks.json"), clock, random},
      options);
  std::deque<Checker> checkers;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    checkers.emplace_back(verifier, clock, ledger,
                          Checker::Share{folder + "/tokens", std::stoul(words[4]), i});
    threads.emplace_back([&checker = checkers.back()] { checker.run(); });
  }
  for (auto& thread : threads) thread.join();
  std::abort();  // none of them ends
}

}  // namespace
}  // namespace recant::bound

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 7) {
    std::cerr << "usage: bound_verifier REDIS_URL NAME FOLDER RECORD FIRST BOUND_MS TIMEOUT_MS\n";
    return 2;
  }
  recant::bound::run(words);
} catch (const std::exception& error) {
  std::cerr << "bound_verifier: " << error.what() << '\n';
  return EXIT_FAILURE;
}
