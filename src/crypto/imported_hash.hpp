// Password hashes that another system made, so that its people move without a new password:
//
//   bcrypt    $2a$ $2b$ $2y$                         (Unix, PHP, Node, Rails, Spring)
//   scrypt    $scrypt$ln=15,r=8,p=1$salt$hash        (PHC, passlib)
//             scrypt:32768:8:1$salt$hex              (Werkzeug)
//   PBKDF2    $pbkdf2-sha256$29000$salt$hash         (passlib; also $pbkdf2$ and -sha512)
//             $pbkdf2-sha256$i=600000,l=32$salt$hash (PHC)
//             pbkdf2_sha256$600000$salt$hash         (Django; also _sha1)
//             pbkdf2:sha256:600000$salt$hex          (Werkzeug; also sha1, sha512)
//   argon2    $argon2id$ $argon2i$, version 19       (RFC 9106)
//
// They are compared, never made: the next login replaces one by argon2id (crypto/password).
// Thread-safe. A comparison takes as long and as much memory as the hash says, within bounds that
// parse() checks, so that no imported line can stall a server.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace recant::crypto {

class ImportedHash {
 public:
  /// On failure what is wrong, as a sentence that quotes nothing of the text.
  static Result<ImportedHash, std::string> parse(std::string_view text);

  /// False for what a scheme does not tell apart from another password: one that holds a NUL, and
  /// for bcrypt one of more than 72 bytes, even if the system that made the hash took it.
  /// std::bad_alloc when the memory cannot be had.
  bool matches(const SecretString& password) const;

 private:
  friend class ImportedHashReader;
  using Bytes = std::vector<unsigned char>;

  struct Bcrypt {
    std::string text;
  };
  struct Argon2 {
    std::string text;
    bool id;  // argon2id, else argon2i
  };
  struct Scrypt {
    unsigned long long cost;  // N
    unsigned long long block_size;
    unsigned long long parallelism;
    Bytes salt;
    Bytes hash;
  };
  struct Pbkdf2 {
    const char* digest;  // as OpenSSL calls it
    int iterations;
    Bytes salt;
    Bytes hash;
  };
  using Scheme = std::variant<Bcrypt, Argon2, Scrypt, Pbkdf2>;

  explicit ImportedHash(Scheme scheme) : scheme_(std::move(scheme)) {}
  static bool compare(const Bcrypt& stored, std::string_view password);
  static bool compare(const Argon2& stored, std::string_view password);
  static bool compare(const Scrypt& stored, std::string_view password);
  static bool compare(const Pbkdf2& stored, std::string_view password);

  Scheme scheme_;
};

}  // namespace recant::crypto
