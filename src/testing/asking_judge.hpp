// A judge that remembers nothing: each check asks its reader, so that a test sees what stands at
// that very moment.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <utility>

#include "testing/seeded_random.hpp"
#include "verify/questions.hpp"
#include "verify/token_judge.hpp"
#include "verify/verifier.hpp"

namespace recant::testing {

class AskingJudge final : public verify::TokenJudge {
 public:
  /// Asks on `executor`, which is one thread's. All of them outlive it.
  AskingJudge(const boost::asio::any_io_executor& executor, verify::AccessTokenVerifier tokens,
              verify::RevocationReader& reader, const Clock& clock)
      : executor_(executor),
        clock_(clock),
        verifier_(0, std::make_shared<const verify::AccessTokenVerifier>(std::move(tokens)), clock_,
                  random_),
        questions_(executor, verifier_, reader, clock) {}

  std::optional<verify::Identity> check_cached(std::string_view token) const override {
    return verifier_.check_cached(token);
  }
  void check(std::string token, verify::Answered answered) override {
    auto question = verifier_.begin(std::move(token));
    if (!question) return answered(verify::Judgement::invalid(question.error()));
    boost::asio::post(executor_, [this, question = *std::move(question),
                                  answered = std::move(answered)]() mutable {
      questions_.ask(std::move(question), std::move(answered));
    });
  }
  void catch_up(std::function<void()> done) override { done(); }
  std::optional<SteadyInstant::duration> lease_age() const override { return std::nullopt; }

 private:
  boost::asio::any_io_executor executor_;
  SeededRandom random_{1};
  const verify::NeverBackClock clock_;
  verify::Verifier verifier_;
  verify::Questions questions_;
};

}  // namespace recant::testing
