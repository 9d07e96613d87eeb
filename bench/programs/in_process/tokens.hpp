// What is checked: ES256 access tokens of one key, as Recant issues them, each of a subject and a
// session of its own, about 620 bytes long.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key.hpp"

namespace recant::bench {

inline constexpr const char* kIssuer = "https://login.example.com";
inline constexpr const char* kAudience = "api";
/// Of tokens and of their sessions: longer than anything is measured for.
inline constexpr int kLifeSeconds = 12 * 3600;

/// One behind another in memory, each with a zero behind it.
class Tokens {
 public:
  void add(std::string_view token) {
    begins_.push_back(text_.size());
    text_.append(token).push_back('\0');
  }
  void add(const Tokens& others) {
    for (std::size_t i = 0; i < others.size(); ++i) add(others[i]);
  }
  std::size_t size() const { return begins_.size(); }
  std::string_view operator[](std::size_t index) const {
    const std::size_t end = index + 1 < begins_.size() ? begins_[index + 1] : text_.size();
    return {text_.data() + begins_[index], end - begins_[index] - 1};
  }

 private:
  std::string text_;
  std::vector<std::size_t> begins_;
};

/// Signs, and tells Redis of the sessions, on every core there is; says on standard error how far
/// it is.
class Issuer {
 public:
  explicit Issuer(int redis_port);

  /// `typ` is Recant's, or JWT for libraries that take no other.
  Tokens make(std::size_t count, const char* typ = "at+jwt") const;
  /// The public key as a JWK set, and as a PEM.
  std::string jwks() const;
  std::string pem() const;

 private:
  Tokens make_some(std::size_t count, const char* typ, unsigned seed) const;

  const int redis_port_;
  const crypto::SigningKey key_;
};

}  // namespace recant::bench
