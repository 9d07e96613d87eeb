// The form of the keys that this run is about: the suites of the store run in each of them
// (tests/redis/CMakeLists.txt says so by RECANT_TEST_KEYS). Thread-safe.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "redis/keys.hpp"

namespace recant::redis {

inline KeyOptions key_form() {
  const char* const given = std::getenv("RECANT_TEST_KEYS");
  const std::string form = given ? given : "plain";
  if (form == "plain") return {};
  if (form == "prefix") return {"app:one/", false};
  if (form == "tags") return {"", true};
  throw std::runtime_error("RECANT_TEST_KEYS=" + form);
}

/// The text of a policy for keys of this form.
inline std::string in_this_form(const std::string& policy) {
  return policy + (key_form().hash_tags ? " keys=tagged" : "");
}

}  // namespace recant::redis
