// Keeps the keys of all issuers up to date: looks at files and addresses when their schedules say
// so, on the library's thread, and hands out another verifier whenever a set has changed. No check
// ever waits for it.
//
// Its own thread's, but for what says otherwise.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "embed/jwks_schedule.hpp"
#include "embed/key_source.hpp"
#include "embed/log.hpp"
#include "fetch/fetch.hpp"
#include "verify/access_token.hpp"

namespace recant::embed {

struct KeyKeeperOptions {
  verify::AccessTokenOptions own;
  KeySource own_keys;
  /// Without keys: those come from `other_keys`, one for each.
  std::vector<verify::ForeignIssuer> others;
  std::vector<KeySource> other_keys;
  /// For https; empty: the system's authorities.
  std::string ca_file;
  JwksScheduleOptions urls;
  /// Files are looked at this often; they are read when they have changed.
  milliseconds file_every{std::chrono::seconds{5}};
};

class KeyKeeper {
 public:
  using VerifierPtr = std::shared_ptr<const verify::AccessTokenVerifier>;
  using OnKeys = std::function<void(VerifierPtr)>;

  /// `clock`, `random` and `log` outlive it.
  KeyKeeper(KeyKeeperOptions options, const Clock& clock, RandomSource& random, const Log& log);
  ~KeyKeeper();

  /// Reads what stands in files; on failure one sentence. Before start(), on any thread.
  std::optional<std::string> read_files();
  /// Made of the keys that are there. Some thread's, once, before start().
  VerifierPtr verifier() const;
  /// Looks at all that is due, and tells `on_keys` of each other verifier; also again, after
  /// stop(). It outlives what runs on `executor`.
  void start(const boost::asio::any_io_executor& executor, OnKeys on_keys);
  /// The executor's context is destroyed next, with what runs on it. A look that is under way then
  /// has failed.
  void stop() noexcept;

  /// May this token be signed by a key that is not here yet? Then it is looked for, if that is due.
  /// Any thread.
  bool look_for_key_of(std::string_view token);
  /// Whose keys are not there, as a sentence; empty when all are. Any thread.
  std::string missing() const;

 private:
  struct Place;

  void wake();
  void arm_timer();
  void look(std::size_t index);
  Task<void> look_at_url(std::size_t index);
  void took(Place& place, Result<std::optional<verify::IssuerKeys>, std::string> outcome);
  void forget_if_old(Place& place, SteadyInstant now);
  void forget(Place& place);
  void give_way(const verify::IssuerKeys& own);
  /// Whose else a key of these is.
  std::optional<std::string> other_owner(const Place& place, const verify::IssuerKeys& keys) const;
  Result<crypto::TlsContext, std::string> tls();
  void publish();
  void note_state();

  const KeyKeeperOptions options_;
  const Clock& clock_;
  RandomSource& random_;
  const Log& log_;
  std::optional<boost::asio::steady_timer> timer_;  // while it is started
  std::vector<std::unique_ptr<Place>> places_;
  OnKeys on_keys_;
  bool is_published_ = true;  // what stands in places_
  std::optional<crypto::TlsContext> tls_;
  std::optional<FileStamp> tls_read_;

  mutable std::mutex mutex_;                              // of all below
  std::optional<boost::asio::any_io_executor> executor_;  // while it is started
  std::vector<jose::KeySet> public_;                      // what may have new keys
  std::string missing_;
  bool looking_for_ = false;  // a look for an unknown key is on its way to our thread
};

}  // namespace recant::embed
