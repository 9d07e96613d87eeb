// JWS in compact form (RFC 7515 §7.1): bytes → ParsedJws (nothing of it is to be believed) →
// VerifiedJws (only verify_jws makes one). Pure: no clock, no I/O; keys come from a KeySet in
// memory and never from the token. Thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "jose/key_set.hpp"

namespace recant::jose {

/// In the order in which they are looked for.
enum class JwsError {
  too_long,            ///< more than JwsOptions::max_bytes
  encrypted,           ///< five segments: a JWE
  not_compact,         ///< not three segments of base64url; also the JSON serialization
  bad_base64url,       ///< a length of 4n + 1, or trailing bits that are not zero
  bad_header,          ///< not one JSON object in UTF-8, or beyond its limits
  bad_algorithm,       ///< `alg` missing, no string, "none", or not one that we know
  critical_extension,  ///< `crit` or `b64`: we understand none (RFC 7515 §4.1.11, RFC 7797 §7)
  encryption_header,   ///< `zip` or another member that only a JWE may have
  bad_member,       ///< `typ`, `cty` or `kid` is no string, or `kid` is too long or has a control
  unknown_key,      ///< no key of that name; no name, though there are several keys
  wrong_algorithm,  ///< not the one algorithm of the key that was named
  bad_signature,
};
/// snake_case, for logs and for `token verify`.
std::string_view name_of(JwsError error);

struct JwsOptions {
  /// Never more than 16 KiB.
  std::size_t max_bytes = 8 * 1024;
  /// The two names of Ed25519 in `alg`: RFC 8037's, which RFC 9864 retires, and RFC 9864's own.
  bool accept_eddsa = true;
  bool accept_ed25519 = true;
};

/// Of the right form, and no more. Views the token, which must outlive it.
class ParsedJws {
 public:
  const json::Value& header() const { return header_; }
  /// The payload's bytes; often JSON, which is not looked at here.
  const std::string& payload() const { return payload_; }

 private:
  friend Result<ParsedJws, JwsError> parse_jws(std::string_view token, const JwsOptions& options);
  friend class VerifiedJws;
  friend Result<struct OwnedJws, JwsError> verify_jws(std::string_view token,
                                                      std::span<const KeySet* const> owners,
                                                      const JwsOptions& options);
  json::Value header_;
  std::string payload_;
  std::string_view signing_input_;  // as received, never encoded again (J33)
  std::vector<std::uint8_t> signature_;
};

/// too_long to bad_header.
Result<ParsedJws, JwsError> parse_jws(std::string_view token, const JwsOptions& options = {});

class VerifiedJws {
 public:
  const json::Value& header() const { return header_; }
  crypto::Algorithm algorithm() const { return algorithm_; }
  /// Empty when absent. What it means is the profile's to say.
  std::string_view typ() const { return member("typ"); }
  std::string_view kid() const { return member("kid"); }
  bool has_cty() const { return header_.find("cty") != nullptr; }
  const std::string& payload() const { return payload_; }

 private:
  friend Result<struct OwnedJws, JwsError> verify_jws(std::string_view token,
                                                      std::span<const KeySet* const> owners,
                                                      const JwsOptions& options);
  VerifiedJws(ParsedJws parsed, crypto::Algorithm algorithm)
      : header_(std::move(parsed.header_)),
        payload_(std::move(parsed.payload_)),
        algorithm_(algorithm) {}

  std::string_view member(std::string_view name) const {
    const std::string* text = header_.string(name);
    return text ? std::string_view(*text) : std::string_view();
  }

  json::Value header_;
  std::string payload_;
  crypto::Algorithm algorithm_;
};

/// Form, header, key, signature, in this order. A token without `kid` is taken only when the set
/// has a single key.
Result<VerifiedJws, JwsError> verify_jws(std::string_view token, const KeySet& keys,
                                         const JwsOptions& options = {});

/// A token, and whose key signed it.
struct OwnedJws {
  VerifiedJws jws;
  std::size_t owner;
};

/// The same where several issuers have a set each: nothing that the token says of its issuer is
/// looked at, since nothing of it is known to be true before a key has verified it (J32). The error
/// is that of the set that came closest.
Result<OwnedJws, JwsError> verify_jws(std::string_view token, std::span<const KeySet* const> owners,
                                      const JwsOptions& options = {});

}  // namespace recant::jose
