#include "crypto/roca.hpp"

#include <algorithm>
#include <array>

namespace recant::crypto {
namespace {

// The odd primes of the smallest primorial that the generator used (for 512-bit keys); larger keys
// used larger ones, which these divide.
constexpr std::array<unsigned, 38> kPrimes = {
    3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

bool is_power_of_65537(unsigned residue, unsigned prime) {
  const unsigned base = 65537 % prime;
  unsigned power = 1;
  do {
    if (power == residue) return true;
    power = power * base % prime;
  } while (power != 1);
  return false;
}

}  // namespace

bool has_roca_fingerprint(const BIGNUM* modulus) {
  return std::all_of(kPrimes.begin(), kPrimes.end(), [&](unsigned prime) {
    return is_power_of_65537(static_cast<unsigned>(::BN_mod_word(modulus, prime)), prime);
  });
}

}  // namespace recant::crypto
