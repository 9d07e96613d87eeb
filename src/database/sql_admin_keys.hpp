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

  // At start, when no other thread uses the database: these block.
  Result<service::AdminKeyList, Error> load_all();
  /// taken (there is a key, of whatever name), unavailable.
  Result<void, Error> add_first(const service::AdminKey& key);

  /// Before the first of the calls below. `keys` outlives this.
  void publish_to(service::AdminKeys& keys) { keys_ = &keys; }

  /// Sees what other servers changed, in a moment. Thread-safe; to be called every second or so
  /// where there are others.
  void look_again();

  Task<Result<void, Error>> add(service::AdminKey key, std::string asker) override;
  Task<Result<void, Error>> remove(std::string name, std::string asker) override;
  void note_used(std::string name, UnixMillis at) override;

 private:
  template <class Change>
  Result<void, Error> make(const Change& change);
  template <class Change>
  Task<Result<void, Error>> run(Change change);

  void publish(service::AdminKeyList keys);

  Database& database_;
  service::AdminKeys* keys_ = nullptr;
  // Of the writer's thread:
  service::AdminKeyList published_;
  bool cannot_look_ = false;
  WorkerPool writer_;
};

}  // namespace recant::database
