#include "service/revocation_bound.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/policy.hpp"

namespace recant::service {
namespace {

namespace asio = boost::asio;

/// Clocks of this process and of a verifier's machine count a second alike within 1 %.
constexpr milliseconds with_margin(milliseconds lease) {
  constexpr std::int64_t kPercent = 100;
  return milliseconds{(lease.count() * (kPercent + 1) + kPercent - 1) / kPercent};
}
static_assert(with_margin(milliseconds{250}) == milliseconds{253});

}  // namespace

Task<void> RevocationBound::pass(Enforced enforced) {
  // Asked after the acknowledgement, so that a policy which stood until then is told of if a lease
  // by it may still run.
  const auto largest = co_await leases_.largest();
  // What was revoked is revoked, and all that is not known is who knows: where nobody says for how
  // long that can take, it takes as long as any policy allows, and the answer stays true.
  const auto lease = largest ? largest->value_or(core::kLargestStaleness) : core::kLargestStaleness;
  const auto end = enforced.steady + with_margin(lease);
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  while (clock_.steady() < end) {
    timer.expires_after(end - clock_.steady());
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace recant::service
