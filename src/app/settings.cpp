#include "app/settings.hpp"

#include <algorithm>

#include "core/policy.hpp"

namespace recant::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr milliseconds kSecond = seconds{1};
constexpr milliseconds kDay = hours{24};
constexpr milliseconds kYear = 365 * kDay;

constexpr std::string_view kAlgorithms[] = {"ES256", "ES384", "ES512", "RS256", "RS384",
                                            "RS512", "PS256", "PS384", "PS512", "HS256",
                                            "HS384", "HS512", "EdDSA"};
constexpr std::string_view kStrategies[] = {"blacklist", "whitelist"};
constexpr std::string_view kOnLimit[] = {"evict_oldest", "deny"};
constexpr std::string_view kHashTags[] = {"auto", "always"};
constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kFormats[] = {"auto", "text", "json"};

/// The place of a value: field<&Config::token, &Config::Token::issuer>.
template <auto Section, auto Key>
auto& field(Config& config) {
  return (config.*Section).*Key;
}

using C = Config;

constexpr Setting kSettings[] = {
    {"server", "listen", "127.0.0.1:8080",
     TextSpec{field<&C::server, &C::Server::listen>, check_listen}, "ADDRESS:PORT",
     "Where to serve HTTP. Port 0 takes any free one."},
    {"server", "threads", "0", NumberSpec{field<&C::server, &C::Server::threads>, 0, 256}, "N",
     "Threads that serve; 0 means one a core."},
    {"server", "data", "./recant-data", TextSpec{field<&C::server, &C::Server::data>, check_path},
     "DIRECTORY", "Where keys, the admin key, the SQLite file and the private Redis are kept."},
    {"server", "trusted_proxies", "",
     ListSpec{field<&C::server, &C::Server::trusted_proxies>, check_proxy, 0, 256}, "ADDRESS,…",
     "Reverse proxies (addresses or networks) whose X-Forwarded-For is believed."},
    {"server", "ops_listen", "",
     TextSpec{field<&C::server, &C::Server::ops_listen>, check_listen_or_empty}, "ADDRESS:PORT",
     "Where to serve /healthz, /readyz and /metrics, and then nowhere else; empty serves them on "
     "server.listen."},
    {"server", "tls_cert", "",
     TextSpec{field<&C::server, &C::Server::tls_cert>, check_path_or_empty}, "FILE",
     "The certificate chain (PEM) to serve HTTPS with; empty serves plain HTTP."},
    {"server", "tls_key", "", TextSpec{field<&C::server, &C::Server::tls_key>, check_path_or_empty},
     "FILE", "The private key (PEM) of server.tls_cert."},
    {"server", "identity_headers", "",
     ListSpec{field<&C::server, &C::Server::identity_headers>, check_identity_header, 0, 4},
     "WHAT=NAME,…",
     "Other names for the fields in which /v1/check tells who calls: subject=X-User for "
     "X-Auth-Subject, and likewise session, scope and expires."},
    {"server", "cookies", "false", FlagSpec{field<&C::server, &C::Server::cookies>}, "true|false",
     "Browsers keep their tokens in cookies that no script can read, and are not shown them. They "
     "send them over HTTPS alone, and to localhost."},
    {"server", "origins", "", ListSpec{field<&C::server, &C::Server::origins>, check_origin, 0, 64},
     "ORIGIN,…",
     "The origins of pages from elsewhere that may use the calls of people, such as "
     "https://app.example.com; empty allows none."},

    {"token", "issuer", "recant", TextSpec{field<&C::token, &C::Token::issuer>, check_plain_id},
     "TEXT", "The iss of every token: set it to the URL that people know your login by."},
    {"token", "audience", "api",
     ListSpec{field<&C::token, &C::Token::audience>, check_plain_id, 1, 16}, "TEXT,…",
     "The aud of every token: the APIs that they are meant for."},
    {"token", "client_id", "recant",
     TextSpec{field<&C::token, &C::Token::client_id>, check_plain_id}, "TEXT",
     "The client_id of every token."},
    {"token", "algorithm", "ES256", ChoiceSpec{field<&C::token, &C::Token::algorithm>, kAlgorithms},
     "NAME",
     "How tokens are signed. After a change a key is made and published, and signs 10 minutes "
     "later; the old ones still verify."},
    {"token", "access_ttl", "15m",
     DurationSpec{field<&C::token, &C::Token::access_ttl>, kSecond, kDay, kSecond}, "DURATION",
     "How long an access token lives."},
    {"token", "leeway", "30s",
     DurationSpec{field<&C::token, &C::Token::leeway>, milliseconds{0}, minutes{1}, kSecond},
     "DURATION", "How much the clocks of those who check may differ."},

    {"refresh", "idle_ttl", "14d",
     DurationSpec{field<&C::refresh, &C::Refresh::idle_ttl>, kSecond, kYear, kSecond}, "DURATION",
     "A session that is not refreshed for so long ends."},
    {"refresh", "absolute_ttl", "90d",
     DurationSpec{field<&C::refresh, &C::Refresh::absolute_ttl>, kSecond, kYear, kSecond},
     "DURATION", "A session ends after so long in any case."},
    {"refresh", "grace", "30s",
     DurationSpec{field<&C::refresh, &C::Refresh::grace>, milliseconds{0}, minutes{5},
                  milliseconds{1}},
     "DURATION",
     "For so long a used refresh token leads to its successor; later it is reuse and ends the "
     "session."},
    {"refresh", "adopt", "false", FlagSpec{field<&C::refresh, &C::Refresh::adopt>}, "true|false",
     "Take refresh tokens of the recipe that ran here before, each once: one that is not ours and "
     "that Redis holds as the recipe wrote it opens a session."},

    {"session", "strategy", "blacklist",
     ChoiceSpec{field<&C::session, &C::Session::strategy>, kStrategies}, "NAME",
     "blacklist refuses tokens that were taken back; whitelist also refuses those that do not "
     "stand in Redis. All servers on one Redis go by the same: see --change-policy."},
    {"session", "max_per_user", "0",
     NumberSpec{field<&C::session, &C::Session::max_per_user>, 0, 1000}, "N",
     "How many sessions a user may have at once; 0 means any number. One more is what on_limit is "
     "about."},
    {"session", "on_limit", "evict_oldest",
     ChoiceSpec{field<&C::session, &C::Session::on_limit>, kOnLimit}, "NAME",
     "What a sign-in over max_per_user does: evict_oldest ends the session least recently "
     "refreshed, deny refuses (409 session_limit) until one has ended."},

    {"keys", "files", "", ListSpec{field<&C::keys, &C::Keys::files>, check_path, 0, 32}, "FILE,…",
     "Signing keys of your own (PEM); the first signs, and none is made. SIGHUP reads the list and "
     "the files again."},
    {"keys", "seal_file", "", TextSpec{field<&C::keys, &C::Keys::seal_file>, check_path_or_empty},
     "FILE",
     "What the keys are sealed with where servers share them in PostgreSQL: a line with the base64 "
     "of 32 random bytes, the same file for all of them."},
    {"keys", "rotate_every", "off",
     DurationSpec{field<&C::keys, &C::Keys::rotate_every>, kDay, kYear, kSecond, true},
     "DURATION|off", "How often new keys take over; each is published 10 minutes before it signs."},

    {"redis", "url", "", TextSpec{field<&C::redis, &C::Redis::url>, check_redis_url}, "URL",
     "redis://user:password@host:port/db, rediss:// for the same under TLS, or unix:///path?db=N; "
     "empty starts a private Redis.",
     true},
    {"redis", "prefix", "", TextSpec{field<&C::redis, &C::Redis::prefix>, check_key_prefix}, "TEXT",
     "Goes before every key in Redis, so that several applications share one."},
    {"redis", "hash_tags", "auto", ChoiceSpec{field<&C::redis, &C::Redis::hash_tags>, kHashTags},
     "NAME",
     "always writes the subject {subject} in keys, as a Redis Cluster needs it, ahead of a move to "
     "one; auto does where it must."},
    {"redis", "ca", "", TextSpec{field<&C::redis, &C::Redis::ca>, check_path_or_empty}, "FILE",
     "The authorities (PEM) that the certificate of a rediss:// server must be signed by; empty "
     "means those that this system knows."},
    {"redis", "cert", "", TextSpec{field<&C::redis, &C::Redis::cert>, check_path_or_empty}, "FILE",
     "The client certificate (PEM, with its chain) for a rediss:// server that asks for one."},
    {"redis", "key", "", TextSpec{field<&C::redis, &C::Redis::key>, check_path_or_empty}, "FILE",
     "The private key (PEM, without a passphrase) of redis.cert."},
    {"redis", "timeout", "250ms",
     DurationSpec{field<&C::redis, &C::Redis::timeout>, milliseconds{10}, seconds{30},
                  milliseconds{1}},
     "DURATION", "After so long without an answer from Redis the client is told 503."},
    {"redis", "foreign_writers", "false", FlagSpec{field<&C::redis, &C::Redis::foreign_writers>},
     "true|false",
     "Other services whitelist tokens here too: whatever ends all of a subject looks for theirs "
     "and "
     "takes them back, which walks through all keys of the database (SCAN)."},
    {"redis", "accept_eviction", "false", FlagSpec{field<&C::redis, &C::Redis::accept_eviction>},
     "true|false",
     "Serve on a Redis that may evict keys when its memory is full, which makes revoked tokens "
     "good again."},

    {"database", "url", "", TextSpec{field<&C::database, &C::Database::url>, check_database_url},
     "URL",
     "Where accounts and admin keys are kept: sqlite:PATH, or "
     "postgresql://user:password@host/database, which several servers share; empty means recant.db "
     "in server.data.",
     true},
    {"database", "pool", "6", NumberSpec{field<&C::database, &C::Database::pool>, 4, 64}, "N",
     "How many connections to the database this server keeps: one that writes accounts, one for "
     "admin keys, one for keys that servers share, and the others read accounts."},

    {"verify", "max_staleness", "250ms",
     DurationSpec{field<&C::verify, &C::Verify::max_staleness>, milliseconds{10},
                  core::kLargestStaleness, milliseconds{1}},
     "DURATION",
     "For so long at most a token that was taken back may still be accepted by a verifier that "
     "hears nothing from Redis. All servers on one Redis go by the same: see --change-policy."},
    {"verify", "on_unavailable", "deny",
     TextSpec{field<&C::verify, &C::Verify::on_unavailable>, check_on_unavailable},
     "deny|allow_cached_for:DURATION",
     "What a check says while Redis cannot be reached: deny is 503; allow_cached_for:5m accepts a "
     "token that was found valid at most 5 minutes ago, even if it has been taken back meanwhile. "
     "Likewise the same for all servers."},
    {"verify", "cache_entries", "65536",
     NumberSpec{field<&C::verify, &C::Verify::cache_entries>, 0, 16'777'216}, "N",
     "How many tokens the verdict cache has room for, of about 1 KiB each: 64 MiB at the default, "
     "taken as it fills. 0 means no cache."},

    {"accounts", "enabled", "true", FlagSpec{field<&C::accounts, &C::Accounts::enabled>},
     "true|false", "Sign people in by name and password; without it Recant is a gateway only."},
    {"accounts", "signup", "false", FlagSpec{field<&C::accounts, &C::Accounts::signup>},
     "true|false", "Let anyone open an account by POST /v1/users."},

    {"password", "memory_kib", "19456",
     NumberSpec{field<&C::password, &C::Password::memory_kib>, 7168, 1048576}, "KIB",
     "Memory of one argon2id hash."},
    {"password", "iterations", "2",
     NumberSpec{field<&C::password, &C::Password::iterations>, 1, 100}, "N",
     "Passes of one argon2id hash over its memory: at least 1 with 47104 KiB, 2 with 19456, 3 with "
     "12288, 4 with 9216, 5 with 7168."},
    {"password", "min_length", "8",
     NumberSpec{field<&C::password, &C::Password::min_length>, 8, 64}, "N",
     "Shorter passwords are refused. So are the most common ones, whatever their length."},

    {"log", "level", "info", ChoiceSpec{field<&C::log, &C::Log::level>, kLevels}, "NAME",
     "The least important lines to write; security events always are."},
    {"log", "format", "auto", ChoiceSpec{field<&C::log, &C::Log::format>, kFormats}, "NAME",
     "auto is text on a terminal and JSON lines elsewhere."},
};

/// Of the table that is being read.
template <auto Key>
auto& issuer_field(Config& config) {
  return config.issuers.back().*Key;
}

using I = Config::Issuer;

constexpr std::string_view kProfiles[] = {"rfc9068", "jwt"};

constexpr Setting kIssuerSettings[] = {
    {"issuer", "name", "", TextSpec{issuer_field<&I::name>, check_issuer_name}, "NAME",
     "What Recant calls it: stands before its ids in Redis (NAME/id) and in the log."},
    {"issuer", "iss", "", TextSpec{issuer_field<&I::iss>, check_plain_id}, "TEXT",
     "The iss of its tokens, byte for byte."},
    {"issuer", "audience", "", ListSpec{issuer_field<&I::audience>, check_plain_id, 1, 16},
     "TEXT,…", "Its tokens must name one of these as aud."},
    {"issuer", "algorithms", "", ListSpec{issuer_field<&I::algorithms>, check_algorithm, 1, 16},
     "NAME,…", "How its tokens may be signed."},
    {"issuer", "jwks_file", "", TextSpec{issuer_field<&I::jwks_file>, check_path}, "FILE",
     "Its public keys, as a JWK set."},
    {"issuer", "secret_file", "", TextSpec{issuer_field<&I::secret_file>, check_path}, "FILE",
     "The secret that it shares with those who check its HS256, HS384 or HS512 tokens."},
    {"issuer", "profile", "rfc9068", ChoiceSpec{issuer_field<&I::profile>, kProfiles}, "NAME",
     "rfc9068 asks for typ at+jwt, client_id and jti; jwt takes a typ that is absent or JWT and "
     "does without the other two."},
    {"issuer", "sid_claim", "", TextSpec{issuer_field<&I::sid_claim>, check_plain_id}, "CLAIM",
     "The claim that names the session of a token; empty when its tokens belong to none."},
    {"issuer", "max_ttl", "24h", DurationSpec{issuer_field<&I::max_ttl>, kSecond, kYear, kSecond},
     "DURATION", "A token made to live longer is refused."},
    {"issuer", "shared_ids", "false", FlagSpec{issuer_field<&I::shared_ids>}, "true|false",
     "Its subjects and jtis are ours too: in Redis they stand without NAME/ before them."},
};

struct Later {
  std::string_view section;
  std::string_view keys;  // separated by spaces; empty for the whole section
};
constexpr Later kLater[] = {
    {"redis", "wait_replicas fence"},
    {"issuer", "jwks_url"},
};

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const auto end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    words = end == std::string_view::npos ? std::string_view{} : words.substr(end + 1);
  }
  return false;
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }
std::span<const Setting> issuer_settings() { return kIssuerSettings; }
bool is_list_of_tables(std::string_view section) { return section == "issuer"; }

const Setting* find_setting(std::string_view section, std::string_view key) {
  const auto* const found = std::ranges::find_if(kSettings, [&](const Setting& setting) {
    return setting.section == section && setting.key == key;
  });
  return found == std::end(kSettings) ? nullptr : found;
}

bool comes_later(std::string_view section, std::string_view key) {
  return std::ranges::any_of(kLater, [&](const Later& later) {
    return later.section == section && (later.keys.empty() || has_word(later.keys, key));
  });
}

Config default_config() {
  Config config;
  for (const Setting& setting : kSettings) {
    apply(config, {std::string(setting.section), std::string(setting.key),
                   std::string(setting.fallback), true, "default"});
  }
  return config;
}

}  // namespace recant::app
