// Values that are each allowed and do not go together.
#include <algorithm>
#include <filesystem>

#include "app/issuer_contradictions.hpp"
#include "app/load_config.hpp"
#include "app/seal_file.hpp"
#include "app/setting_checks.hpp"
#include "database/postgresql_url.hpp"
#include "http/identity_headers.hpp"

namespace recant::app {
namespace {

/// "token.access_ttl (20m, recant.toml, line 3)"
std::string named(const LoadedConfig& loaded, std::string_view section, std::string_view key) {
  const Setting& setting = *find_setting(section, key);
  const auto origin = loaded.origins.find(setting.name());
  return setting.name() + " (" + value_text(setting, loaded.config) + ", " +
         (origin == loaded.origins.end() ? "the default" : origin->second) + ")";
}

void check_lifetimes(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const Config& config = loaded.config;
  if (config.token.access_ttl > config.refresh.idle_ttl) {
    out.push_back(named(loaded, "token", "access_ttl") + " must not be longer than " +
                  named(loaded, "refresh", "idle_ttl") + ": a token would outlive its session.");
  }
  if (config.refresh.idle_ttl > config.refresh.absolute_ttl) {
    out.push_back(named(loaded, "refresh", "idle_ttl") + " must not be longer than " +
                  named(loaded, "refresh", "absolute_ttl") + ".");
  }
}

/// sun_path holds 108 bytes, and "/redis/redis.sock" and the terminating zero want their share;
/// the contract leaves room for more.
void check_socket_path(const LoadedConfig& loaded, std::vector<std::string>& out) {
  constexpr std::size_t kLongest = 85;
  if (!loaded.config.redis.url.empty()) return;
  std::error_code error;
  const auto path = std::filesystem::absolute(loaded.config.server.data, error);
  if (error || path.string().size() <= kLongest) return;
  out.push_back(named(loaded, "server", "data") + " is " + std::to_string(path.string().size()) +
                " bytes long as an absolute path, and the socket of the private Redis leaves room "
                "for " +
                std::to_string(kLongest) + ": choose a shorter one, or set redis.url.");
}

/// Whoever names an authority means a connection to be secured; a plain one must not pass for it.
void check_redis_tls(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const Config::Redis& redis = loaded.config.redis;
  const bool secured = redis.url.starts_with("rediss:");
  for (const std::string_view key : {"ca", "cert", "key"}) {
    const std::string value = value_text(*find_setting("redis", key), loaded.config);
    if (value.empty() || secured) continue;
    out.push_back(
        named(loaded, "redis", key) +
        " is for TLS, and redis.url does not begin with rediss://: write rediss:// there, "
        "or take redis." +
        std::string(key) + " out.");
  }
  if (redis.cert.empty() != redis.key.empty()) {
    const bool lacks_key = redis.key.empty();
    out.push_back(named(loaded, "redis", lacks_key ? "cert" : "key") + " needs redis." +
                  (lacks_key ? "key" : "cert") + " beside it.");
  }
}

void check_tls(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const Config::Server& server = loaded.config.server;
  if (server.tls_cert.empty() == server.tls_key.empty()) return;
  const bool no_key = server.tls_key.empty();
  out.push_back(named(loaded, "server", no_key ? "tls_cert" : "tls_key") + " needs " +
                (no_key ? "server.tls_key, the private key of the certificate"
                        : "server.tls_cert, the certificate that belongs to the key") +
                ": HTTPS takes both.");
}

bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

void check_listeners(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const auto main = parse_listen(loaded.config.server.listen);
  const auto operators = parse_listen(loaded.config.server.ops_listen);
  if (!main || !operators || main->port == 0 || main->port != operators->port) return;
  if (main->address != operators->address && !is_any(main->address) &&
      !is_any(operators->address)) {
    return;
  }
  out.push_back(named(loaded, "server", "ops_listen") + " is where " +
                named(loaded, "server", "listen") +
                " listens already: take another port, or leave server.ops_listen out.");
}

/// That each name is right by itself has been looked at.
void check_identity_headers(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const auto headers = http::IdentityHeaders::parse(loaded.config.server.identity_headers);
  if (headers) return;
  out.push_back(named(loaded, "server", "identity_headers") + " must " + headers.error().must +
                ".");
}

/// Servers that share a database share their keys, and whoever reads that database must not.
void check_seal(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const bool shared = database::is_postgresql_url(loaded.config.database.url);
  const bool sealed = !loaded.config.keys.seal_file.empty();
  if (shared && !sealed) {
    out.push_back(named(loaded, "database", "url") +
                  " keeps the signing keys and refresh secrets too, for all servers on it, and "
                  "they need a seal: make one with " +
                  std::string(kHowToSeal) + ", and name it in keys.seal_file.");
  }
  if (sealed && !shared) {
    out.push_back(named(loaded, "keys", "seal_file") +
                  " is for a database.url of PostgreSQL; with SQLite the keys are files in "
                  "server.data: take it out.");
  }
}

void check_accounts(const LoadedConfig& loaded, std::vector<std::string>& out) {
  const Config::Accounts& accounts = loaded.config.accounts;
  if (accounts.enabled || !accounts.signup) return;
  out.push_back(named(loaded, "accounts", "signup") + " lets people open accounts, and " +
                named(loaded, "accounts", "enabled") + " says that there are none: leave one out.");
}

/// What attackers who hold the hashes pay for a guess: the rows of OWASP's table for argon2id, each
/// as strong as the others.
void check_password_hash(const LoadedConfig& loaded, std::vector<std::string>& out) {
  struct Row {
    std::int64_t memory_kib;
    std::int64_t iterations;
  };
  static constexpr Row kRows[] = {{47104, 1}, {19456, 2}, {12288, 3}, {9216, 4}, {7168, 5}};
  const Config::Password& password = loaded.config.password;
  const bool strong = std::ranges::any_of(kRows, [&](const Row& row) {
    return password.memory_kib >= row.memory_kib && password.iterations >= row.iterations;
  });
  if (strong) return;
  std::string rows;
  for (const Row& row : kRows) {
    rows += (rows.empty() ? "" : ", ") + std::to_string(row.memory_kib) + " with " +
            std::to_string(row.iterations);
  }
  out.push_back(named(loaded, "password", "memory_kib") + " is too little with " +
                named(loaded, "password", "iterations") +
                ": who gets hold of the database would guess passwords quickly. Of memory_kib with "
                "iterations, take at least one of " +
                rows + ".");
}

}  // namespace

std::vector<std::string> contradictions(const LoadedConfig& loaded) {
  std::vector<std::string> out;
  check_lifetimes(loaded, out);
  check_socket_path(loaded, out);
  check_tls(loaded, out);
  check_listeners(loaded, out);
  check_identity_headers(loaded, out);
  check_accounts(loaded, out);
  check_seal(loaded, out);
  check_issuers(loaded.config, out);
  check_redis_tls(loaded, out);
  check_password_hash(loaded, out);
  return out;
}

}  // namespace recant::app
