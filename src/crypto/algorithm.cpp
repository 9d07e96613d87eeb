#include "crypto/algorithm.hpp"

#include <algorithm>
#include <array>

namespace recant::crypto {
namespace {

using enum Algorithm;
using enum KeyFamily;

// In the order of the enum, so that info() is an index.
constexpr std::array kAlgorithms = {
    AlgorithmInfo{es256, "ES256", ec, Hash::sha256, {}, "P-256", 32},
    AlgorithmInfo{es384, "ES384", ec, Hash::sha384, {}, "P-384", 48},
    AlgorithmInfo{es512, "ES512", ec, Hash::sha512, {}, "P-521", 66},
    AlgorithmInfo{eddsa, "EdDSA", okp, Hash::sha512, {}, "Ed25519", 32},
    AlgorithmInfo{rs256, "RS256", rsa, Hash::sha256, RsaPadding::pkcs1},
    AlgorithmInfo{rs384, "RS384", rsa, Hash::sha384, RsaPadding::pkcs1},
    AlgorithmInfo{rs512, "RS512", rsa, Hash::sha512, RsaPadding::pkcs1},
    AlgorithmInfo{ps256, "PS256", rsa, Hash::sha256, RsaPadding::pss},
    AlgorithmInfo{ps384, "PS384", rsa, Hash::sha384, RsaPadding::pss},
    AlgorithmInfo{ps512, "PS512", rsa, Hash::sha512, RsaPadding::pss},
    AlgorithmInfo{hs256, "HS256", oct, Hash::sha256},
    AlgorithmInfo{hs384, "HS384", oct, Hash::sha384},
    AlgorithmInfo{hs512, "HS512", oct, Hash::sha512},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kAlgorithms.size(); ++i) {
    if (static_cast<std::size_t>(kAlgorithms[i].id) != i) return false;
  }
  return true;
}
static_assert(in_enum_order());

}  // namespace

const AlgorithmInfo& info(Algorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];
}

std::string_view to_string(Algorithm algorithm) { return info(algorithm).name; }

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  if (name == "Ed25519") return eddsa;
  const auto found = std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                                  [&](const AlgorithmInfo& row) { return row.name == name; });
  return found == kAlgorithms.end() ? std::nullopt : std::optional(found->id);
}

std::string_view to_string(KeyFamily family) {
  switch (family) {
    case ec:
      return "EC";
    case okp:
      return "OKP";
    case rsa:
      return "RSA";
    case oct:
      return "oct";
  }
  return "";
}

}  // namespace recant::crypto
