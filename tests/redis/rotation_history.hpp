// One random history of one subject: sessions are opened, refreshed with any token ever seen,
// closed, revoked, meddled with by foreign hands and restored from older copies, in real time with
// lifetimes of milliseconds. Every answer of the store is held against the model's.
//
// Coroutines of one thread; many histories share a connection, each under a key prefix of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "model_driver.hpp"
#include "redis/session_store.hpp"

namespace recant::redis {

class RotationHistory {
 public:
  /// All references outlive it. The first wrong answer sets `stop`, and all that share it end.
  RotationHistory(Commander& redis, const Scripts& scripts, std::uint64_t seed,
                  milliseconds duration, bool& stop);

  /// Until the time is over or an answer is wrong.
  Task<void> run();

  /// What was answered wrongly, and how it came to that; empty if nothing was.
  const std::string& mismatch() const { return mismatch_; }
  int answers_compared() const { return compared_; }
  int seen(core::RefreshOutcome outcome) const { return seen_[static_cast<std::size_t>(outcome)]; }

 private:
  struct Session {
    service::NewSession opened;
    ModelSession model;
    core::Generation highest = 0;  // generation that was ever answered
    bool in_index = true;          // so that tidying finds it
    struct Copy {
      std::string dump;
      std::int64_t expires;
      std::optional<core::Generation> live;
      ModelSession::Copy model;
    };
    std::optional<Copy> copy;

    void lose_record() {
      model.lose_record();
      copy.reset();
    }
  };
  using Step = Task<void> (RotationHistory::*)();

  Task<void> open();
  Task<void> refresh_live();
  Task<void> refresh_any();
  Task<void> refresh_with_other_nonce();
  Task<void> refresh_at_an_edge();
  Task<void> refresh_in_a_storm();
  Task<void> delete_refresh_key();
  Task<void> blacklist_a_jti();
  Task<void> revoke_a_jti();
  Task<void> take_from_whitelist();
  Task<void> put_on_whitelist();
  Task<void> go_back_to_blacklist();
  Task<void> change_policy();
  Task<void> set_foreign_watermark();
  Task<void> revoke_subject();
  Task<void> tidy();
  Task<void> revoke_all();
  Task<void> close();
  Task<void> blacklist_session();
  Task<void> keep_copy();
  Task<void> restore_copy();
  Task<void> restore_refresh_key(const Session& session);
  Task<void> step_clock_back();
  Task<void> look_at_keys();
  Task<void> look_at_whitelist(const Session& session);
  Task<void> pause();

  Task<void> refresh(Session& session, core::PresentedRefresh presented,
                     core::SessionLifetimes lifetimes);
  void compare(Session& session, const service::RotationOutcome& answer,
               const Prediction& expected);
  void check(bool good, const std::string& what);
  /// By Redis's clock; and what it says is not before what it said.
  Task<UnixMillis> time();
  Task<Reply> command(Command command);
  Session& latest() { return sessions_.back(); }
  Session& any();
  bool over() const { return stop_; }
  bool is_covered(const Session& session) const;
  /// What is issued now goes by it.
  core::Strategy strategy() const;
  /// Whoever issues puts a policy that is gone back.
  void issued();
  /// One of the last few; empty if there is none.
  std::string draw_jti();
  static core::PresentedRefresh presented(const Session& session, core::Generation generation);
  std::string refresh_key(const Session& session, core::Generation generation) const;
  std::string record_key(const Session& session) const;
  template <class T>
  bool answered(const service::Stored<T>& stored);
  int draw(int from, int to);

  Commander& redis_;
  const Keys keys_;
  PolicyInForce policy_{{}};
  std::optional<core::Strategy> published_;
  RedisSessionStore store_;
  const std::uint64_t seed_;
  const milliseconds duration_;
  bool& stop_;
  std::mt19937_64 random_;
  core::Subject subject_;
  core::SessionLifetimes lifetimes_;
  Watermarks watermarks_;
  std::optional<std::string> raw_subject_;
  std::optional<std::string> raw_everybody_;
  UnixMillis ahead_{};  // the latest beginning of a session that began ahead of the clock
  std::vector<Session> sessions_;
  std::vector<std::string> jtis_;
  UnixMillis latest_time_;
  std::vector<std::string> told_;
  std::string mismatch_;
  int compared_ = 0;
  std::array<int, 7> seen_{};
};

}  // namespace recant::redis
