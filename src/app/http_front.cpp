#include "app/http_front.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <string>
#include <utility>

#include "app/port_owner.hpp"
#include "app/setting_checks.hpp"
#include "cli/command.hpp"
#include "http/listener.hpp"

namespace recant::app {
namespace {

namespace asio = boost::asio;

http::ServerOptions server_options(const Config& config) {
  http::ServerOptions options;
  const auto listen = parse_listen(config.server.listen);
  options.address = listen->address;
  options.port = listen->port;
  options.trusted_proxies = *http::TrustedProxies::parse(config.server.trusted_proxies);
  return options;
}

/// As a sentence of ours, with the process that is in the way, if there is one.
Refusal cannot_listen(std::string why, unsigned short port) {
  why.front() = 'C';
  const auto owner = port != 0 ? port_owner(port) : std::nullopt;
  return {why + (owner ? " (it is process " + std::to_string(*owner) + ")." : ".")};
}

}  // namespace

OrRefusal<void> HttpFront::probe(const Config& config) {
  const http::ServerOptions options = server_options(config);
  asio::io_context io;
  asio::io_context* const contexts[] = {&io};
  const auto listeners = http::listen(options, contexts);
  if (!listeners) return cannot_listen(listeners.error(), options.port);
  return {};
}

HttpFront::HttpFront(const Config& config, const Needs& needs)
    : config_(config),
      metrics_(std::string(cli::version()), needs.clock.wall()),
      clock_(needs.clock),
      shared_{config,
              clock_,
              needs.random,
              needs.resources.redis,
              needs.resources.accounts,
              needs.resources.hasher,
              needs.resources.admin_keys,
              *needs.resources.keys,
              needs.resources.keys->ring(),
              needs.resources.foreign_issuers,
              needs.log,
              metrics_,
              needs.readiness},
      threads_(needs.threads) {
  std::vector<http::ThreadPart> parts;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    worlds_.push_back(std::make_unique<World>(i, threads_.io(i), shared_, metrics_.add_thread()));
    parts.push_back({threads_.io(i), worlds_.back()->handler(), worlds_.back()->observer()});
  }
  server_ = std::make_unique<http::Server>(server_options(config), needs.clock, needs.random,
                                           std::move(parts));
}

HttpFront::~HttpFront() {
  if (stopper_.joinable()) stopper_.join();
  threads_.stop();
}

std::vector<KeyReader> HttpFront::key_readers() {
  std::vector<KeyReader> readers;
  for (std::size_t i = 0; i < worlds_.size(); ++i) {
    World* const world = worlds_[i].get();
    readers.push_back(
        {threads_.io(i), [world](const service::SharedKeyRing& ring) { world->use_keys(ring); }});
  }
  return readers;
}

OrRefusal<unsigned short> HttpFront::start() {
  const auto endpoint = server_->start();
  if (!endpoint) return cannot_listen(endpoint.error(), server_options(config_).port);
  threads_.run();
  return endpoint->port();
}

void HttpFront::stop(std::function<void()> done) {
  if (stopper_.joinable()) return;
  server_->drain();
  stopper_ = std::thread([this, done = std::move(done)] {
    server_->wait();
    stop_worlds();
    done();
  });
}

void HttpFront::stop_worlds() {
  std::vector<std::future<void>> stopped;
  for (std::size_t i = 0; i < worlds_.size(); ++i) {
    stopped.push_back(asio::co_spawn(threads_.io(i), worlds_[i]->stop(), asio::use_future));
  }
  // Bounded by redis.timeout, which each command has.
  for (auto& one : stopped) one.wait();
}

}  // namespace recant::app
