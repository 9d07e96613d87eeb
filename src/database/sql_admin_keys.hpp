// The admin keys in the database (service::AdminKeyStore).
//
// Thread-safe. Changes are made one after the other on a thread of its own, which also hands the
// keys to those who look them up: so what they see is never older than what is answered.
#pragma once

#include "base/worker_pool.hpp"
#include "database/database.hpp"
#include "service/admin_key_store.hpp"

namespace recant::database {

class SqlAdminKeys final : public service::AdminKeyStore {
 public:
  using Error = service::AdminKeyError;

  static constexpr std::size_t kConnections = 1;
  /// `database` has so many for it, beside those of others.
  explicit SqlAdminKeys(Database& database);

  // At start, when nobody else uses the database: these block.
  Result<service::AdminKeyList, Error> load_all();
  /// taken, unavailable.
  Result<void, Error> add_first(const service::AdminKey& key);

  /// Before the first of the calls below. `keys` outlives this.
  void publish_to(service::AdminKeys& keys) { keys_ = &keys; }

  Task<Result<void, Error>> add(service::AdminKey key, std::string asker) override;
  Task<Result<void, Error>> remove(std::string name, std::string asker) override;
  void note_used(std::string name, UnixMillis at) override;

 private:
  template <class Change>
  Result<void, Error> make(const Change& change);
  template <class Change>
  Task<Result<void, Error>> run(Change change);

  Database& database_;
  service::AdminKeys* keys_ = nullptr;
  WorkerPool writer_;
};

}  // namespace recant::database
