// What a verifier process said of each token, in a file that outlives it: it is written as memory,
// so that a process that is killed in the middle of a check has told of every one before.
//
// The layout is read by bound/campaign/records.py: numbers of 64 bits, times in nanoseconds of
// CLOCK_BOOTTIME, 0 where there is none yet. Any thread may tell; of one token one at a time, in
// the order in which its checks began.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "verify/judgement.hpp"

namespace recant::bound {

inline constexpr std::size_t kTokens = 1 << 18;

/// A file that is shared with other processes as a T; made, full of zeros, where there is none.
/// std::system_error where that fails. Never unmapped.
void* map_file(const std::string& path, std::size_t bytes);

class Ledger {
 public:
  /// By `acknowledged`, whoever revokes tells when each token's revocation was answered.
  Ledger(const std::string& record, const std::string& acknowledged, milliseconds bound);

  /// Of a check that began at `began`.
  void told(std::size_t token, SteadyInstant began, verify::Verdict verdict, verify::Source source);

 private:
  using Number = std::atomic<std::int64_t>;
  enum Count { from_cache, from_redis, revoked, unavailable, invalid, late, late_accepted };
  struct Entry {
    Number accepted;       ///< when the last check began that found it valid
    Number refused;        ///< the first after that which did not
    Number found_revoked;  ///< the first after that which found it revoked
    Number spare;
  };
  struct Record {
    std::array<Number, 32> counts;
    std::array<Entry, kTokens> tokens;
  };
  using Acknowledged = std::array<Number, kTokens>;
  static_assert(Number::is_always_lock_free && sizeof(Number) == 8);

  void count(Count which) { record_.counts[which].fetch_add(1, std::memory_order_relaxed); }
  static Count count_of(verify::Verdict verdict, verify::Source source);

  Record& record_;
  const Acknowledged& acknowledged_;
  const std::chrono::nanoseconds bound_;
};

}  // namespace recant::bound
