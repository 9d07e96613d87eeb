// The slow hash (argon2id) on threads of its own, with a bounded queue in front: past it people are
// told `busy` at once, rather than everybody waiting longer and longer.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "crypto/password.hpp"
#include "service/password_hasher.hpp"

namespace recant::app {

struct PasswordWorkersOptions {
  crypto::PasswordOptions hash{};
  /// Each holds hash.memory_kib while it works.
  std::size_t threads = 1;
  /// Hashes that wait or run.
  std::size_t queue = 64;
};

class PasswordWorkers final : public service::PasswordHasher {
 public:
  /// Takes the time of one hash.
  PasswordWorkers(const PasswordWorkersOptions& options, RandomSource& random);

  Task<Result<std::string, service::HashError>> hash(SecretString password) override;
  Task<Result<service::PasswordCheck, service::HashError>> check(std::string hash,
                                                                 SecretString password) override;

 private:
  const PasswordWorkersOptions options_;
  RandomSource& random_;
  /// Of a password that nobody knows: what a name without an account is checked against, so that it
  /// takes as long as one with an account.
  const std::string nobodys_hash_;
  WorkerPool pool_;
};

}  // namespace recant::app
