// The texts that other systems keep hashes as, taken apart.
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "crypto/imported_hash.hpp"
#include "crypto/imported_hash_bounds.hpp"

namespace recant::crypto {

using Bytes = std::vector<unsigned char>;
using Parts = std::vector<std::string_view>;

namespace {

/// What sets these texts apart from anything that a password or a name could spell by accident.
constexpr std::size_t kLongest = 512;

const std::string kUnknown =
    "This is no password hash that Recant can compare: bcrypt, scrypt, PBKDF2, argon2i and "
    "argon2id are taken, in the forms that the documentation of the import lists.";
const std::string kDamaged =
    "This password hash is damaged: a part of it is missing or not of its form.";
const std::string kTooCostly =
    "This password hash costs more than a server can spend on a login. Let this person set a new "
    "password.";

Parts split(std::string_view text, char separator) {
  Parts parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "ln=15,r=8,p=1" as the numbers behind the names, which must stand in this order.
std::optional<std::vector<unsigned>> numbers(std::string_view text,
                                             std::initializer_list<std::string_view> names) {
  const Parts parts = split(text, ',');
  if (parts.size() != names.size()) return std::nullopt;
  std::vector<unsigned> values;
  auto part = parts.begin();
  for (const std::string_view name : names) {
    if (!part->starts_with(name) || part->size() <= name.size()) return std::nullopt;
    if ((*part)[name.size()] != '=') return std::nullopt;
    const auto value = number(part->substr(name.size() + 1));
    if (!value) return std::nullopt;
    values.push_back(*value);
    ++part;
  }
  return values;
}

/// The standard alphabet, with or without padding; '.' for '+' as passlib writes it.
std::optional<Bytes> base64(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) c = c == '.' ? '+' : c;
  while (plain.ends_with('=')) plain.pop_back();
  if (plain.empty()) return Bytes{};
  Bytes bytes(plain.size());
  std::size_t size = 0;
  if (::sodium_base642bin(bytes.data(), bytes.size(), plain.data(), plain.size(), nullptr, &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

std::optional<Bytes> hex(std::string_view text) {
  if (text.empty()) return Bytes{};
  Bytes bytes(text.size() / 2);
  std::size_t size = 0;
  if (text.size() % 2 != 0 || ::sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(),
                                               nullptr, &size, nullptr) != 0) {
    return std::nullopt;
  }
  return bytes;
}

Bytes raw(std::string_view text) { return {text.begin(), text.end()}; }

struct Digest {
  std::string_view name;
  const char* openssl_name;
  std::size_t bytes;
};
constexpr Digest kDigests[] = {
    {"sha1", "SHA1", 20}, {"sha256", "SHA256", 32}, {"sha512", "SHA512", 64}};

}  // namespace

/// Each function takes a text apart whose beginning says that it is of this scheme.
class ImportedHashReader {
 public:
  using Read = Result<ImportedHash, std::string>;

  static Read bcrypt(std::string_view text) {
    constexpr std::size_t kSize = 60;
    constexpr std::string_view kAlphabet =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const auto cost = text.size() == kSize ? number(text.substr(4, 2)) : std::nullopt;
    if (!cost || *cost < 4 || text[6] != '$') return kDamaged;
    if (text.substr(7).find_first_not_of(kAlphabet) != std::string_view::npos) return kDamaged;
    if (*cost > kMaxBcryptCost) return kTooCostly;
    return ImportedHash(ImportedHash::Bcrypt{std::string(text)});
  }

  static Read argon2(std::string_view text, bool id) {
    const Parts parts = split(text, '$');  // "" argon2id v=19 m=,t=,p= salt hash
    if (parts.size() != 6 || parts[2] != "v=19") return kDamaged;
    const auto cost = numbers(parts[3], {"m", "t", "p"});
    const auto salt = base64(parts[4]);
    const auto hash = base64(parts[5]);
    if (!cost || !salt || salt->size() < 8 || !hash || hash->size() < 16) return kDamaged;
    // libsodium reads no longer ones.
    if (text.size() >= crypto_pwhash_STRBYTES) return kTooCostly;
    const auto& c = *cost;
    if (c[0] > kMaxMemoryBytes / 1024 || c[2] > kMaxParallelism) return kTooCostly;
    if (1ULL * c[0] * c[1] > kMaxArgon2Work) return kTooCostly;
    if (c[0] < 8 * c[2] || c[1] < (id ? 1 : 3) || c[2] < 1) return kDamaged;
    return ImportedHash(ImportedHash::Argon2{std::string(text), id});
  }

  static Read scrypt(unsigned log_cost, unsigned block, unsigned parallelism,
                     std::optional<Bytes> salt, Bytes hash) {
    if (!salt || salt->empty()) return kDamaged;
    if (log_cost < 1 || block < 1 || parallelism < 1) return kDamaged;
    constexpr unsigned kMaxLogCost = 24;
    constexpr unsigned kMaxBlock = 64;
    if (log_cost > kMaxLogCost || block > kMaxBlock || parallelism > kMaxParallelism) {
      return kTooCostly;
    }
    const auto cost = 1ULL << log_cost;
    if (128ULL * block * cost > kMaxMemoryBytes) return kTooCostly;
    if (cost * block * parallelism > kMaxScryptWork) return kTooCostly;
    return ImportedHash(
        ImportedHash::Scrypt{cost, block, parallelism, *std::move(salt), std::move(hash)});
  }

  static Read phc_scrypt(std::string_view text) {
    const Parts parts = split(text, '$');  // "" scrypt ln=,r=,p= salt hash
    if (parts.size() != 5) return kDamaged;
    const auto cost = numbers(parts[2], {"ln", "r", "p"});
    if (!cost) return kDamaged;
    auto hash = base64(parts[4]);
    if (!hash || (hash->size() != 32 && hash->size() != 64)) return kDamaged;
    return scrypt((*cost)[0], (*cost)[1], (*cost)[2], base64(parts[3]), *std::move(hash));
  }

  static Read werkzeug_scrypt(std::string_view text) {
    const Parts parts = split(text, '$');  // scrypt:N:r:p salt hex
    const Parts head = split(parts[0], ':');
    if (parts.size() != 3 || head.size() != 4) return kDamaged;
    const auto cost = number(head[1]), block = number(head[2]), parallel = number(head[3]);
    if (!cost || !block || !parallel || *cost < 2 || (*cost & (*cost - 1)) != 0) return kDamaged;
    unsigned log_cost = 0;
    while ((1U << log_cost) < *cost) ++log_cost;
    auto hash = hex(parts[2]);
    if (!hash || hash->size() != 64) return kDamaged;
    return scrypt(log_cost, *block, *parallel, raw(parts[1]), *std::move(hash));
  }

  static Read pbkdf2(std::string_view digest, std::optional<unsigned> iterations,
                     std::optional<Bytes> salt, std::optional<Bytes> hash) {
    const auto* const known =
        std::ranges::find_if(kDigests, [&](const Digest& one) { return one.name == digest; });
    if (known == std::end(kDigests)) return kUnknown;
    if (!iterations || *iterations < 1 || !salt || salt->empty()) return kDamaged;
    // A shorter one would be the beginning of the same hash, so one that was cut would still match.
    if (!hash || hash->size() != known->bytes) return kDamaged;
    if (*iterations > kMaxPbkdf2Iterations) return kTooCostly;
    return ImportedHash(ImportedHash::Pbkdf2{known->openssl_name, static_cast<int>(*iterations),
                                             *std::move(salt), *std::move(hash)});
  }

  static Read phc_pbkdf2(std::string_view text) {
    const Parts parts = split(text, '$');  // "" pbkdf2[-sha256] 29000 | i=600000,l=32  salt hash
    if (parts.size() != 5) return kDamaged;
    std::string_view digest = "sha1";
    if (parts[1] != "pbkdf2") digest = parts[1].substr(std::string_view("pbkdf2-").size());
    auto iterations = number(parts[2]);
    auto hash = base64(parts[4]);
    if (const auto named = numbers(parts[2], {"i", "l"})) {
      if (!hash || hash->size() != (*named)[1]) return kDamaged;
      iterations = (*named)[0];
    }
    return pbkdf2(digest, iterations, base64(parts[3]), std::move(hash));
  }

  static Read django_pbkdf2(std::string_view text) {
    const Parts parts = split(text, '$');  // pbkdf2_sha256 600000 salt base64
    if (parts.size() != 4) return kDamaged;
    const auto digest = parts[0].substr(std::string_view("pbkdf2_").size());
    return pbkdf2(digest, number(parts[1]), raw(parts[2]), base64(parts[3]));
  }

  static Read werkzeug_pbkdf2(std::string_view text) {
    const Parts parts = split(text, '$');  // pbkdf2:sha256:600000 salt hex
    const Parts head = split(parts[0], ':');
    if (parts.size() != 3 || head.size() != 3) return kDamaged;
    return pbkdf2(head[1], number(head[2]), raw(parts[1]), hex(parts[2]));
  }
};

Result<ImportedHash, std::string> ImportedHash::parse(std::string_view text) {
  using Reader = ImportedHashReader;
  if (text.size() > kLongest || text.find('\0') != std::string_view::npos) return kUnknown;
  for (const std::string_view begin : {"$2a$", "$2b$", "$2y$"}) {
    if (text.starts_with(begin)) return Reader::bcrypt(text);
  }
  if (text.starts_with("$argon2id$")) return Reader::argon2(text, true);
  if (text.starts_with("$argon2i$")) return Reader::argon2(text, false);
  if (text.starts_with("$scrypt$")) return Reader::phc_scrypt(text);
  if (text.starts_with("scrypt:")) return Reader::werkzeug_scrypt(text);
  if (text.starts_with("$pbkdf2$") || text.starts_with("$pbkdf2-")) return Reader::phc_pbkdf2(text);
  if (text.starts_with("pbkdf2_")) return Reader::django_pbkdf2(text);
  if (text.starts_with("pbkdf2:")) return Reader::werkzeug_pbkdf2(text);
  return kUnknown;
}

}  // namespace recant::crypto
