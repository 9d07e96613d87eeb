// The I/O threads with their Worlds, and the HTTP server in front of them.
//
// Used on the main thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "app/config.hpp"
#include "app/metrics.hpp"
#include "app/redis_observer.hpp"
#include "app/refusal.hpp"
#include "app/resources.hpp"
#include "app/world.hpp"
#include "crypto/tls.hpp"
#include "http/io_threads.hpp"
#include "http/server.hpp"
#include "redis/live_verifier.hpp"
#include "verify/never_back_clock.hpp"

namespace recant::app {

class HttpFront {
 public:
  struct Needs {
    const Clock& clock;
    RandomSource& random;
    Resources& resources;
    Log& log;
    const Readiness& readiness;
    redis::PolicyInForce& policy;
    /// Their contexts outlive `resources`, whose workers hand their results to them.
    http::IoThreads& threads;
    /// Nothing: plain HTTP.
    std::optional<crypto::TlsContext> tls{};
  };

  /// The ports that it listens on.
  struct Ports {
    unsigned short main = 0;
    std::optional<unsigned short> operators{};  // where they have one of their own
  };

  /// Could it listen? Refused when somebody does already, naming who.
  static OrRefusal<void> probe(const Config& config);

  /// `config` and what is needed outlive it.
  HttpFront(const Config& config, const Needs& needs);
  /// Ends at once what stop() has not ended.
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  OrRefusal<Ports> start();
  /// The I/O threads, as those that work with the keys.
  std::vector<KeyReader> key_readers();
  /// For connections from now on. Only where HTTP was secured from the start.
  void renew(const crypto::TlsContext& tls) { server_->secure(tls); }
  /// Finishes what is in flight (operators may look on meanwhile), then calls `done`, on a thread
  /// of its own. Only the first call counts.
  void stop(std::function<void()> done);

 private:
  void stop_worlds();

  const Config& config_;
  Metrics metrics_;
  const verify::NeverBackClock clock_;  // one for all threads
  RedisObserver redis_observer_;        // of the verifier's connection
  redis::LiveVerifier verifier_;        // of all threads
  const Shared shared_;
  http::IoThreads& threads_;
  std::vector<std::unique_ptr<World>> worlds_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> operators_;  // none: on the other
  std::thread stopper_;
};

}  // namespace recant::app
