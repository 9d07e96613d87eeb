// An API that recant protects: main reads the environment, server speaks HTTP, api answers, and
// check asks the verifier.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <recant/verifier.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server.hpp"

namespace {

/// For what is being answered when the process is told to end.
constexpr std::chrono::seconds kGrace{15};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  throw std::invalid_argument(std::string(name) + " is missing in the environment");
}

std::uint16_t port_from_environment() {
  const auto text = from_environment("PORT");
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && *end == '\0' && port != 0) return port;
  throw std::invalid_argument("PORT is \"" + text + "\"; write a number from 1 to 65535");
}

recant::VerifierOptions options_from_environment() {
  recant::VerifierOptions options;
  options.redis_url = from_environment("REDIS_URL");
  options.issuer = from_environment("ISSUER");
  options.audience = {from_environment("AUDIENCE")};
  options.jwks_url = from_environment("JWKS_URL");
  options.log = [](recant::LogLevel, std::string_view line) {
    std::clog << std::string(line) + '\n';
  };
  return options;
}

Server listen(boost::asio::io_context& io, std::uint16_t port, recant::Verifier& verifier) try {
  return Server(io, port, verifier);
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on port " + std::to_string(port) +
                           " (PORT): " + error.code().message());
}

void serve_until_told_to_end() {
  const auto port = port_from_environment();
  boost::asio::io_context io(1);  // first, so that it is destroyed last: see check.hpp
  const auto created = recant::Verifier::create(options_from_environment());
  if (!created) throw std::invalid_argument(created.message());

  Server server = listen(io, port, *created.verifier);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const auto&, int) { io.stop(); });
  io.run();

  server.stop();
  io.restart();
  io.run_for(kGrace);  // comes back as soon as everything is answered
}

}  // namespace

int main() try {
  serve_until_told_to_end();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "beast-api: " << error.what() << '\n';
  return 2;
}
