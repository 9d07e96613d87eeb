// Security events: what an auditor asks for later. The names are fixed (contract §5).
#pragma once

#include <string_view>

#include "service/caller.hpp"

namespace recant::service {

enum class Event {
  login_ok,
  login_failed,
  refresh_ok,
  refresh_reused,
  session_revoked,
  subject_revoked,
  token_revoked,
  password_changed,
  user_disabled,
  key_rotated,
  admin_denied,
};

/// `login.ok` and so on.
std::string_view name_of(Event event);

struct EventFields {
  std::string_view subject{};
  std::string_view session{};
  std::string_view actor{};   // the admin key's name
  std::string_view detail{};  // a reason or an outcome, never a secret
};

/// Called on I/O threads: implementations must not block. Thread-safe.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void record(Event event, const Caller& caller, const EventFields& fields) = 0;
};

}  // namespace recant::service
