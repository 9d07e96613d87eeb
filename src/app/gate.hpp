// Stands before the calls until Redis has been looked at: meanwhile only the calls for operators
// are let through, and all others are 503.
#pragma once

#include "app/readiness.hpp"
#include "http/handler.hpp"

namespace recant::app {

class Gate final : public http::Handler {
 public:
  Gate(http::Handler& inner, const Readiness& readiness) : inner_(inner), readiness_(readiness) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(const http::Request& request, const http::Problem& problem) override {
    return inner_.refuse(request, problem);
  }

 private:
  http::Handler& inner_;
  const Readiness& readiness_;
};

}  // namespace recant::app
