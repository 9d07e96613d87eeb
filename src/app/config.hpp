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
  } refresh;

  struct Redis {
    std::string url;  // may hold a password
    milliseconds timeout{};
  } redis;

  struct Database {
    std::string url;
  } database;

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
};

}  // namespace recant::app
