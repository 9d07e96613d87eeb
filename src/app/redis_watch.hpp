// Looks at Redis before it is trusted: waits for one that cannot be reached, refuses one that may
// forget, and agrees on the policy with whoever else uses it. And goes on looking, because what is
// fit may be made unfit by a CONFIG SET.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "core/policy.hpp"
#include "redis/connection.hpp"
#include "redis/inspection.hpp"
#include "redis/key_form.hpp"
#include "redis/rights.hpp"

namespace recant::app {

struct LookOptions {
  milliseconds timeout{2000};  ///< of each command, and of a connection
  redis::InspectionOptions inspection{};
  redis::Keys keys{};
  redis::ServerDoes does{};
  /// Keys that are spelled in the other form are given their names in this one; otherwise they are
  /// a refusal.
  bool convert_keys = false;
  /// What all servers on this Redis are to agree on; with `change_policy`, whatever they did
  /// before.
  core::Policy policy{};
  bool change_policy = false;
  /// Told of a policy that was changed so: what stood before, empty for none, and what stands now.
  std::function<void(const std::string& before, const std::string& now)> policy_changed{};
};

class RedisWatch final : private redis::ConnectionObserver {
 public:
  RedisWatch(boost::asio::io_context& io, std::shared_ptr<const redis::Target> target,
             LookOptions options, const Clock& clock, RandomSource& random);

  /// What was found, or nothing while Redis cannot be reached; then why_not() says why. A refusal
  /// is for good: wrong credentials, too few rights, no master, a Redis that may evict, keys in
  /// the other form, or one whose servers have agreed on another policy.
  Task<OrRefusal<std::optional<redis::Fitness>>> look();
  /// look() again and again until there is an answer. `still_waiting` is told why, whenever that
  /// changes.
  Task<OrRefusal<redis::Fitness>> wait(std::function<void(const std::string& why)> still_waiting);
  const std::string& why_not() const { return why_not_; }
  /// Looks at it every second, for good; `seen` is told what, each time that Redis answers. Only
  /// its refusals count: what configuration would be asked for warnings is not asked each second.
  Task<void> stay(std::function<void(const redis::Fitness& fitness)> seen);

 private:
  /// Refuses a user who may not do what the server does.
  Task<OrRefusal<bool>> has_rights();
  /// Refuses keys in the other form, or gives them their names in ours.
  Task<OrRefusal<bool>> has_our_keys();
  Task<OrRefusal<bool>> convert_keys(redis::KeyForm form);
  /// Refuses another policy, or writes ours where none stands or we are to change it.
  Task<OrRefusal<bool>> agrees_on_policy();
  void down(std::string_view why) override { why_not_ = why; }
  void refused(std::string_view why) override { refusal_ = why; }

  boost::asio::io_context& io_;
  const std::string user_;
  const LookOptions options_;
  std::string why_not_ = "no answer yet";
  std::optional<std::string> refusal_;
  redis::Connection connection_;
};

}  // namespace recant::app
