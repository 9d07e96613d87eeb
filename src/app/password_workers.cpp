#include "app/password_workers.hpp"

#include <unistd.h>

#include <new>
#include <optional>
#include <utility>

#include "base/base64url.hpp"

namespace recant::app {
namespace {

using service::HashError;
using service::PasswordCheck;

std::string hash_of_nobody(const crypto::PasswordOptions& options, RandomSource& random) {
  const SecretString password(base64url_encode(random.bytes<32>()));
  return crypto::hash_password(password, options, random);
}

/// A check takes microseconds and a hash milliseconds: where there is more to do than cores, the
/// thread that hashes is the one to wait. Once a thread; where it may not, it hashes all the same.
void give_way_to_checks() {
  constexpr int kNiceness = 10;  // more than the process has
  // On Linux a niceness is a thread's.
  static thread_local const int done = ::nice(kNiceness);
  static_cast<void>(done);
}

}  // namespace

PasswordWorkers::PasswordWorkers(const PasswordWorkersOptions& options, RandomSource& random)
    : options_(options),
      random_(random),
      nobodys_hash_(hash_of_nobody(options.hash, random)),
      pool_(options.threads, options.queue) {}

Task<Result<std::string, HashError>> PasswordWorkers::hash(SecretString password) {
  using Answer = Result<std::string, HashError>;
  auto work = [this, password = std::move(password)]() -> Answer {
    give_way_to_checks();
    try {
      return crypto::hash_password(password, options_.hash, random_);
    } catch (const std::bad_alloc&) {
      return HashError::busy;  // no memory for one more hash at this moment
    }
  };
  std::optional<Answer> answer = co_await pool_.run(work);
  if (!answer) co_return HashError::busy;
  co_return *std::move(answer);
}

Task<Result<PasswordCheck, HashError>> PasswordWorkers::check(std::string hash,
                                                              SecretString password) {
  using Answer = Result<PasswordCheck, HashError>;
  auto work = [this, hash = std::move(hash), password = std::move(password)]() -> Answer {
    give_way_to_checks();
    try {
      // One way for everybody, so that all of its steps take their time whosoever it is.
      const bool exists = !hash.empty();
      const std::string& phc = exists ? hash : nobodys_hash_;
      const bool matches = crypto::verify_password(phc, password) && exists;
      const bool outdated = crypto::needs_rehash(phc, options_.hash);
      // Made cheaply elsewhere: so that it takes no less time than a name without an account.
      if (!matches && outdated) crypto::verify_password(nobodys_hash_, password);
      return PasswordCheck{matches, matches && outdated};
    } catch (const std::bad_alloc&) {
      return HashError::busy;
    }
  };
  std::optional<Answer> answer = co_await pool_.run(work);
  if (!answer) co_return HashError::busy;
  co_return *std::move(answer);
}

}  // namespace recant::app
