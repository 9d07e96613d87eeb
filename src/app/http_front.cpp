#include "app/http_front.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <string>
#include <utility>

#include "app/port_owner.hpp"
#include "app/redis_keys.hpp"
#include "app/setting_checks.hpp"
#include "cli/command.hpp"
#include "http/listener.hpp"

namespace recant::app {
namespace {

namespace asio = boost::asio;

http::ServerOptions options_at(const Config& config, const std::string& where) {
  http::ServerOptions options;
  const auto listen = parse_listen(where);
  options.address = listen->address;
  options.port = listen->port;
  options.trusted_proxies = *http::TrustedProxies::parse(config.server.trusted_proxies);
  return options;
}

http::ServerOptions server_options(const Config& config) {
  return options_at(config, config.server.listen);
}

/// Nothing when operators share the main listener.
std::optional<http::ServerOptions> operators_options(const Config& config) {
  if (config.server.ops_listen.empty()) return std::nullopt;
  auto options = options_at(config, config.server.ops_listen);
  options.setting = "server.ops_listen";
  options.max_connections = 256;
  return options;
}

/// As a sentence of ours, with the process that is in the way, if there is one.
Refusal cannot_listen(std::string why, unsigned short port) {
  why.front() = 'C';
  const auto owner = port != 0 ? port_owner(port) : std::nullopt;
  return {why + (owner ? " (it is process " + std::to_string(*owner) + ")." : ".")};
}

redis::LiveVerifier::Needs verifier_needs(const Config& config, const HttpFront::Needs& needs,
                                          const verify::NeverBackClock& clock,
                                          redis::ConnectionObserver& observer) {
  return {
      needs.resources.redis,
      keys_of(config),
      needs.policy,
      make_token_verifier(config, *needs.resources.keys->ring(), needs.resources.foreign_issuers),
      clock,
      needs.random,
      &observer};
}

redis::LiveVerifierOptions verifier_options(const Config& config) {
  redis::LiveVerifierOptions options;
  options.cache_entries = static_cast<std::size_t>(config.verify.cache_entries);
  options.feed.connection.timeout = config.redis.timeout;
  options.feed.connection.client_name = "recant-verifier";
  // Four minutes, of which the leeway is ours already (contract §1).
  const auto apart = std::chrono::minutes{4} - config.token.leeway;
  options.feed.clock_difference = apart;
  options.questions.clock_difference = apart;
  return options;
}

}  // namespace

OrRefusal<void> HttpFront::probe(const Config& config) {
  asio::io_context io;
  asio::io_context* const contexts[] = {&io};
  const auto main = server_options(config);
  const auto listeners = http::listen(main, contexts);
  if (!listeners) return cannot_listen(listeners.error(), main.port);
  const auto operators = operators_options(config);
  if (!operators) return {};
  const auto more = http::listen(*operators, contexts);
  if (!more) return cannot_listen(more.error(), operators->port);
  return {};
}

HttpFront::HttpFront(const Config& config, const Needs& needs)
    : config_(config),
      metrics_(std::string(cli::version()), needs.clock.wall()),
      clock_(needs.clock),
      // The I/O threads run only once there are worlds.
      redis_observer_(metrics_.add_thread(), needs.log, false,
                      [this, &io = needs.threads.io(0)] {
                        asio::post(io, [this] { worlds_.front()->look_at_rights(); });
                      }),
      verifier_(verifier_needs(config, needs, clock_, redis_observer_), verifier_options(config)),
      shared_{config,
              clock_,
              needs.random,
              needs.resources.redis,
              needs.resources.accounts,
              needs.resources.hasher,
              needs.resources.admin_keys,
              needs.resources.admin_key_store,
              *needs.resources.keys,
              needs.resources.keys->ring(),
              needs.resources.foreign_issuers,
              needs.log,
              metrics_,
              needs.readiness,
              needs.policy,
              verifier_},
      threads_(needs.threads) {
  std::vector<http::ThreadPart> parts, operators;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    worlds_.push_back(std::make_unique<World>(i, threads_.io(i), shared_, metrics_.add_thread()));
    World& world = *worlds_.back();
    parts.push_back({threads_.io(i), world.handler(), world.observer()});
    operators.push_back({threads_.io(i), world.operators(), world.observer()});
  }
  server_ =
      std::make_unique<http::Server>(server_options(config), needs.clock, needs.random, parts);
  if (needs.tls) server_->secure(*needs.tls);
  if (auto options = operators_options(config)) {
    operators_ =
        std::make_unique<http::Server>(*std::move(options), needs.clock, needs.random, operators);
  }
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
  readers.push_back({threads_.io(0), [this](const service::SharedKeyRing& ring) {
                       verifier_.use(make_token_verifier(config_, *ring, shared_.foreign_issuers));
                     }});
  return readers;
}

OrRefusal<HttpFront::Ports> HttpFront::start() {
  const auto main = server_->start();
  if (!main) return cannot_listen(main.error(), server_options(config_).port);
  Ports ports{main->port()};
  if (operators_) {
    const auto endpoint = operators_->start();
    if (!endpoint) return cannot_listen(endpoint.error(), operators_options(config_)->port);
    ports.operators = endpoint->port();
  }
  threads_.run();
  return ports;
}

void HttpFront::stop(std::function<void()> done) {
  if (stopper_.joinable()) return;
  server_->drain();
  stopper_ = std::thread([this, done = std::move(done)] {
    server_->wait();
    if (operators_) {
      operators_->drain();
      operators_->wait();
    }
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
