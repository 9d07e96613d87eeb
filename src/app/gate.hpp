// Stands before the calls until Redis has been looked at: meanwhile only the calls for operators
// are let through, and all others are 503; those that asked about a token count as checks.
#pragma once

#include "app/readiness.hpp"
#include "http/handler.hpp"
#include "service/meter.hpp"

namespace recant::app {

class Gate final : public http::Handler {
 public:
  Gate(http::Handler& inner, const Readiness& readiness, service::Meter& meter)
      : inner_(inner), readiness_(readiness), meter_(meter) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(const http::Request& request, const http::Problem& problem) override {
    return inner_.refuse(request, problem);
  }
  void name_route(http::Request& request) override { inner_.name_route(request); }

 private:
  Task<http::Response> turn_away(http::Request& request);

  http::Handler& inner_;
  const Readiness& readiness_;
  service::Meter& meter_;
};

}  // namespace recant::app
