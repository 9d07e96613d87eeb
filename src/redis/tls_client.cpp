#include "redis/tls_client.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ios>
#include <memory>
#include <utility>

#include "base/timestamp.hpp"
#include "redis/error.hpp"

namespace recant::redis {
namespace {

using crypto::TlsContextError;
using crypto::TlsFault;

/// Far more than any bundle of authorities.
constexpr std::streamoff kLargest = std::streamoff{8} << 20;

/// Why a file cannot be read.
struct Unreadable {
  std::string sentence;
};

/// Nothing of no file. In one piece, so that no copy of a key is left behind.
Result<SecretString, Unreadable> read_file(const char* setting, const std::string& path) {
  const auto fail = [&](const std::string& why) {
    return Unreadable{std::string(setting) + " " + path + " cannot be read: " + why};
  };
  if (path.empty()) return SecretString();
  // A program that is started meanwhile is not to have a key's file open.
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  struct stat status {};
  if (file == nullptr || ::fstat(::fileno(file.get()), &status) != 0) {
    return fail(std::strerror(errno));
  }
  // Without a buffer, in which a copy would stay.
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  const auto size = static_cast<std::streamoff>(status.st_size);
  if (size == 0 || size > kLargest) return fail("it holds " + std::to_string(size) + " bytes");
  std::string text(static_cast<std::size_t>(size), '\0');
  errno = 0;
  if (std::fread(text.data(), 1, text.size(), file.get()) != text.size()) {
    return fail(errno == 0 ? "it became shorter meanwhile" : std::strerror(errno));
  }
  return SecretString(std::move(text));
}

/// Which of the files it is about.
std::string named(const TlsFiles& files, TlsContextError error) {
  switch (error) {
    case TlsContextError::malformed_authorities:
      return "redis.ca " + files.ca;
    case TlsContextError::malformed_key:
    case TlsContextError::encrypted_key:
    case TlsContextError::mismatch:
      return "redis.key " + files.key;
    case TlsContextError::malformed_certificate:
    case TlsContextError::weak_certificate:
      break;
  }
  return "redis.cert " + files.cert;
}

std::string day_of(UnixSeconds instant) {
  return to_rfc3339(std::chrono::time_point_cast<milliseconds>(instant)).substr(0, 19) + "Z";
}

std::string or_nobody(const std::string& foreign) {
  return foreign.empty() ? "nobody" : printable(foreign, 200);
}

}  // namespace

TlsClient::Stamps TlsClient::stamps() const {
  Stamps all{};
  const std::array paths{&files_.ca, &files_.cert, &files_.key};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    struct stat file {};
    if (paths[i]->empty() || ::stat(paths[i]->c_str(), &file) != 0) continue;
    all[i] = {static_cast<std::int64_t>(file.st_dev),
              static_cast<std::int64_t>(file.st_ino),
              file.st_size,
              file.st_mtim.tv_sec * 1'000'000'000 + file.st_mtim.tv_nsec,
              file.st_ctim.tv_sec,
              file.st_ctim.tv_nsec};
  }
  return all;
}

Result<crypto::TlsContext, std::string> TlsClient::context() {
  // Looked at before they are read: what changes meanwhile is read next time.
  const Stamps now = stamps();
  if (context_ && now == read_) return *context_;
  auto made = read();
  if (!made) return made.error();
  context_ = *made;
  read_ = now;
  return *context_;
}

Result<crypto::TlsContext, std::string> TlsClient::read() const {
  const auto ca = read_file("redis.ca", files_.ca);
  if (!ca) return ca.error().sentence;
  const auto cert = read_file("redis.cert", files_.cert);
  if (!cert) return cert.error().sentence;
  const auto key = read_file("redis.key", files_.key);
  if (!key) return key.error().sentence;
  const auto context = crypto::TlsContext::for_client(ca->reveal(), cert->reveal(), *key);
  if (!context) {
    return named(files_, context.error()) +
           " cannot be used: " + std::string(crypto::to_string(context.error()));
  }
  return *context;
}

TlsRefusal explain(const crypto::TlsSession& failed, const std::string& host) {
  const crypto::TlsPeer peer = failed.peer().value_or(crypto::TlsPeer{});
  const std::string words = "(" + printable(failed.failure()) + ")";
  switch (failed.fault()) {
    case TlsFault::expired:
      return {"its certificate, or one above it, expired on " + day_of(peer.valid_until) +
                  "; renew it on the Redis server",
              true};
    case TlsFault::not_yet_valid:
      return {"its certificate counts only from " + day_of(peer.valid_from) +
                  "; compare the clocks of both machines",
              true};
    case TlsFault::wrong_name:
      return {"its certificate is for " + or_nobody(peer.names) + " and not for " + host +
                  "; write a name of the certificate in redis.url, or have one made that names " +
                  host + " (as subjectAltName)",
              true};
    case TlsFault::unknown_authority:
      return {"its certificate is signed by " + or_nobody(peer.signed_by) +
                  ", which is not known here; name the file with that authority's certificate in "
                  "redis.ca",
              true};
    case TlsFault::unusable:
      return {"its certificate cannot be used " + words, true};
    case TlsFault::own_wanted:
      return {"it wants a client certificate; set redis.cert and redis.key", true};
    case TlsFault::own_refused:
      return {"it refuses our client certificate " + words +
                  "; look at redis.cert, and at the authorities that the Redis server believes "
                  "(tls-ca-cert-file)",
              true};
    case TlsFault::not_tls:
      return {"it does not speak TLS on this port; give the port of its tls-port in redis.url",
              true};
    case TlsFault::nothing_shared:
      return {"it offers neither TLS 1.2 nor TLS 1.3 with a cipher that is taken here " + words,
              true};
    case TlsFault::broken:
    case TlsFault::none:
      break;
  }
  return {"TLS broke off " + words, false};
}

}  // namespace recant::redis
