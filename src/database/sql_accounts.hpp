// The accounts in the database (service::AccountStore).
//
// Thread-safe. Statements run on threads of its own: one that writes, so that writers queue here
// rather than on the database's lock, and some that read and never wait for a commit.
#pragma once

#include <chrono>

#include "base/worker_pool.hpp"
#include "database/database.hpp"
#include "service/account_store.hpp"

namespace recant::database {

class SqlAccounts final : public service::AccountStore {
 public:
  template <class T>
  using Answer = service::AccountResult<T>;

  /// `database` has a connection for each of that many readers and for the writer, beside those of
  /// others. At least 1.
  explicit SqlAccounts(Database& database, std::size_t readers = 2);

  Task<Answer<void>> add(service::NewAccount account) override;
  Task<Answer<std::vector<service::Added>>> add_all(
      std::vector<service::NewAccount> accounts) override;
  Task<Answer<service::Account>> find(core::Username name) override;
  Task<Answer<service::Account>> find(Uuid user_id) override;
  Task<Answer<service::AccountPage>> list(std::string after, int limit) override;
  Task<Answer<void>> set_password(Uuid user_id, std::string password_hash,
                                  std::string replaces) override;
  Task<Answer<void>> set_disabled(Uuid user_id, bool disabled) override;
  Task<Answer<void>> remove(Uuid user_id) override;
  Task<Answer<void>> probe() override;

 private:
  template <class T, class Work>
  Task<Answer<T>> run(WorkerPool& pool, Work work);

  Database& database_;
  // Of the writer's thread:
  std::chrono::steady_clock::time_point probe_again_{};
  bool probe_succeeded_ = false;
  WorkerPool writer_;
  WorkerPool readers_;
};

}  // namespace recant::database
