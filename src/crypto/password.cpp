#include "crypto/password.hpp"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <new>
#include <span>
#include <stdexcept>

#include "crypto/imported_hash.hpp"
#include "crypto/sodium_ready.hpp"

namespace recant::crypto {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::string_view kPrefix = "$argon2id$";

/// PHC's "B64": the standard alphabet without padding.
std::string phc_base64(std::span<const std::uint8_t> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  ::sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();  // the NUL that libsodium counts
  return text;
}

std::size_t memory_bytes(const PasswordOptions& options) {
  return std::size_t{options.memory_kib} * 1024;
}

/// libsodium reads strings of at most this size, from a C string.
bool may_be_phc(std::string_view phc) {
  return phc.starts_with(kPrefix) && phc.size() < crypto_pwhash_STRBYTES &&
         phc.find('\0') == std::string_view::npos;
}

}  // namespace

// Not crypto_pwhash_str(), which draws its salt itself: randomness is a parameter.
std::string hash_password(const SecretString& password, const PasswordOptions& options,
                          RandomSource& random) {
  sodium_ready();
  const auto salt = random.bytes<crypto_pwhash_argon2id_SALTBYTES>();
  std::array<std::uint8_t, kHashBytes> hash{};
  const std::string_view text = password.reveal();
  errno = 0;
  if (::crypto_pwhash_argon2id(hash.data(), hash.size(), text.data(), text.size(), salt.data(),
                               options.iterations, memory_bytes(options),
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    if (errno == EINVAL) throw std::invalid_argument("argon2id parameters are out of range");
    throw std::bad_alloc();
  }
  return std::string(kPrefix) + "v=19$m=" + std::to_string(options.memory_kib) +
         ",t=" + std::to_string(options.iterations) + ",p=1$" + phc_base64(salt) + "$" +
         phc_base64(hash);
}

bool verify_password(std::string_view phc, const SecretString& password) {
  sodium_ready();
  if (!may_be_phc(phc)) {
    const auto imported = ImportedHash::parse(phc);
    return imported && imported->matches(password);
  }
  const std::string_view text = password.reveal();
  errno = 0;
  if (::crypto_pwhash_argon2id_str_verify(std::string(phc).c_str(), text.data(), text.size()) ==
      0) {
    return true;
  }
  if (errno == ENOMEM) throw std::bad_alloc();
  return false;
}

bool needs_rehash(std::string_view phc, const PasswordOptions& options) {
  sodium_ready();
  return !may_be_phc(phc) ||
         ::crypto_pwhash_argon2id_str_needs_rehash(std::string(phc).c_str(), options.iterations,
                                                   memory_bytes(options)) != 0;
}

}  // namespace recant::crypto
