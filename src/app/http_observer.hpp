// What the HTTP server did, for the counters and the log. One a thread, on that thread only.
#pragma once

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "http/handler.hpp"

namespace recant::app {

class HttpObserver final : public http::Observer {
 public:
  HttpObserver(ThreadMetrics& metrics, Log& log) : metrics_(metrics), log_(log) {}

  void answered(const http::Exchange& exchange) noexcept override;
  void handler_threw(const http::Request& request, std::string_view what) noexcept override;
  void handler_too_late(const http::Request& request) noexcept override;
  void not_secured(const boost::asio::ip::address& peer, std::string_view why) noexcept override;
  void not_accepted(std::string_view why) noexcept override;

 private:
  ThreadMetrics& metrics_;
  Log& log_;
};

}  // namespace recant::app
