#include "testing/redis_server.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include "redis/blocking.hpp"
#include "testing/free_port.hpp"

namespace recant::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Generous: the machine may be building something else.
constexpr auto kPatience = 20s;

fs::path make_directory() {
  std::string pattern = "/tmp/recant-redis-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory in /tmp");
  return pattern;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> config, Listen listen)
    : config_(std::move(config)), listen_(listen), directory_(make_directory()) {
  if (listen_ == Listen::tcp) {
    address_ = redis::TcpAddress{"127.0.0.1", free_port()};
  } else {
    address_ = redis::UnixAddress{directory_ / "redis.sock"};
  }
  start();
}

RedisServer::~RedisServer() {
  process_.reset();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string RedisServer::url() const {
  return (listen_ == Listen::tcp ? "redis://" : "unix://") + redis::to_string(address_);
}

std::shared_ptr<const redis::Target> RedisServer::target() const {
  auto target = std::make_shared<redis::Target>();
  target->address = address_;
  return target;
}

pid_t RedisServer::pid() const { return process_ ? process_->pid() : -1; }

void RedisServer::write_config() const {
  std::ofstream out(directory_ / "redis.conf");
  out << "dir " << directory_.string() << "\nsave \"\"\nappendonly no\n";
  if (const auto* tcp = std::get_if<redis::TcpAddress>(&address_)) {
    out << "bind 127.0.0.1\nport " << tcp->port << "\n";
  } else {
    out << "port 0\nunixsocket " << redis::to_string(address_) << "\n";
  }
  for (const std::string& line : config_) out << line << "\n";
}

void RedisServer::start() {
  write_config();
  auto started = ChildProcess::start({.program = "/usr/bin/redis-server",
                                      .arguments = {"redis.conf"},
                                      .environment = {"LANG=C"},
                                      .directory = directory_,
                                      .output_file = "redis.log",
                                      .lock_file = {}});
  if (!started) throw std::runtime_error(started.error());
  process_ = std::move(*started);
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    // An error reply (LOADING, NOAUTH) comes from a server that listens; LOADING is waited for.
    const auto reply = redis::ask_blocking(address_, redis::Command("PING"), 1s);
    const bool loading =
        reply && reply->is_error() && reply->error().code == redis::RedisErrc::loading;
    if (reply && !loading) return;
    if (!process_->running() || std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error("redis-server does not start:\n" + last_log_lines());
    }
    std::this_thread::sleep_for(5ms);
  }
}

void RedisServer::stop() {
  process_->signal(SIGTERM);
  if (!process_->wait_for(kPatience)) throw std::runtime_error("redis-server does not stop");
}

void RedisServer::kill() { process_.reset(); }
void RedisServer::pause() { process_->signal(SIGSTOP); }
void RedisServer::resume() { process_->signal(SIGCONT); }

void RedisServer::wipe() {
  if (process_ && process_->running()) throw std::runtime_error("wipe() of a running redis-server");
  fs::remove_all(directory_ / "appendonlydir");
  fs::remove(directory_ / "dump.rdb");
}

redis::Reply RedisServer::ask(const redis::Command& command) {
  auto reply = redis::ask_blocking(address_, command, kPatience);
  if (!reply) throw std::runtime_error(reply.error().detail + "\n" + last_log_lines());
  return std::move(*reply);
}

std::string RedisServer::last_log_lines() const {
  std::ifstream in(directory_ / "redis.log");
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t kShown = 1500;
  return all.size() > kShown ? all.substr(all.size() - kShown) : all;
}

}  // namespace recant::testing
