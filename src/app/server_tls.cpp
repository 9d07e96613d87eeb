#include "app/server_tls.hpp"

#include <sys/stat.h>

#include <utility>

#include "app/quoting.hpp"
#include "app/small_file.hpp"
#include "base/timestamp.hpp"

namespace recant::app {
namespace {

constexpr auto kRenewalIsDue = std::chrono::hours{14 * 24};

OrRefusal<std::string> read(const char* setting, const std::string& file) {
  auto text = read_small_file(file);
  if (text) return {boost::system::in_place_value, *std::move(text)};
  return Refusal{std::string(setting) + ": the file " + in_quotes(file) + " " +
                 text.error().sentence + "."};
}

/// The file that it is about comes first.
Refusal as_refusal(const Config::Server& config, crypto::TlsContextError error) {
  using enum crypto::TlsContextError;
  const std::string why = ": " + std::string(to_string(error)) + ".";
  if (error == mismatch) {
    return {"server.tls_key (" + in_quotes(config.tls_key) + ") and server.tls_cert (" +
            in_quotes(config.tls_cert) + ") do not belong together" + why};
  }
  const bool key = error == malformed_key || error == encrypted_key;
  return {std::string(key ? "server.tls_key" : "server.tls_cert") + ": the file " +
          in_quotes(key ? config.tls_key : config.tls_cert) + " cannot be used" + why};
}

void warn_of_time(const Config::Server& config, const crypto::TlsContext& context, UnixMillis now,
                  std::vector<std::string>& warnings) {
  const std::string certificate = "The certificate in " + in_quotes(config.tls_cert);
  if (now < context.valid_from()) {
    warnings.push_back(certificate + " counts from " + to_rfc3339(context.valid_from()) +
                       " only: clients will refuse it until then.");
  }
  const std::string until = to_rfc3339(context.valid_until());
  if (now >= context.valid_until()) {
    warnings.push_back(certificate + " has expired at " + until +
                       ": clients refuse it. Renew it and send this process SIGHUP.");
  } else if (now + kRenewalIsDue >= context.valid_until()) {
    warnings.push_back(certificate + " expires at " + until +
                       ": renew it and send this process SIGHUP.");
  }
}

void warn_of_readers(const std::string& key, std::vector<std::string>& warnings) {
  struct stat status {};
  if (::stat(key.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
  warnings.push_back("Every user of this machine can read the private key " + in_quotes(key) +
                     " (server.tls_key): chmod o-r it.");
}

}  // namespace

OrRefusal<std::optional<ServerTls>> load_server_tls(const Config::Server& config, UnixMillis now) {
  if (config.tls_cert.empty()) return std::optional<ServerTls>();
  const auto certificates = read("server.tls_cert", config.tls_cert);
  if (!certificates) return certificates.error();
  auto key = read("server.tls_key", config.tls_key);
  if (!key) return key.error();
  const SecretString secret(*std::move(key));
  auto context = crypto::TlsContext::for_server(*certificates, secret);
  if (!context) return as_refusal(config, context.error());

  ServerTls tls{*std::move(context), {}};
  warn_of_time(config, tls.context, now, tls.warnings);
  warn_of_readers(config.tls_key, tls.warnings);
  return std::optional<ServerTls>(std::move(tls));
}

}  // namespace recant::app
