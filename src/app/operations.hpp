// What the calls for operators tell (/metrics, /readyz). One a thread.
#pragma once

#include <string>
#include <vector>

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/readiness.hpp"
#include "base/clock.hpp"
#include "http/api.hpp"
#include "redis/commander.hpp"
#include "service/account_store.hpp"
#include "service/session_store.hpp"
#include "verify/token_judge.hpp"

namespace recant::app {

class ServerOperations final : public http::Operations {
 public:
  struct Needs {
    const Metrics& metrics;
    const Log& log;
    const Readiness& readiness;
    const Clock& clock;
    redis::Commander& redis;
    const verify::TokenJudge& judge;
    service::SessionStore& sessions;
    service::AccountStore& accounts;
  };
  explicit ServerOperations(const Needs& needs) : needs_(needs) {}

  Task<std::string> metrics() override;
  Task<std::vector<std::string>> faults() override;
  std::vector<std::string> warnings() const override;

 private:
  const Needs needs_;
};

}  // namespace recant::app
