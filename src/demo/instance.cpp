#include "demo/instance.hpp"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "demo/caretaker.hpp"
#include "demo/http_client.hpp"

namespace recant::demo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{20};
constexpr int kMostLooks = 3000;

/// Whatever it is asked on a busy machine, it takes its time rather than answer 503. The port is
/// any free one.
constexpr const char* kPrivate =
    "server.listen = \"127.0.0.1:0\"\n"
    "server.threads = 2\n"
    "server.data = \"data\"\n"
    "redis.timeout = \"10s\"\n";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Empty, with errno, when none can be made.
std::filesystem::path make_directory(const std::filesystem::path& parent) {
  std::string name = (parent / "recant-demo-XXXXXX").string();
  return ::mkdtemp(name.data()) == nullptr ? "" : name;
}

}  // namespace

Instance::Instance(std::filesystem::path directory) : directory_(std::move(directory)) {}

Instance::~Instance() { end(); }

Result<std::unique_ptr<Instance>, std::string> Instance::start(const InstanceOptions& options) {
  std::unique_ptr<Instance> instance;
  {
    const SignalsHeld held;
    const auto directory = make_directory(options.temporary);
    if (directory.empty()) {
      return "no directory can be made in " + options.temporary.string() + ": " +
             std::strerror(errno);
    }
    instance.reset(new Instance(directory));
    const auto watched = Caretaker::watch(directory, instance->data() / "redis" / "redis.lock");
    if (!watched) {
      std::filesystem::remove(directory);
      return "no process can be started: " + watched.error();
    }
    if (auto launched = instance->launch(options); !launched) return launched.error();
  }
  if (auto ready = instance->wait_until_ready(); !ready) return ready.error();
  return instance;
}

Result<void, std::string> Instance::launch(const InstanceOptions& options) {
  std::ofstream(directory_ / "recant.toml") << kPrivate << options.settings;
  auto child = ChildProcess::start({.program = options.program.string(),
                                    .arguments = {"serve", "--config", "recant.toml"},
                                    .environment = options.environment,
                                    .directory = directory_.string(),
                                    .output_file = log().string(),
                                    .lock_file = {}});
  if (!child) return child.error();
  server_ = *std::move(child);
  Caretaker::ends_first(server_->pid());
  return {};
}

Result<void, std::string> Instance::wait_until_ready() {
  for (int look = 0; look < kMostLooks; ++look) {
    const auto port = port_in_log();
    if (port) {
      port_ = *port;
      if (HttpClient(port_).send({"GET", "/readyz"}).status == 200) return {};
    } else if (!server_->running()) {
      Caretaker::ends_first(0);
      return last_words();
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return std::string("the server is not ready in time");
}

redis::Address Instance::redis() const {
  return redis::UnixAddress{(data() / "redis" / "redis.sock").string()};
}

std::string Instance::admin_key() const {
  std::string key = read_file(data() / "admin.key");
  return key.substr(0, key.find_last_not_of("\r\n") + 1);
}

void Instance::end() {
  const SignalsHeld held;
  Caretaker::ends_first(0);
  server_.reset();
  Caretaker::finish();
}

/// From the greeting, which it prints once it listens.
std::optional<unsigned short> Instance::port_in_log() const {
  constexpr std::string_view kBefore = " listens on http://127.0.0.1:";
  const std::string text = read_file(log());
  const auto found = text.find(kBefore);
  if (found == std::string::npos) return std::nullopt;
  const char* const begin = text.data() + found + kBefore.size();
  unsigned short port = 0;
  const auto [rest, wrong] = std::from_chars(begin, text.data() + text.size(), port);
  // Behind the number stands something else, or it may not be whole yet.
  if (wrong != std::errc{} || rest == text.data() + text.size()) return std::nullopt;
  return port;
}

/// The sentence with which `serve` refused.
std::string Instance::last_words() const {
  constexpr std::string_view kOurs = "recant: ";
  std::istringstream lines(read_file(log()));
  std::string line;
  std::string last = "the server ended without a word";
  while (std::getline(lines, line)) {
    if (line.starts_with(kOurs)) line.erase(0, kOurs.size());
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace recant::demo
