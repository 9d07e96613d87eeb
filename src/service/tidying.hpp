// After a watermark has ended a subject's sessions, their records and refresh tokens are removed
// and the recipe's own keys are written for each live token, batch by batch, so that no single
// call takes long. One a thread.
#pragma once

#include <string>

#include "core/reason.hpp"
#include "core/subject.hpp"
#include "service/session_store.hpp"

namespace recant::service {

class Tidying {
 public:
  explicit Tidying(SessionStore& store) : store_(store) {}
  Tidying(const Tidying&) = delete;
  Tidying& operator=(const Tidying&) = delete;

  /// The first batch at once; what remains goes on behind the caller's back, unless
  /// `to_the_end`. True when nothing remains. A shutdown waits for nothing that goes on, since the
  /// watermark holds without.
  Task<bool> begin(core::Subject subject, core::Reason reason, bool to_the_end);

 private:
  Task<bool> run_batches(core::Subject subject, core::Reason reason, std::string after);
  Task<void> go_on(core::Subject subject, core::Reason reason, std::string after);

  SessionStore& store_;
};

}  // namespace recant::service
