#include "app/resources.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "app/first_admin_key.hpp"
#include "app/foreign_issuers.hpp"
#include "app/key_files.hpp"
#include "app/key_set.hpp"
#include "app/load_config.hpp"
#include "app/own_key_files.hpp"
#include "app/seal_file.hpp"
#include "database/postgresql_url.hpp"
#include "redis/tls_client.hpp"

namespace recant::app {
namespace {

class PrivateRedisLog final : public redis::PrivateRedisObserver {
 public:
  explicit PrivateRedisLog(Log& log) : log_(log) {}
  void started(pid_t pid) override {
    log_.write(LogLevel::info, "the private Redis runs", {{"pid", std::int64_t{pid}}});
  }
  void failed(std::string_view why) override {
    log_.write(LogLevel::error, "the private Redis has failed and is started again",
               {{"why", why}});
  }

 private:
  Log& log_;
};

/// A sentence of another room as one of ours: capitalised and with a full stop.
Refusal as_refusal(std::string sentence) {
  if (!sentence.empty() && sentence.front() >= 'a' && sentence.front() <= 'z' &&
      !sentence.starts_with("redis")) {
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  }
  if (!sentence.ends_with('.')) sentence += '.';
  return {std::move(sentence)};
}

OrRefusal<redis::Target> target_of(const Config::Redis& config, Log& log) {
  auto target = redis::parse_url(config.url);
  if (!target) return as_refusal(target.error());
  if (target->tls) {
    target->tls = redis::TlsFiles{config.ca, config.cert, config.key};
    // What cannot be read now would only fail later, at each connection.
    const auto context = redis::TlsClient(*target->tls).context();
    if (!context) return as_refusal(context.error());
  }
  if (redis::exposes_password(*target)) {
    log.write(LogLevel::warn,
              "The password of Redis crosses the network unencrypted; use rediss:// in redis.url.",
              {{"redis", redis::to_string(target->address)}});
  }
  return *std::move(target);
}

service::KeyLives key_lives(const Config& config) {
  const auto whole = [](milliseconds life) { return std::chrono::ceil<seconds>(life); };
  return {whole(config.token.access_ttl), whole(config.refresh.absolute_ttl)};
}

void wait(milliseconds time) { std::this_thread::sleep_for(time); }

OrRefusal<std::unique_ptr<service::KeyVault>> open_vault(const Config& config,
                                                         const DataDirectory& directory,
                                                         database::Database& database,
                                                         const Surroundings& around) {
  const std::string& file = config.keys.seal_file;
  if (!database.engine().is_shared()) return std::make_unique<KeyFiles>(directory.keys());
  auto sealers = read_seal_file(file);
  if (!sealers) return sealers.error();
  return std::make_unique<KeySet>(database, *std::move(sealers), file, around.random, wait);
}

OrRefusal<std::unique_ptr<KeyThread>> open_keys(const Config& config,
                                                const DataDirectory& directory,
                                                database::Database& database,
                                                const Surroundings& around) {
  const auto algorithm = crypto::parse_algorithm(config.token.algorithm);
  if (!algorithm) throw std::logic_error("token.algorithm passed its own check");
  auto own = read_own_keys(config.keys.files, *algorithm);
  if (!own) return own.error();
  auto vault = open_vault(config, directory, database, around);
  if (!vault) return vault.error();
  const service::KeyOptions options{*algorithm, key_lives(config), config.keys.rotate_every};
  auto keys = std::make_unique<KeyThread>(*std::move(vault), options, around.clock, around.random,
                                          around.log);
  if (auto opened = keys->open(*std::move(own)); !opened) return opened.error();
  return keys;
}

PasswordWorkersOptions worker_options(const Config& config) {
  PasswordWorkersOptions options;
  options.hash = {static_cast<std::uint32_t>(config.password.memory_kib),
                  static_cast<std::uint32_t>(config.password.iterations)};
  options.threads = thread_count(0);
  return options;
}

database::Opened<std::unique_ptr<database::Database>> open_engine(
    const Config& config, database::DatabaseOptions options) {
  const std::string& url = config.database.url;
  if (!database::is_postgresql_url(url)) {
    return database::Database::open_sqlite(database_path(config), std::move(options));
  }
  const auto target = database::parse_postgresql_url(url);
  if (!target) throw std::logic_error("database.url passed its own check");
  return database::Database::open_postgresql(*target, std::move(options));
}

/// The pool, without the connections of those who have their own and of the one that writes.
std::size_t account_readers(const Config& config) {
  constexpr std::size_t kOthers =
      database::SqlAdminKeys::kConnections + database::SqlKeySet::kConnections + 1;
  return static_cast<std::size_t>(config.database.pool) - kOthers;
}

OrRefusal<std::unique_ptr<database::Database>> open_database(const Config& config, Log& log) {
  database::DatabaseOptions options;
  options.connections = static_cast<std::size_t>(config.database.pool);
  options.on_trouble = [&log](std::string_view why) {
    log.write(LogLevel::error, "the database cannot be asked", {{"why", why}});
  };
  auto opened = open_engine(config, std::move(options));
  if (!opened) return Refusal{opened.error().sentence};
  return *std::move(opened);
}

struct OpenedRedis {
  std::unique_ptr<redis::PrivateRedis> own;
  std::shared_ptr<const redis::Target> target;
};

OrRefusal<OpenedRedis> open_redis(const Config& config, const DataDirectory& directory,
                                  const Surroundings& around,
                                  redis::PrivateRedisObserver& observer) {
  OpenedRedis opened;
  if (!config.redis.url.empty()) {
    auto target = target_of(config.redis, around.log);
    if (!target) return target.error();
    opened.target = std::make_shared<const redis::Target>(*std::move(target));
    return opened;
  }
  redis::PrivateRedisOptions options;
  options.data = std::filesystem::absolute(directory.path());
  options.search_path = around.search_path;
  auto own = redis::PrivateRedis::start(std::move(options), &observer);
  if (!own) return as_refusal(own.error());
  opened.own = *std::move(own);
  redis::Target target;
  target.address = opened.own->address();
  opened.target = std::make_shared<const redis::Target>(std::move(target));
  return opened;
}

}  // namespace

std::size_t thread_count(std::int64_t configured) {
  if (configured > 0) return static_cast<std::size_t>(configured);
  return std::max(1u, std::thread::hardware_concurrency());
}

OrRefusal<std::unique_ptr<Resources>> Resources::open(const Config& config,
                                                      const Surroundings& around) {
  auto directory = DataDirectory::open(config.server.data);
  if (!directory) return directory.error();

  auto database = open_database(config, around.log);
  if (!database) return database.error();

  auto keys = open_keys(config, *directory, **database, around);
  if (!keys) return keys.error();

  auto foreign_issuers = load_foreign_issuers(config.issuers, (*keys)->ring()->verification);
  if (!foreign_issuers) return foreign_issuers.error();

  database::SqlAdminKeys store(**database);
  auto admin_keys =
      load_or_make_admin_keys(store, directory->admin_key(), around.clock, around.random);
  if (!admin_keys) return admin_keys.error();

  auto observer = std::make_unique<PrivateRedisLog>(around.log);
  auto redis = open_redis(config, *directory, around, *observer);
  if (!redis) return redis.error();

  database::Database& opened_database = **database;
  std::unique_ptr<Resources> resources(new Resources{
      *std::move(directory), std::move(observer), std::move(redis->own), redis->target,
      *std::move(database), service::AdminKeys(*std::move(admin_keys)), *std::move(keys),
      *std::move(foreign_issuers), database::SqlAccounts(opened_database, account_readers(config)),
      database::SqlAdminKeys(opened_database),
      PasswordWorkers(worker_options(config), around.random)});
  resources->admin_key_store.publish_to(resources->admin_keys);
  return resources;
}

}  // namespace recant::app
