// bench_in_process PORT SECONDS ROUNDS NEW TOKENS…
//
// What a check costs inside the process that asks: librecant by its public header, beside libraries
// that verify a token each time and ask Redis (on loopback, PORT) by hiredis. For each of TOKENS
// there is a verifier that remembers so many, and they are checked in turn or at random. NEW is how
// many tokens that nobody has seen are checked in a round, by the last of them. And for each of
// TOKENS what memory alone takes.
//
// All sides take their turns, SECONDS each, and that ROUNDS times, after a turn that is not
// counted; each turn is a line of JSON. The Redis is nobody else's: it is given a policy and
// sessions, as a server would write them.
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <recant/verifier.hpp>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "in_process/looks.hpp"
#include "in_process/peers.hpp"
#include "in_process/redis.hpp"
#include "in_process/tokens.hpp"

namespace {

using namespace recant::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kDeadline = 1s;
/// Of the libraries beside, which forget a token at once.
constexpr std::size_t kPeersTokens = 1000;

/// The n-th of those that this process may have, so that two threads never share one.
void stay_on_core(std::size_t n) {
  cpu_set_t allowed, one;
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  CPU_ZERO(&one);
  n %= static_cast<std::size_t>(CPU_COUNT(&allowed));
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed) && n-- == 0) CPU_SET(core, &one);
  }
  ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// What one turn of one side counted.
struct Count {
  std::size_t checks = 0;
  std::size_t asked = 0;  // of which Redis was asked, though the token had been seen
  double seconds = 0;
};

/// Which token is next.
class Order {
 public:
  Order(std::size_t count, std::size_t first, bool random)
      : count_(count), at_(first), random_(random), state_(first + 1) {}
  std::size_t next() {
    if (!random_) return at_ = at_ + 1 < count_ ? at_ + 1 : 0;
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 32) * count_ >> 32;
  }

 private:
  const std::size_t count_;
  std::size_t at_;
  const bool random_;
  std::uint64_t state_;
};

/// Calls `check` over and over until the time is over.
template <class Check>
Count repeat(double seconds, std::size_t batch, Check check) {
  Count count;
  const auto begun = Clock::now();
  const auto end = begun + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  auto now = begun;
  for (; now < end; now = Clock::now()) {
    for (std::size_t i = 0; i < batch; ++i) check(count);
    count.checks += batch;
  }
  count.seconds = Seconds(now - begun).count();
  return count;
}

/// On so many threads, each on a core of its own.
Count on_threads(std::size_t threads, const std::function<Count(std::size_t)>& measure) {
  std::vector<std::future<Count>> running;
  for (std::size_t i = 0; i < threads; ++i) {
    running.push_back(std::async(std::launch::async, [&measure, i] {
      stay_on_core(i);
      return measure(i);
    }));
  }
  Count all;
  for (auto& one : running) {
    const Count count = one.get();
    all.checks += count.checks;
    all.asked += count.asked;
    all.seconds = std::max(all.seconds, count.seconds);
  }
  return all;
}

// --- Recant -----------------------------------------------------------------------------------

std::unique_ptr<recant::Verifier> make_verifier(int port, const Issuer& issuer,
                                                std::size_t tokens) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("recant-bench-" + std::to_string(::getpid()) + ".json");
  std::ofstream(file) << issuer.jwks();
  recant::VerifierOptions options;
  options.redis_url = "redis://127.0.0.1:" + std::to_string(port);
  options.issuer = kIssuer;
  options.audience = {kAudience};
  options.jwks_file = file;
  // While all of them are made known, Redis and this program have no core to themselves.
  options.redis_timeout = 5s;
  // These tokens take somewhat more than the kilobyte that an entry is counted as.
  options.cache_entries = tokens + tokens / 2;
  auto created = recant::Verifier::create(std::move(options));
  std::filesystem::remove(file);
  if (!created) throw std::runtime_error(created.message());
  for (const auto end = Clock::now() + 10s; !created.verifier->ready();) {
    if (Clock::now() > end) throw std::runtime_error(created.verifier->why_not_ready());
    std::this_thread::sleep_for(1ms);
  }
  return std::move(created.verifier);
}

void must_be_valid(const recant::Checked& checked) {
  if (checked.is_valid()) return;
  throw std::runtime_error(std::string("a good token is ") + to_string(checked.verdict()) + ": " +
                           std::string(checked.reason()));
}

/// Shows it the first `count`, many at a time.
void make_known(recant::Verifier& verifier, const Tokens& tokens, std::size_t count) {
  constexpr std::ptrdiff_t kAtOnce = 256;
  std::atomic<std::size_t> refused = 0;
  on_threads(std::max(1U, std::thread::hardware_concurrency()), [&](std::size_t thread) {
    const std::size_t step = std::max(1U, std::thread::hardware_concurrency());
    std::counting_semaphore<kAtOnce> free(kAtOnce);
    for (std::size_t i = thread; i < count; i += step) {
      free.acquire();
      verifier.check(tokens[i], [&](const recant::Checked& checked) {
        if (!checked.is_valid()) ++refused;
        free.release();
      });
      if (thread == 0 && i % 200'000 == 0) std::cerr << "made known " << i << '\n';
    }
    for (std::ptrdiff_t i = 0; i < kAtOnce; ++i) free.acquire();
    return Count();
  });
  if (refused > 0) throw std::runtime_error(std::to_string(refused) + " tokens were refused");
}

Count check_known(recant::Verifier& verifier, const Tokens& tokens, Order order, double seconds) {
  return repeat(seconds, 1000, [&](Count& count) {
    const std::string_view token = tokens[order.next()];
    auto checked = verifier.check_cached(token);
    if (!checked) {
      ++count.asked;
      checked = verifier.check(token, kDeadline);
    }
    must_be_valid(*checked);
  });
}

Count check_new(recant::Verifier& verifier, const Tokens& tokens) {
  Count count{tokens.size()};
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < tokens.size(); ++i)
    must_be_valid(verifier.check(tokens[i], kDeadline));
  count.seconds = Seconds(Clock::now() - begun).count();
  return count;
}

// --- others -------------------------------------------------------------------------------------

void check_by(const Verify& verify, Redis& redis, std::string_view token) {
  const std::string jti = verify(token);
  if (jti.empty() || redis.has("blacklist:jti:" + jti)) {
    throw std::runtime_error("a good token is refused by a library");
  }
}

/// None may take a token that is not signed.
void must_refuse(const std::string& name, const Verify& verify, std::string_view token) {
  std::string other(token);
  const auto payload = other.find('.') + 10;
  other[payload] = other[payload] == 'A' ? 'B' : 'A';
  try {
    if (verify(other).empty()) return;
  } catch (const std::exception&) {
    return;
  }
  throw std::runtime_error(name + " takes a token that nobody signed");
}

// --- rounds -------------------------------------------------------------------------------------

struct Options {
  int port = 0;
  double seconds = 0;
  int rounds = 0;
  std::size_t fresh = 0;
  std::vector<std::size_t> sizes{};
};

struct Side {
  std::string name;
  std::function<Count()> turn;
};

void print(int round, const std::string& side, const Count& count) {
  std::cout << "{\"round\":" << round << ",\"side\":\"" << side << "\",\"checks\":" << count.checks
            << ",\"asked\":" << count.asked << ",\"seconds\":" << count.seconds
            << ",\"rate\":" << static_cast<double>(count.checks) / count.seconds << "}"
            << std::endl;
}

void run(const Options& options) {
  Redis redis(options.port);
  redis.queue_set("recant:policy", "v=1 strategy=blacklist max_staleness=250", kLifeSeconds);
  redis.flush();
  const Issuer issuer(options.port);
  const std::size_t most = *std::max_element(options.sizes.begin(), options.sizes.end());
  const Tokens known = issuer.make(most);
  const Tokens for_peers = issuer.make(kPeersTokens, "JWT");
  std::vector<Tokens> fresh;
  for (int i = 0; i <= options.rounds; ++i) fresh.push_back(issuer.make(options.fresh));

  std::vector<std::unique_ptr<recant::Verifier>> verifiers;
  for (const std::size_t size : options.sizes) {
    verifiers.push_back(make_verifier(options.port, issuer, size));
    const std::size_t before = resident_bytes();
    make_known(*verifiers.back(), known, size);
    const std::size_t after = resident_bytes();
    std::cout << "{\"tokens\":" << size << ",\"token_bytes\":" << known[0].size()
              << ",\"bytes_a_token\":" << (after - before) / size << "}" << std::endl;
  }

  std::vector<std::unique_ptr<Looks>> looks;
  for (const std::size_t size : options.sizes) looks.push_back(std::make_unique<Looks>(size));

  std::vector<Side> sides;
  const std::array<std::pair<std::string, Verify>, 3> peers = {
      std::pair("libjwt", libjwt(issuer.pem())),
      {"cpp_jwt", cpp_jwt(issuer.pem())},
      {"openssl", openssl(issuer.pem())}};
  for (const auto& [name, verify] : peers) {
    must_refuse(name, verify, for_peers[0]);
    sides.push_back({name, [&, check = verify] {
                       return on_threads(1, [&](std::size_t) {
                         Order order(for_peers.size(), 0, false);
                         return repeat(options.seconds, 10, [&](Count&) {
                           check_by(check, redis, for_peers[order.next()]);
                         });
                       });
                     }});
  }
  for (std::size_t i = 0; i < options.sizes.size(); ++i) {
    const std::size_t size = options.sizes[i];
    recant::Verifier* const verifier = verifiers[i].get();
    const auto add = [&, size, verifier](const std::string& how, std::size_t threads, bool random) {
      sides.push_back(
          {"recant_" + std::to_string(size) + how, [&, size, verifier, threads, random] {
             return on_threads(threads, [&](std::size_t thread) {
               const Order order(size, size / threads * thread, random);
               return check_known(*verifier, known, order, options.seconds);
             });
           }});
    };
    add("", 1, false);
    add("_random", 1, true);
    add("_two_threads", 2, false);
    sides.push_back({"looks_" + std::to_string(size), [&, at = looks[i].get()] {
                       return on_threads(1, [&](std::size_t) {
                         return repeat(options.seconds, 1000, [&](Count&) { at->take(); });
                       });
                     }});
  }
  std::size_t turn = 0;
  sides.push_back({"new_openssl", [&] {
                     return on_threads(1, [&](std::size_t) {
                       const Tokens& tokens = fresh[turn];
                       Count count{tokens.size()};
                       const auto begun = Clock::now();
                       for (std::size_t i = 0; i < tokens.size(); ++i) {
                         check_by(peers[2].second, redis, tokens[i]);
                       }
                       count.seconds = Seconds(Clock::now() - begun).count();
                       return count;
                     });
                   }});
  sides.push_back({"new_recant", [&] {
                     return on_threads(
                         1, [&](std::size_t) { return check_new(*verifiers.back(), fresh[turn]); });
                   }});

  for (; turn < fresh.size(); ++turn) {
    for (const Side& side : sides) {
      const Count count = side.turn();
      if (turn > 0) print(static_cast<int>(turn), side.name, count);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 5) {
    std::cerr << "usage: bench_in_process PORT SECONDS ROUNDS NEW TOKENS...\n";
    return 2;
  }
  try {
    Options options{std::stoi(words[0]), std::stod(words[1]), std::stoi(words[2]),
                    std::stoul(words[3])};
    for (std::size_t i = 4; i < words.size(); ++i) options.sizes.push_back(std::stoul(words[i]));
    run(options);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "bench_in_process: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
