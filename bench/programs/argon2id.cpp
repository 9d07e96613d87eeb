// bench_argon2id hash                     the PHC string of the password on standard input
// bench_argon2id time SECONDS THREADS     how long one check of a password takes while so many
// threads
//                                         do nothing else, as JSON
//
// The limit that a login is held against: by the very code that a login runs, with the default
// parameters, with nothing around it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <iterator>
#include <stdexcept>
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

std::vector<double> times_of_one_thread(const std::string& phc, const SecretString& password,
                                        Clock::time_point end) {
  std::vector<double> taken;
  while (taken.empty() || Clock::now() < end) {
    const auto begun = Clock::now();
    if (!crypto::verify_password(phc, password)) throw std::logic_error("the password is right");
    taken.push_back(Milliseconds(Clock::now() - begun).count());
  }
  return taken;
}

void time_checks(double seconds, int threads) {
  const SecretString password("correct horse battery staple");
  const auto phc = hash(password);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  std::vector<std::future<std::vector<double>>> running;
  for (int i = 0; i < threads; ++i) {
    running.push_back(
        std::async(std::launch::async, times_of_one_thread, phc, std::cref(password), end));
  }
  std::vector<double> taken;
  for (auto& thread : running) {
    const auto times = thread.get();
    taken.insert(taken.end(), times.begin(), times.end());
  }
  std::cout << "{\"hashes\":" << taken.size() << ",\"median_ms\":" << median(taken) << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "hash") {
    const std::string password(std::istreambuf_iterator<char>(std::cin), {});
    std::cout << hash(SecretString(password)) << '\n';
    return EXIT_SUCCESS;
  }
  const bool times = arguments.size() == 3 && arguments[0] == "time";
  const double seconds = times ? std::atof(argv[2]) : 0;
  const int threads = times ? std::atoi(argv[3]) : 0;
  if (seconds > 0 && threads > 0) {
    time_checks(seconds, threads);
    return EXIT_SUCCESS;
  }
  std::cerr << "usage: bench_argon2id hash | time SECONDS THREADS\n";
  return 2;
}
