#include "service/events.hpp"

namespace recant::service {

std::string_view name_of(Event event) {
  switch (event) {
    case Event::login_ok:
      return "login.ok";
    case Event::login_failed:
      return "login.failed";
    case Event::login_throttled:
      return "login.throttled";
    case Event::refresh_ok:
      return "refresh.ok";
    case Event::refresh_reused:
      return "refresh.reused";
    case Event::session_revoked:
      return "session.revoked";
    case Event::subject_revoked:
      return "subject.revoked";
    case Event::token_revoked:
      return "token.revoked";
    case Event::password_changed:
      return "password.changed";
    case Event::user_added:
      return "user.added";
    case Event::user_disabled:
      return "user.disabled";
    case Event::key_rotated:
      return "key.rotated";
    case Event::user_enabled:
      return "user.enabled";
    case Event::user_deleted:
      return "user.deleted";
    case Event::admin_key_added:
      return "admin_key.added";
    case Event::admin_key_removed:
      return "admin_key.removed";
    case Event::admin_denied:
      return "admin.denied";
    case Event::csrf_refused:
      return "csrf.refused";
  }
  return "unknown";
}

}  // namespace recant::service
