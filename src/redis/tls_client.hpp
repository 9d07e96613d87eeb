// The PEM files of a connection under TLS, read anew whenever one of them has changed: certificates
// are renewed while servers run. Reads files, so that it blocks for a moment when they have.
//
// One a connection; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "crypto/tls.hpp"
#include "redis/url.hpp"

namespace recant::redis {

class TlsClient {
 public:
  explicit TlsClient(TlsFiles files) : files_(std::move(files)) {}

  /// What the files make of it now; otherwise one sentence that names the setting, the file and
  /// what is wrong with it.
  Result<crypto::TlsContext, std::string> context();

 private:
  /// Tells one state of a file from another.
  using Stamp = std::array<std::int64_t, 6>;
  using Stamps = std::array<Stamp, 3>;
  Stamps stamps() const;
  Result<crypto::TlsContext, std::string> read() const;

  TlsFiles files_;
  std::optional<crypto::TlsContext> context_;
  Stamps read_{};  ///< of the files that context_ was made from
};

/// A connection that TLS did not let through, for whoever runs this server.
struct TlsRefusal {
  std::string why;       ///< a sentence's rest, which begins with what the other end is or does
  bool lasting = false;  ///< only somebody's hand changes it
};
/// Of a session that has failed.
TlsRefusal explain(const crypto::TlsSession& failed, const std::string& host);

}  // namespace recant::redis
