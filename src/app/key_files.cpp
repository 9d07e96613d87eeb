#include "app/key_files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "app/data_directory.hpp"
#include "app/key_file_name.hpp"
#include "app/private_file.hpp"
#include "app/quoting.hpp"
#include "base/base64url.hpp"
#include "jose/key_set.hpp"

namespace recant::app {
namespace {

using crypto::Algorithm;
using crypto::SigningKey;
using Kind = KeyFileName::Kind;

bool is_hmac(Algorithm algorithm) {
  return crypto::info(algorithm).family == crypto::KeyFamily::oct;
}

Refusal not_a_key(const std::filesystem::path& file, const std::string& why) {
  return {"The key file " + file.string() + " is not usable (" + why +
          "): restore it from a backup, or remove it, which ends every token made with it."};
}

/// What stands in the file, as import_private() takes it.
OrRefusal<SigningKey> parse_signing_key(const std::filesystem::path& file, Algorithm algorithm,
                                        SecretString text) {
  if (is_hmac(algorithm)) {
    std::string_view encoded = text.reveal();
    if (encoded.ends_with('\n')) encoded.remove_suffix(1);
    auto bytes = base64url_decode_text(encoded);
    if (!bytes) return not_a_key(file, "it is not base64url");
    text = SecretString(*std::move(bytes));
  }
  auto key = SigningKey::import_private(algorithm, text);
  if (!key) return not_a_key(file, std::string(crypto::to_string(key.error())));
  return *std::move(key);
}

OrRefusal<NamedSigningKey> read_signing_key(const std::filesystem::path& file,
                                            const KeyFileName& name, Algorithm algorithm) {
  auto text = read_private_file(file);
  if (!text) return text.error();
  auto key = parse_signing_key(file, algorithm, *std::move(text));
  if (!key) return key.error();
  if (jose::thumbprint(*key) != name.id) {
    return not_a_key(file, "it holds another key than its name says");
  }
  return NamedSigningKey{name.id, name.created, *std::move(key)};
}

OrRefusal<service::RefreshSecret> read_refresh_secret(const std::filesystem::path& file,
                                                      const KeyFileName& name) {
  const auto text = read_private_file(file);
  if (!text) return text.error();
  std::string_view encoded = text->reveal();
  if (encoded.ends_with('\n')) encoded.remove_suffix(1);
  const auto bytes = base64url_decode(encoded);
  const auto id = base64url_decode(name.id);
  service::RefreshSecret secret{};
  if (!bytes || bytes->size() != secret.secret.size()) {
    return not_a_key(file, "it does not hold 32 bytes as base64url");
  }
  if (!id || id->size() != secret.id.size()) {
    return not_a_key(file, "its name does not end with an id of 8 bytes");
  }
  std::ranges::copy(*bytes, secret.secret.begin());
  std::ranges::copy(*id, secret.id.begin());
  return secret;
}

/// Collects what is there, newest first.
class KeyDirectory {
 public:
  explicit KeyDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  OrRefusal<void> read() {
    std::error_code error;
    std::filesystem::directory_iterator entries(path_, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      if (auto taken = take(entries->path()); !taken) return taken.error();
    }
    if (error) {
      return Refusal{"The directory " + path_.string() + " cannot be read (" + error.message() +
                     "): make it readable for this user."};
    }
    std::ranges::sort(keys.signing, [](const NamedSigningKey& a, const NamedSigningKey& b) {
      return std::pair(a.created, a.kid) > std::pair(b.created, b.kid);
    });
    std::ranges::sort(refresh_, [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [created, secret] : refresh_) keys.refresh.push_back(secret);
    return {};
  }

  Keys keys;

 private:
  OrRefusal<void> take(const std::filesystem::path& file) {
    if (is_unfinished(file)) {  // of a start that was cut off: never used
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
      return {};
    }
    const auto name = parse_key_file_name(file.filename().string());
    const auto algorithm = name ? crypto::parse_algorithm(name->algorithm) : std::nullopt;
    if (!name || (name->kind == Kind::signing && !algorithm)) {
      keys.warnings.push_back("The file " + in_quotes(file.string()) +
                              " is not named as a key and was left alone.");
      return {};
    }
    if (name->kind == Kind::signing) {
      auto key = read_signing_key(file, *name, *algorithm);
      if (!key) return key.error();
      keys.signing.push_back(*std::move(key));
      return {};
    }
    auto secret = read_refresh_secret(file, *name);
    if (!secret) return secret.error();
    refresh_.emplace_back(name->created, *secret);
    return {};
  }

  std::filesystem::path path_;
  std::vector<std::pair<UnixMillis, service::RefreshSecret>> refresh_;
};

OrRefusal<NamedSigningKey> make_signing_key(const std::filesystem::path& directory,
                                            Algorithm algorithm, UnixMillis now,
                                            RandomSource& random) {
  auto key = SigningKey::generate(algorithm, random);
  if (!key) {
    return Refusal{"A signing key for " + std::string(crypto::to_string(algorithm)) +
                   " cannot be made (" + std::string(crypto::to_string(key.error())) + ")."};
  }
  const std::string kid = jose::thumbprint(*key);
  const auto file = directory / to_file_name({Kind::signing, now,
                                              std::string(crypto::to_string(algorithm)), kid});
  SecretString text = key->export_private();
  if (is_hmac(algorithm)) text = SecretString(base64url_encode(text.reveal()) + "\n");
  if (auto written = write_private_file(file, text.reveal()); !written) return written.error();
  return NamedSigningKey{kid, now, *std::move(key)};
}

OrRefusal<service::RefreshSecret> make_refresh_secret(const std::filesystem::path& directory,
                                                      UnixMillis now, RandomSource& random) {
  service::RefreshSecret secret{};
  random.fill(secret.id);
  random.fill(secret.secret);
  const auto file = directory / to_file_name({Kind::refresh, now, "", base64url_encode(secret.id)});
  const SecretString text(base64url_encode(secret.secret) + "\n");
  if (auto written = write_private_file(file, text.reveal()); !written) return written.error();
  return secret;
}

}  // namespace

OrRefusal<Keys> load_or_make_keys(const std::filesystem::path& directory, Algorithm algorithm,
                                  const Clock& clock, RandomSource& random) {
  if (auto made = make_private_directory(directory); !made) return made.error();
  KeyDirectory found(directory);
  if (auto read = found.read(); !read) return read.error();
  Keys keys = std::move(found.keys);

  const auto current = std::ranges::find_if(keys.signing, [&](const NamedSigningKey& named) {
    return named.key.algorithm() == algorithm;
  });
  if (current != keys.signing.end()) {
    std::rotate(keys.signing.begin(), current, current + 1);
  } else {
    auto made = make_signing_key(directory, algorithm, clock.wall(), random);
    if (!made) return made.error();
    keys.signing.insert(keys.signing.begin(), *std::move(made));
  }
  if (keys.refresh.empty()) {
    const auto made = make_refresh_secret(directory, clock.wall(), random);
    if (!made) return made.error();
    keys.refresh.push_back(*made);
  }
  return keys;
}

}  // namespace recant::app
