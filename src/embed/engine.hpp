// What stands behind a verifier: its memory, and the connection to Redis on the library's thread.
#pragma once

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

/// Thread-safe, but for what says otherwise.
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

  /// Begins to connect. On the library's thread.
  void start();
  /// From the next token on.
  void use(VerifierPtr verifier);

  std::optional<Checked> check_cached(std::string_view token);
  /// `done` exactly once, here or on the library's thread.
  void check(std::string token, Done done);

  /// Empty when a lease is in force, or would be if the policy allowed one.
  std::string why_not_ready() const;
  /// Ends what is pending as `unavailable`; `then` when all of it has been told. On the library's
  /// thread.
  void stop(std::function<void()> then);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace recant::embed
