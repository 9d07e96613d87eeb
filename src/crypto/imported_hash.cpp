#include "crypto/imported_hash.hpp"

#include <crypt.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <cerrno>
#include <memory>
#include <new>

#include "crypto/imported_hash_bounds.hpp"
#include "crypto/sodium_ready.hpp"

namespace recant::crypto {
namespace {

/// What bcrypt looks at. Nothing that it would pass over is ever called right.
constexpr std::size_t kBcryptPasswordBytes = 72;

bool same(const std::vector<unsigned char>& left, const std::vector<unsigned char>& right) {
  return left.size() == right.size() &&
         ::sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

bool ImportedHash::matches(const SecretString& password) const {
  // bcrypt ends at a NUL, and HMAC takes trailing ones for its own padding.
  if (password.reveal().find('\0') != std::string_view::npos) return false;
  sodium_ready();
  return std::visit([&](const auto& stored) { return compare(stored, password.reveal()); },
                    scheme_);
}

bool ImportedHash::compare(const Bcrypt& stored, std::string_view password) {
  if (password.size() > kBcryptPasswordBytes) return false;
  SecretString terminated{std::string(password)};
  // Some 32 KiB, which hold the password while crypt_r works.
  const auto scratch = std::make_unique<crypt_data>();
  const char* const made =
      ::crypt_r(terminated.reveal().data(), stored.text.c_str(), scratch.get());
  const bool equal = made != nullptr && std::string_view(made).size() == stored.text.size() &&
                     ::sodium_memcmp(made, stored.text.data(), stored.text.size()) == 0;
  ::sodium_memzero(scratch.get(), sizeof(crypt_data));
  return equal;
}

bool ImportedHash::compare(const Argon2& stored, std::string_view password) {
  const auto verify =
      stored.id ? &::crypto_pwhash_argon2id_str_verify : &::crypto_pwhash_argon2i_str_verify;
  errno = 0;
  if (verify(stored.text.c_str(), password.data(), password.size()) == 0) return true;
  if (errno == ENOMEM) throw std::bad_alloc();
  return false;
}

bool ImportedHash::compare(const Scrypt& stored, std::string_view password) {
  std::vector<unsigned char> made(stored.hash.size());
  const int done = ::EVP_PBE_scrypt(
      password.data(), password.size(), stored.salt.data(), stored.salt.size(), stored.cost,
      stored.block_size, stored.parallelism, 2 * kMaxMemoryBytes, made.data(), made.size());
  // Its parameters were found good, so what fails is the allocation.
  if (done != 1) throw std::bad_alloc();
  return same(made, stored.hash);
}

bool ImportedHash::compare(const Pbkdf2& stored, std::string_view password) {
  std::vector<unsigned char> made(stored.hash.size());
  const int done = ::PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                                       stored.salt.data(), static_cast<int>(stored.salt.size()),
                                       stored.iterations, ::EVP_get_digestbyname(stored.digest),
                                       static_cast<int>(made.size()), made.data());
  if (done != 1) throw std::bad_alloc();
  return same(made, stored.hash);
}

}  // namespace recant::crypto
