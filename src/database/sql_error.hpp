// What may be said about an SQL error.
#pragma once

#include <soci/error.h>

#include <string>

namespace recant::database {

/// The engine's words only: what() of a soci_error carries the statement with its values, and those
/// are password hashes and names.
inline std::string reason_of(const soci::soci_error& error) {
  std::string reason = error.get_error_message();
  for (char& c : reason) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  while (!reason.empty() && (reason.back() == ' ' || reason.back() == '.')) reason.pop_back();
  return reason;
}

}  // namespace recant::database
