// Security events: what an auditor asks for later. The names are fixed (contract §5).
#pragma once

#include <array>
#include <string_view>

#include "service/caller.hpp"

namespace recant::service {

enum class Event {
  login_ok,
  login_failed,
  login_throttled,
  refresh_ok,
  refresh_reused,
  session_revoked,
  subject_revoked,
  token_revoked,
  password_changed,
  user_added,
  user_disabled,
  user_enabled,
  user_deleted,
  key_rotated,
  admin_key_added,
  admin_key_removed,
  admin_denied,
  csrf_refused,
};

inline constexpr std::array kEvents = {
    Event::login_ok,          Event::login_failed,   Event::login_throttled,
    Event::refresh_ok,        Event::refresh_reused, Event::session_revoked,
    Event::subject_revoked,   Event::token_revoked,  Event::password_changed,
    Event::user_added,        Event::user_disabled,  Event::user_enabled,
    Event::user_deleted,      Event::key_rotated,    Event::admin_key_added,
    Event::admin_key_removed, Event::admin_denied,   Event::csrf_refused};
static_assert(kEvents.size() == static_cast<std::size_t>(Event::csrf_refused) + 1);

/// `login.ok` and so on.
std::string_view name_of(Event event);

struct EventFields {
  std::string_view subject{};
  std::string_view session{};
  std::string_view token{};   // an access token's jti
  std::string_view actor{};   // the admin key's name
  std::string_view detail{};  // a reason or an outcome, never a secret
};

/// A call that somebody made with an admin key, whatever became of it.
struct AdminAct {
  std::string_view method;
  std::string_view route;  // the pattern: what stands in a path is the caller's own
  int status;
};

/// Called on I/O threads: implementations must not block. Thread-safe.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void record(Event event, const Caller& caller, const EventFields& fields) = 0;
  virtual void administered(const Caller& caller, const AdminAct& act) = 0;
};

}  // namespace recant::service
