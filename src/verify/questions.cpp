#include "verify/questions.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

namespace recant::verify {

Questions::Questions(boost::asio::any_io_executor executor, Verifier& verifier,
                     RevocationReader& reader, const Clock& clock, QuestionOptions options)
    : executor_(std::move(executor)),
      verifier_(verifier),
      reader_(reader),
      clock_(clock),
      options_(options) {}

void Questions::ask(Question question, Answered answered) {
  if (stopped_) return answered(Judgement::unavailable(Ignorance::stopped));
  if (under_way_ >= options_.most) {
    return answered(Judgement::unavailable(Ignorance::overloaded));
  }
  ++under_way_;
  const auto [pending, may_be_joined] = pending_.try_emplace(question.token());
  if (!may_be_joined && question.under_lease()) {
    pending->second.push_back({std::move(question), std::move(answered)});
    return;
  }
  // Without a lease it asks beside the one that others join.
  boost::asio::co_spawn(executor_, run({std::move(question), std::move(answered)}, may_be_joined),
                        rethrown);
}

Task<void> Questions::run(Waiting first, bool may_be_joined) {
  Asked asked;
  try {
    asked = co_await ask_redis(first.question);
  } catch (const std::exception&) {
    // For want of memory, say: nothing is known, and whoever waits is told so.
    asked.judgement = Judgement::unavailable(Ignorance::no_answer);
  }
  std::vector<Waiting> others;
  if (may_be_joined) {
    const auto pending = pending_.find(first.question.token());
    others = std::move(pending->second);
    pending_.erase(pending);
  }
  --under_way_;
  const bool holds_for_others =
      asked.judgement.verdict != Verdict::valid || verifier_.stands(asked.places, asked.noted);
  first.answered(asked.judgement);
  for (Waiting& other : others) {
    --under_way_;
    if (holds_for_others) {
      other.answered(asked.judgement);
    } else {
      ask(std::move(other.question), std::move(other.answered));
    }
  }
}

Task<Questions::Asked> Questions::ask_redis(const Question& question) {
  Asked asked;
  const auto keys = reader_.watched_keys(question.identity());
  asked.places = verifier_.places_of(keys);
  asked.noted = verifier_.note(question, asked.places);
  const auto answers = co_await reader_.ask(question.identity());
  if (!answers) {
    asked.judgement = unanswered(question, answers.error().kind);
    co_return asked;
  }
  if (answers->whitelist && answers->whitelist->ends_in) {
    asked.noted.place_ends_at = asked.noted.asked_at + *answers->whitelist->ends_in;
  }
  asked.judgement = co_await judge(question, *answers, asked.places, asked.noted);
  co_return asked;
}

Task<Judgement> Questions::judge(const Question& question, const RevocationAnswers& answers,
                                 const Places& places, const Noted& noted) {
  if (clocks_differ(answers)) co_return Judgement::unavailable(Ignorance::clocks_differ);
  const auto revoked = decide_revoked(question.identity(), answers);
  if (!revoked) {
    const bool other_keys = revoked.error().kind == Unavailable::Kind::other_keys;
    co_return Judgement::unavailable(other_keys ? Ignorance::other_keys
                                                : Ignorance::unknown_policy);
  }
  if (*revoked) {
    verifier_.found_dead(question);
    auto why = co_await reader_.read_reason(**revoked, question.identity());
    // That it is revoked is known; why, only if Redis still answers.
    co_return Judgement::revoked(**revoked, why ? std::optional(*std::move(why)) : std::nullopt);
  }
  verifier_.found_good(question, places, noted);
  co_return Judgement::valid(question.identity(), Source::redis);
}

Judgement Questions::unanswered(const Question& question, Unavailable::Kind kind) const {
  if (kind == Unavailable::Kind::overloaded) return Judgement::unavailable(Ignorance::overloaded);
  const milliseconds allowed = reader_.allow_cached_for();
  if (kind == Unavailable::Kind::unreached && allowed > milliseconds{0}) {
    auto identity = verifier_.recall(question.token(), allowed);
    if (identity) return Judgement::valid(*std::move(identity), Source::outlived);
  }
  return Judgement::unavailable(Ignorance::no_answer);
}

bool Questions::clocks_differ(const RevocationAnswers& answers) const {
  const auto difference = answers.asked_at - clock_.wall();
  return difference > options_.clock_difference || -difference > options_.clock_difference;
}

}  // namespace recant::verify
