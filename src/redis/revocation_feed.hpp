// What a verifier hears from Redis: the changes of the keys that it watches, pushed on the one
// connection that also carries its questions, and the heartbeat that shows that nothing pushed is
// still under way. So the order of what Redis says is the order in which it is believed.
//
// Heartbeat: two rounds, the second asked when the first was answered. The answer to the second
// grants a lease that counts from the asking of the first. One round is not enough: whoever revokes
// may be told so in the middle of an iteration of Redis's event loop whose pushes go out at its
// end, behind the answer to a round of ours in the same iteration (docs/revocation-bound.md).
//
// On one thread, the one of its executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "redis/connection.hpp"
#include "redis/keys.hpp"
#include "redis/policy_in_force.hpp"
#include "redis/revocation_reader.hpp"
#include "verify/judgement.hpp"
#include "verify/verifier.hpp"

namespace recant::redis {

struct FeedOptions {
  /// Its command_limit follows from the next.
  ConnectionOptions connection{};
  /// Under way at once, as QuestionOptions::most.
  std::size_t most_questions = 4096;
  /// How far Redis's clock and ours may be apart.
  milliseconds clock_difference = std::chrono::minutes{4};
};

class RevocationFeed final : private ConnectionObserver {
 public:
  /// How long a lease may be by what a master answers, or why there may be none.
  using Lease = Result<milliseconds, verify::Ignorance>;
  struct Needs {
    std::shared_ptr<const Target> target;
    Keys keys;
    /// What this verifier goes by at the most: its max_staleness is the longest lease that it
    /// takes, whatever Redis's policy allows.
    PolicyInForce& policy;
    verify::Verifier& verifier;
    const Clock& clock;
    RandomSource& random;
    ConnectionObserver* observer = nullptr;  ///< told after the feed has acted
    /// Told what each heartbeat came to; not of one that another connection interrupted.
    std::function<void(const Lease&)> on_beat{};
  };

  /// Begins to connect at once. What it needs outlives it.
  RevocationFeed(const boost::asio::any_io_executor& executor, Needs needs, FeedOptions options);

  RedisRevocationReader& reader() { return reader_; }
  /// Grants leases until it is stopped.
  Task<void> beat();
  /// Calls `done` after the next heartbeat that begins after this call. Where nothing comes of that
  /// heartbeat, the lease has ended.
  void catch_up(std::function<void()> done);
  /// Takes no new questions, lets those under way end, and grants no more leases.
  Task<void> stop();
  /// Ends all of it at once: those under way hear that the connection is lost.
  void abort();

 private:
  void up() override;
  void down(std::string_view why) override;
  void refused(std::string_view why) override;
  void denied(std::string_view what) override;
  void pushed(const Reply& push) override;

  Task<Lease> ask_round();
  enum class Beat {
    heard,        // and a lease was granted
    unheard,      // no answer, or none by which there may be a lease
    interrupted,  // another connection came in between: due again at once
  };
  Task<Beat> renew();
  /// Told as it is handed back.
  Beat unheard(verify::Ignorance why) const;
  Lease lease_by(const Reply& policy, const Reply& time, const Reply& hello);

  Needs needs_;
  const FeedOptions options_;
  const std::string policy_key_;
  const std::string everybody_key_;
  std::uint64_t connections_ = 0;  ///< how many there have been
  bool stopping_ = false;
  bool is_due_ = false;  ///< the policy has changed
  milliseconds pause_length_;
  std::vector<std::function<void()>> behind_;  ///< who waits for the next heartbeat
  boost::asio::steady_timer pause_;
  Connection connection_;
  RedisRevocationReader reader_;
};

}  // namespace recant::redis
