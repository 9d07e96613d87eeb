// What the calls for operators tell (/.well-known/jwks.json, /metrics, /readyz). One a thread.
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
  ServerOperations(std::string jwks, const Metrics& metrics, const Readiness& readiness,
                   service::SessionStore& sessions, service::AccountStore& accounts)
      : jwks_(std::move(jwks)),
        metrics_(metrics),
        readiness_(readiness),
        sessions_(sessions),
        accounts_(accounts) {}

  void use_jwks(std::string jwks) { jwks_ = std::move(jwks); }

  std::string jwks() const override { return jwks_; }
  std::string metrics() override { return metrics_.scrape(); }
  Task<std::vector<std::string>> faults() override;

 private:
  std::string jwks_;
  const Metrics& metrics_;
  const Readiness& readiness_;
  service::SessionStore& sessions_;
  service::AccountStore& accounts_;
};

}  // namespace recant::app
