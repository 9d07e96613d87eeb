#include "http/server.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "http/listener.hpp"
#include "http/server_state.hpp"
#include "http/worker.hpp"

namespace recant::http {

Server::Server(ServerOptions options, const Clock& clock, RandomSource& random,
               const std::vector<ThreadPart>& threads)
    : state_(std::make_shared<ServerState>(std::move(options), clock)) {
  for (const auto& [io, handler, observer] : threads) {
    workers_.push_back(std::make_shared<Worker>(state_, io, handler, observer, random));
  }
}

Server::~Server() = default;

void Server::secure(const crypto::TlsContext& context) { state_->secure(context); }

Result<boost::asio::ip::tcp::endpoint, std::string> Server::start() {
  std::vector<boost::asio::io_context*> contexts;
  for (const auto& worker : workers_) contexts.push_back(&worker->io());
  auto listeners = listen(state_->options, contexts);
  if (!listeners) return listeners.error();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->start(std::move(listeners->acceptors[i]));
  }
  return listeners->endpoint;
}

void Server::drain() {
  for (const auto& worker : workers_) {
    boost::asio::post(worker->io(), [worker] { worker->drain(); });
  }
}

void Server::abort() {
  for (const auto& worker : workers_) {
    boost::asio::post(worker->io(), [worker] { worker->abort(); });
  }
}

void Server::wait() { state_->wait(); }

}  // namespace recant::http
