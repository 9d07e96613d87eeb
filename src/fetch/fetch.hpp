// One GET over HTTP/1.1 or HTTPS, whole or not at all: what a verifier needs to have an issuer's
// keys. No redirect is followed (the keys come from where the operator said, or from nowhere), no
// cookie kept, no connection kept.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "crypto/tls.hpp"
#include "fetch/web_url.hpp"

namespace recant::fetch {

struct FetchOptions {
  /// For https, and then there must be one.
  std::optional<crypto::TlsContext> tls{};
  /// From the name to the whole answer. A name is looked up by the system's resolver, which may
  /// take longer.
  milliseconds timeout{10'000};
  /// A longer body is refused.
  std::size_t answer_bytes = 1024 * 1024;
  std::string user_agent = "recant";
};

struct Fetched {
  std::string body;
};

/// The body of a 200; otherwise why not, to follow the URL: "answered 404". On the executor of
/// whoever awaits it, which it never blocks.
Task<Result<Fetched, std::string>> fetch(WebUrl url, FetchOptions options);

}  // namespace recant::fetch
