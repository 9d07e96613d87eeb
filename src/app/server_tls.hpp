// server.tls_cert and server.tls_key, read from disk: at the start, and again when asked to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "crypto/tls.hpp"

namespace recant::app {

struct ServerTls {
  crypto::TlsContext context;
  /// What works and will not for long, or is careless; each a sentence.
  std::vector<std::string> warnings;
};

/// Nothing where HTTP is plain. A refusal names the file.
OrRefusal<std::optional<ServerTls>> load_server_tls(const Config::Server& config, UnixMillis now);

}  // namespace recant::app
