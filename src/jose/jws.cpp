#include "jose/jws.hpp"

#include <algorithm>
#include <array>

#include "base/base64url.hpp"

namespace recant::jose {
namespace {

constexpr std::size_t kHardMaxBytes = 16 * 1024;
constexpr std::size_t kMaxKidBytes = 128;
constexpr json::Limits kHeaderLimits{.string_bytes = 512};

// Registered for JWE only (RFC 7516 §4.1, RFC 7518 §4).
constexpr std::array<std::string_view, 9> kEncryptionMembers{"zip", "enc", "epk", "apu", "apv",
                                                             "iv",  "tag", "p2s", "p2c"};

struct Segments {
  std::string_view header, payload, signature, signing_input;
};

/// One pass over the token, which ends at the first thing that is wrong with it.
Result<Segments, JwsError> split(std::string_view token) {
  std::array<std::size_t, 4> dots{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '.') continue;
    if (count == dots.size()) return JwsError::not_compact;
    dots[count++] = i;
  }
  if (count == 4) return JwsError::encrypted;
  if (count != 2) return JwsError::not_compact;
  return Segments{token.substr(0, dots[0]), token.substr(dots[0] + 1, dots[1] - dots[0] - 1),
                  token.substr(dots[1] + 1), token.substr(0, dots[1])};
}

bool is_base64url_or_dot(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Header members that are understood by nobody here, or that have another type than theirs.
std::optional<JwsError> find_fault(const json::Value& header) {
  if (header.find("crit") || header.find("b64")) return JwsError::critical_extension;
  for (const std::string_view name : kEncryptionMembers) {
    if (header.find(name)) return JwsError::encryption_header;
  }
  for (const std::string_view name : {"typ", "cty", "kid"}) {
    if (header.find(name) && !header.string(name)) return JwsError::bad_member;
  }
  if (const std::string* kid = header.string("kid")) {
    if (kid->size() > kMaxKidBytes || std::any_of(kid->begin(), kid->end(), is_control)) {
      return JwsError::bad_member;
    }
  }
  return std::nullopt;
}

/// Exact and case-sensitive; "none" is no name that parse_algorithm knows.
std::optional<crypto::Algorithm> read_algorithm(const json::Value& header,
                                                const JwsOptions& options) {
  const std::string* alg = header.string("alg");
  if (alg == nullptr) return std::nullopt;
  if (*alg == "EdDSA" && !options.accept_eddsa) return std::nullopt;
  if (*alg == "Ed25519" && !options.accept_ed25519) return std::nullopt;
  return crypto::parse_algorithm(*alg);
}

}  // namespace

std::string_view name_of(JwsError error) {
  switch (error) {
    case JwsError::too_long:
      return "too_long";
    case JwsError::encrypted:
      return "encrypted";
    case JwsError::not_compact:
      return "not_compact";
    case JwsError::bad_base64url:
      return "bad_base64url";
    case JwsError::bad_header:
      return "bad_header";
    case JwsError::bad_algorithm:
      return "bad_algorithm";
    case JwsError::critical_extension:
      return "critical_extension";
    case JwsError::encryption_header:
      return "encryption_header";
    case JwsError::bad_member:
      return "bad_member";
    case JwsError::unknown_key:
      return "unknown_key";
    case JwsError::wrong_algorithm:
      return "wrong_algorithm";
    case JwsError::bad_signature:
      return "bad_signature";
  }
  return "unknown";
}

Result<ParsedJws, JwsError> parse_jws(std::string_view token, const JwsOptions& options) {
  if (token.size() > std::min(options.max_bytes, kHardMaxBytes)) return JwsError::too_long;
  const auto segments = split(token);
  if (!segments) return segments.error();
  if (!std::all_of(token.begin(), token.end(), is_base64url_or_dot)) return JwsError::not_compact;

  const auto header = base64url_decode_text(segments->header);
  auto payload = base64url_decode_text(segments->payload);
  auto signature = base64url_decode(segments->signature);
  if (!header || !payload || !signature) return JwsError::bad_base64url;
  auto members = json::parse(*header, kHeaderLimits);
  if (!members || !members->as_object()) return JwsError::bad_header;

  ParsedJws parsed;
  parsed.header_ = *std::move(members);
  parsed.payload_ = *std::move(payload);
  parsed.signing_input_ = segments->signing_input;
  parsed.signature_ = *std::move(signature);
  return parsed;
}

Result<OwnedJws, JwsError> verify_jws(std::string_view token, std::span<const KeySet* const> owners,
                                      const JwsOptions& options) {
  auto parsed = parse_jws(token, options);
  if (!parsed) return parsed.error();
  const auto algorithm = read_algorithm(parsed->header_, options);
  if (!algorithm) return JwsError::bad_algorithm;
  if (const auto fault = find_fault(parsed->header_)) return *fault;

  // jwk, jku, x5u, x5c and x5t may stand there; no key ever comes from them (J14).
  const std::string* kid = parsed->header_.string("kid");
  JwsError closest = JwsError::unknown_key;
  for (std::size_t owner = 0; owner < owners.size(); ++owner) {
    const crypto::VerificationKey* key = kid ? owners[owner]->find(*kid) : owners[owner]->only();
    if (key == nullptr) continue;
    if (key->algorithm() != *algorithm) {
      closest = std::max(closest, JwsError::wrong_algorithm);
    } else if (!key->verify(parsed->signing_input_, parsed->signature_)) {
      closest = JwsError::bad_signature;
    } else {
      return OwnedJws{VerifiedJws(*std::move(parsed), *algorithm), owner};
    }
  }
  return closest;
}

Result<VerifiedJws, JwsError> verify_jws(std::string_view token, const KeySet& keys,
                                         const JwsOptions& options) {
  const std::array<const KeySet*, 1> owners{&keys};
  auto verified = verify_jws(token, owners, options);
  if (!verified) return verified.error();
  return std::move(verified->jws);
}

}  // namespace recant::jose
