// What the calls for operators tell (/metrics, /readyz). One a thread.
#pragma once

#include <string>
#include <vector>

#include "app/metrics.hpp"
#include "app/readiness.hpp"
#include "http/api.hpp"
#include "service/account_store.hpp"
#include "service/session_store.hpp"

namespace recant::app {

class ServerOperations final : public http::Operations {
 public:
  ServerOperations(const Metrics& metrics, const Readiness& readiness,
                   service::SessionStore& sessions, service::AccountStore& accounts)
      : metrics_(metrics),
        readiness_(readiness),
        sessions_(sessions),
        accounts_(accounts) {}

  std::string metrics() override { return metrics_.scrape(); }
  Task<std::vector<std::string>> faults() override;

 private:
  const Metrics& metrics_;
  const Readiness& readiness_;
  service::SessionStore& sessions_;
  service::AccountStore& accounts_;
};

}  // namespace recant::app
