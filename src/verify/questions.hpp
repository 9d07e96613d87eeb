// The questions to Redis that are under way: one a token, however many checks want to know. A check
// may share a question that was asked before it began only if a lease was in force then, and the
// answer counts for it only if nothing has changed since the asking was noted; else it asks afresh
// (docs/revocation-bound.md).
//
// On the thread that hears from Redis, like the reader it asks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.hpp"
#include "verify/judgement.hpp"
#include "verify/revocation.hpp"
#include "verify/token_judge.hpp"
#include "verify/verifier.hpp"

namespace recant::verify {

struct QuestionOptions {
  /// Under way at once; what comes on top is unavailable.
  std::size_t most = 4096;
  /// How far Redis's clock and ours may be apart: an entry outlives its token by five minutes, and
  /// the leeway comes off that (contract §1).
  milliseconds clock_difference = std::chrono::minutes{4};
};

class Questions {
 public:
  /// All of them outlive it, and what runs on `executor`.
  Questions(boost::asio::any_io_executor executor, Verifier& verifier, RevocationReader& reader,
            const Clock& clock, QuestionOptions options = {});

  /// `answered` is called exactly once, on this thread.
  void ask(Question question, Answered answered);
  /// Whoever asks from now on is told at once that this has ended.
  void stop() { stopped_ = true; }

 private:
  struct Waiting {
    Question question;
    Answered answered;
  };
  Task<void> run(Waiting first, bool may_be_joined);
  struct Asked {
    Judgement judgement;
    Places places;
    Noted noted;
  };
  Task<Asked> ask_redis(const Question& question);
  Task<Judgement> judge(const Question& question, const RevocationAnswers& answers,
                        const Places& places, const Noted& noted);
  Judgement unanswered(const Question& question, Unavailable::Kind kind) const;
  bool clocks_differ(const RevocationAnswers& answers) const;

  boost::asio::any_io_executor executor_;
  Verifier& verifier_;
  RevocationReader& reader_;
  const Clock& clock_;
  const QuestionOptions options_;
  bool stopped_ = false;
  std::size_t under_way_ = 0;
  /// By a token that is being asked about: who waits for that answer.
  std::unordered_map<std::string, std::vector<Waiting>> pending_;
};

}  // namespace recant::verify
