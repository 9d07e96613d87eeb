// bench_argon2id hash             the PHC string of the password on standard input
// bench_argon2id time SECONDS     how long one check of a password takes, as JSON
//
// The limit that a login is held against: by the very code that a login runs, with the default
// parameters, on one thread, with nothing around it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"

namespace {

using namespace recant;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

std::string hash(const SecretString& password) {
  crypto::SystemRandom random;
  return crypto::hash_password(password, {}, random);
}

/// The median, so that what else runs on this machine for a moment counts for nothing.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int time_one(double seconds) {
  const SecretString password("correct horse battery staple");
  const auto phc = hash(password);
  std::vector<double> taken;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (taken.empty() || Clock::now() < end) {
    const auto begun = Clock::now();
    if (!crypto::verify_password(phc, password)) return EXIT_FAILURE;
    taken.push_back(Milliseconds(Clock::now() - begun).count());
  }
  std::cout << "{\"hashes\":" << taken.size() << ",\"median_ms\":" << median(taken) << "}\n";
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "hash") {
    const std::string password(std::istreambuf_iterator<char>(std::cin), {});
    std::cout << hash(SecretString(password)) << '\n';
    return EXIT_SUCCESS;
  }
  const double seconds = arguments.size() == 2 ? std::atof(argv[2]) : 0;
  if (seconds > 0 && arguments[0] == "time") return time_one(seconds);
  std::cerr << "usage: bench_argon2id hash | time SECONDS\n";
  return 2;
}
