// What the store's tests look for in Redis. Expected lives come from the answers and the contract,
// so no test waits.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "store_world.hpp"

namespace recant::redis {

inline const core::Subject kAlice = subject_named("alice");

class SessionStoreTest : public StoreWorld {
 protected:
  const Keys& keys = client.keys;

  std::string field(const StoreClient::Opened& session, const std::string& name) {
    const auto reply =
        server.run("HGET", keys.session(session.session.subject.text(), session.sid()), name);
    return std::string(reply.text().value_or("(none)"));
  }
  /// Does everything hold that a closed session leaves, for tokens that end at `exp`?
  void expect_closed(const StoreClient::Opened& session, const std::string& reason) {
    const auto sid = session.sid();
    EXPECT_FALSE(stands(keys.session(session.session.subject.text(), sid)));
    EXPECT_TRUE(server.run("ZSCORE", keys.sessions(session.session.subject.text()), sid).is_null());
    EXPECT_EQ(value(keys.blacklisted_session(sid)), "1");
    EXPECT_EQ(value(keys.reason_for_session(sid)), reason);
  }
  void expect_token_dead(const service::LiveGeneration& live, const std::string& reason) {
    EXPECT_EQ(value(keys.blacklisted_jti(live.jti)), "1");
    EXPECT_EQ(value(keys.reason_for_jti(live.jti)), reason);
    const auto until = millis(live.access.expires_at) + kMarginMs;
    EXPECT_EQ(expiry(keys.blacklisted_jti(live.jti)), until);
    EXPECT_EQ(expiry(keys.reason_for_jti(live.jti)), until);
  }
};

}  // namespace recant::redis
