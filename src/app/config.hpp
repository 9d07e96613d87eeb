// What the operator decided, as plain values. Names, defaults, bounds and meaning of each stand
// once, in app/settings; how it is put together is app/load_config's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace recant::app {

struct Config {
  struct Server {
    std::string listen;
    std::int64_t threads = 0;
    std::string data;
    std::vector<std::string> trusted_proxies;
    std::string ops_listen;  // empty: on `listen`
    std::string tls_cert;    // empty: plain HTTP
    std::string tls_key;
    std::vector<std::string> identity_headers;  // "subject=X-User"
    bool cookies = false;
    std::vector<std::string> origins;  // "https://app.example.com"
  } server;

  struct Token {
    std::string issuer;
    std::vector<std::string> audience;
    std::string client_id;
    std::string algorithm;
    milliseconds access_ttl{};
    milliseconds leeway{};
  } token;

  struct Refresh {
    milliseconds idle_ttl{};
    milliseconds absolute_ttl{};
    milliseconds grace{};
    bool adopt = false;
  } refresh;

  struct Session {
    std::string strategy;
    std::int64_t max_per_user = 0;  // 0: no limit
    std::string on_limit;
  } session;

  struct Keys {
    std::vector<std::string> files;
    std::string seal_file;        // empty: keys are files
    milliseconds rotate_every{};  // 0: only when told to
  } keys;

  struct Redis {
    std::string url;  // may hold a password
    milliseconds timeout{};
    std::string prefix;
    std::string hash_tags;
    std::string ca;
    std::string cert;
    std::string key;
    bool foreign_writers = false;
    bool accept_eviction = false;
  } redis;

  struct Database {
    std::string url;  // may hold a password
    std::int64_t pool = 0;
  } database;

  struct Verify {
    milliseconds max_staleness{};
    std::string on_unavailable;      // parse_on_unavailable
    std::int64_t cache_entries = 0;  // 0: no cache
  } verify;

  struct Accounts {
    bool enabled = false;
    bool signup = false;
  } accounts;

  struct Password {
    std::int64_t memory_kib = 0;
    std::int64_t iterations = 0;
    std::int64_t min_length = 0;
  } password;

  struct Log {
    std::string level;
    std::string format;
  } log;

  /// Somebody else whose tokens are believed: one [[issuer]] table. Names and iss are unique, and
  /// exactly one of jwks_file and secret_file is not empty.
  struct Issuer {
    std::string name;  // goes before its ids in Redis, `<name>/<id>`
    std::string iss;
    std::vector<std::string> audience;
    std::vector<std::string> algorithms;
    std::string jwks_file;
    std::string secret_file;
    std::string profile;    // rfc9068 or jwt
    std::string sid_claim;  // empty: its tokens belong to no session
    milliseconds max_ttl{};
    bool shared_ids = false;
    std::string where;  // the table, for messages: "recant.toml, line 12"
  };
  std::vector<Issuer> issuers;
};

}  // namespace recant::app
