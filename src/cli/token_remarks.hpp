// What somebody who looks at a token should notice. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace recant::cli {

/// Decoded, and nothing of it is to be believed.
struct ReadToken {
  json::Value header{json::Object{}};
  json::Value claims{json::Object{}};
  std::string payload_fault{};  // why there are no claims
  bool encrypted = false;       // a JWE: no claims can be read
  std::size_t signature_bytes = 0;
  std::size_t bytes = 0;  // of the whole token
};

struct Remark {
  std::string code;  // "expired"
  std::string text;
  bool grave = false;  // no verifier should take it
};

/// Those that are grave first.
std::vector<Remark> remarks_on(const ReadToken& token, UnixMillis now);

/// NumericDate (RFC 7519 §2), whole seconds or not, if it can be a time at all.
std::optional<UnixMillis> numeric_date(const json::Value& value);

/// "2026-11-23 20:31:42 UTC, 3 minutes ago"
std::string when(UnixMillis instant, UnixMillis now);

}  // namespace recant::cli
