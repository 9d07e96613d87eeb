// The refresh tokens of a service that followed the recipe before Recant: `refresh_token:<token>` →
// subject, and what those that were adopted became (docs/redis-keys.md). open_session takes them.
// One a thread; not thread-safe.
#pragma once

#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "service/adoption.hpp"

namespace recant::redis {

/// What open_session writes for an adopted token, and find() reads.
std::string text_of_adopted(const Uuid& sid, const core::SessionNonce& nonce,
                            const core::Subject& subject);

class RedisForeignRefresh final : public service::ForeignRefreshStore {
 public:
  template <class T>
  using Answer = Task<service::Stored<T>>;

  /// `redis` outlives it.
  RedisForeignRefresh(Commander& redis, Keys keys) : redis_(redis), keys_(std::move(keys)) {}

  /// A key of another type than text is none of the recipe's, and nothing is found.
  Answer<service::ForeignRefresh> find(std::string token) override;
  Answer<bool> remove(std::string token) override;

 private:
  Commander& redis_;
  const Keys keys_;
};

}  // namespace recant::redis
