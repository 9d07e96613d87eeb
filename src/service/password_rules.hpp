// Which new passwords are taken (ASVS 6.2): those of enough length that guessing does not start
// with; no composition rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/common_passwords.hpp"
#include "service/failure.hpp"
#include "service/policy.hpp"

namespace recant::service {

/// Nothing when the password may be used.
inline std::optional<Failure> refuse_password(std::string_view password,
                                              const AccountPolicy& policy) {
  if (password.size() < policy.password_min_bytes) {
    return Failure{
        FailureCode::weak_password,
        "A password has at least " + std::to_string(policy.password_min_bytes) + " bytes."};
  }
  if (password.size() > kPasswordMaxBytes) {
    return Failure{FailureCode::weak_password,
                   "A password has at most " + std::to_string(kPasswordMaxBytes) + " bytes."};
  }
  if (core::is_common_password(password)) {
    return Failure{FailureCode::weak_password,
                   "This password is among the most common ones, which are guessed first. Choose "
                   "another."};
  }
  return std::nullopt;
}

}  // namespace recant::service
