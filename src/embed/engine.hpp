// What stands behind a verifier: its memory, and the connection to Redis on the library's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <recant/verifier.hpp>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "embed/io_thread.hpp"
#include "embed/log.hpp"
#include "embed/plan.hpp"
#include "verify/never_back_clock.hpp"

namespace recant::embed {

class Engine {
 public:
  using Done = std::function<void(const Checked&)>;
  using VerifierPtr = std::shared_ptr<const verify::AccessTokenVerifier>;

  /// `clock`, `random` and `log` outlive it.
  Engine(IoThread& thread, const Plan& plan, VerifierPtr verifier,
         const verify::NeverBackClock& clock, RandomSource& random, const Log& log);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The library's thread.

  /// Begins to connect; also again, after end().
  void begin(const boost::asio::any_io_executor& executor);
  /// Ends the lease and whatever of begin() there is. The executor's context is destroyed next,
  /// with what runs on it; who waits is told.
  void end() noexcept;
  /// Says so, in the log and in why_not_ready().
  void failed(std::string_view why) noexcept;

  // Any thread.

  /// From the next token on.
  void use(VerifierPtr verifier);

  std::optional<Checked> check_cached(std::string_view token);
  /// What can be said at once; nothing: `done` is called exactly once, on the library's thread. Of
  /// 4,096 that wait for that, the next is told at once. Where it throws, `done` is not called.
  std::optional<Checked> check(std::string token, Done done);

  /// Empty when a lease is in force, or would be if the policy allowed one.
  std::string why_not_ready() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace recant::embed
