// The signature algorithms of JWS (RFC 7518 §3, RFC 8037, RFC 9864) as a closed enum and one table.
// "none" is not among them, so nothing can ask for it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace recant::crypto {

enum class Algorithm {
  es256,
  es384,
  es512,
  eddsa,  ///< Ed25519 only; Ed448 is not known
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  hs256,
  hs384,
  hs512,
};

enum class KeyFamily { ec, okp, rsa, oct };
enum class Hash { sha256, sha384, sha512 };
enum class RsaPadding { pkcs1, pss };

struct AlgorithmInfo {
  Algorithm id;
  std::string_view name;  ///< what we write into "alg"
  KeyFamily family;
  Hash hash;  ///< for eddsa unused
  RsaPadding padding = RsaPadding::pkcs1;
  std::string_view curve = {};       ///< "crv" of RFC 7518 §6.2.1.1 and RFC 8037 §2
  std::size_t coordinate_bytes = 0;  ///< of r, s, x and y; for eddsa of x
};

const AlgorithmInfo& info(Algorithm algorithm);
std::string_view to_string(Algorithm algorithm);
/// Exact and case-sensitive (RFC 7515 §4.1.1). "Ed25519" (RFC 9864) is a second name of eddsa.
std::optional<Algorithm> parse_algorithm(std::string_view name);

constexpr std::size_t bytes(Hash hash) {
  return hash == Hash::sha256 ? 32 : hash == Hash::sha384 ? 48 : 64;
}
/// "kty" of RFC 7518 §6.1 and RFC 8037 §2.
std::string_view to_string(KeyFamily family);

}  // namespace recant::crypto
