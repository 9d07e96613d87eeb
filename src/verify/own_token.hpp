// A valid token of ours: its subject and session are this server's, and its holder may speak for
// them.
#pragma once

#include <optional>
#include <string>

#include "base/uuid.hpp"
#include "core/subject.hpp"
#include "verify/identity.hpp"

namespace recant::verify {

class OwnToken {
 public:
  /// Nothing when it is a foreign one.
  static std::optional<OwnToken> from(const Identity& identity);

  const core::Subject& subject() const { return subject_; }
  const Uuid& sid() const { return sid_; }
  const std::string& scope() const { return scope_; }
  UnixSeconds expires_at() const { return expires_at_; }

 private:
  OwnToken(core::Subject subject, const Uuid& sid, const Identity& identity)
      : subject_(std::move(subject)),
        sid_(sid),
        scope_(identity.scope()),
        expires_at_(identity.expires_at()) {}

  core::Subject subject_;
  Uuid sid_;
  std::string scope_;
  UnixSeconds expires_at_;
};

}  // namespace recant::verify
