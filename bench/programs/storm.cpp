// bench_storm REDIS_URL ISSUER AUDIENCE JWKS TOKENS SECONDS LOGINS CORE
//
// One thread of a program that embeds librecant checks the tokens of the file TOKENS, one a line,
// in turn for SECONDS, while another thread, on CORE, writes LOGINS logins a second into the same
// Redis. What came of it goes to standard output as JSON; a token that is not found valid ends it.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <recant/verifier.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "histogram.hpp"
#include "login_storm.hpp"
#include "received_bytes.hpp"

namespace recant::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

/// So long that a machine that does something else for a moment ends no run: a check that waited
/// is among the slow ones.
constexpr milliseconds kPatience{5000};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error(path + " holds no token");
  return lines;
}

std::unique_ptr<Verifier> make_verifier(const Words& words) {
  VerifierOptions options;
  options.redis_url = words[0];
  options.redis_timeout = kPatience;
  options.issuer = words[1];
  options.audience = {words[2]};
  options.jwks_file = words[3];
  auto created = Verifier::create(std::move(options));
  if (!created) throw std::runtime_error(created.message());
  const auto end = Clock::now() + kPatience;
  while (!created.verifier->ready()) {
    if (Clock::now() > end) throw std::runtime_error(created.verifier->why_not_ready());
    std::this_thread::sleep_for(milliseconds{1});
  }
  return std::move(created.verifier);
}

redis::TcpAddress address_of(const std::string& url) {
  const auto target = redis::parse_url(url);
  if (!target) throw std::invalid_argument(target.error());
  if (const auto* tcp = std::get_if<redis::TcpAddress>(&target->address)) return *tcp;
  throw std::invalid_argument("Redis is to be reached by TCP");
}

struct Checks {
  Histogram latencies;
  std::uint64_t asked = 0;  ///< what was not known and had to be asked of Redis
};

/// True when it had to be asked.
bool check(Verifier& verifier, const std::string& token) {
  auto checked = verifier.check_cached(token);
  const bool asks = !checked;
  if (asks) checked = verifier.check(token, kPatience);
  if (!checked->is_valid()) {
    throw std::runtime_error(std::string("a token is ") + to_string(checked->verdict()) + ": " +
                             std::string(checked->reason()));
  }
  return asks;
}

/// One reading of the clock a check: where one ends the next begins.
Checks check_in_turn(Verifier& verifier, const std::vector<std::string>& tokens,
                     Clock::time_point until) {
  Checks checks;
  auto begun = Clock::now();
  for (std::size_t at = 0; begun < until; at = at + 1 < tokens.size() ? at + 1 : 0) {
    if (check(verifier, tokens[at])) ++checks.asked;
    const auto ended = Clock::now();
    checks.latencies.add(ended - begun);
    begun = ended;
  }
  return checks;
}

void run(const Words& words) {
  const auto tokens = lines_of(words[4]);
  const auto address = address_of(words[0]);
  const auto verifier = make_verifier(words);
  const ReceivedBytes received(address.port);
  for (const auto& token : tokens) check(*verifier, token);

  const LoginStorm storm(address, std::stoull(words[6]), std::stoi(words[7]));
  storm.wait_until_under_way();
  const auto opened_before = storm.opened(), bytes_before = received.count();
  const auto begun = Clock::now();
  const auto length =
      std::chrono::duration_cast<Clock::duration>(duration<double>(std::stod(words[5])));
  const auto checks = check_in_turn(*verifier, tokens, begun + length);
  const duration<double> passed = Clock::now() - begun;
  const auto& latencies = checks.latencies;
  std::cout << "{\"seconds\":" << passed.count() << ",\"checks\":" << latencies.count()
            << ",\"asked\":" << checks.asked << ",\"p50_ns\":" << latencies.percentile(0.5)
            << ",\"p99_ns\":" << latencies.percentile(0.99)
            << ",\"p999_ns\":" << latencies.percentile(0.999)
            << ",\"logins\":" << storm.opened() - opened_before
            << ",\"received_bytes\":" << received.count() - bytes_before << "}\n";
}

}  // namespace
}  // namespace recant::bench

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 8) {
    std::cerr << "usage: bench_storm REDIS_URL ISSUER AUDIENCE JWKS TOKENS SECONDS LOGINS CORE\n";
    return 2;
  }
  recant::bench::run(words);
} catch (const std::exception& error) {
  std::cerr << "bench_storm: " << error.what() << '\n';
  return EXIT_FAILURE;
}
