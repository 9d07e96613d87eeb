#include "app/named_files.hpp"

#include "app/foreign_issuers.hpp"
#include "app/own_key_files.hpp"
#include "app/seal_file.hpp"
#include "app/server_tls.hpp"
#include "redis/tls_client.hpp"

namespace recant::app {
namespace {

void look_at_server_tls(const Config& config, UnixMillis now, NamedFilesReport& report) {
  const auto tls = load_server_tls(config.server, now);
  if (!tls) {
    report.mistakes.push_back(tls.error().sentence);
  } else if (*tls) {
    report.warnings = (*tls)->warnings;
  }
}

void look_at_redis_tls(const Config::Redis& config, NamedFilesReport& report) {
  if (config.ca.empty() && config.cert.empty() && config.key.empty()) return;
  redis::TlsClient client(redis::TlsFiles{config.ca, config.cert, config.key});
  const auto context = client.context();
  if (!context) report.mistakes.push_back(context.error() + ".");
}

void look_at_seal(const Config& config, NamedFilesReport& report) {
  if (config.keys.seal_file.empty()) return;
  const auto sealers = read_seal_file(config.keys.seal_file);
  if (!sealers) report.mistakes.push_back(sealers.error().sentence);
}

/// Their keys must not be ours either, as far as ours stand in files of the operator's own.
void look_at_keys(const Config& config, NamedFilesReport& report) {
  const auto algorithm = crypto::parse_algorithm(config.token.algorithm);
  const auto own = read_own_keys(config.keys.files, *algorithm);
  if (!own) report.mistakes.push_back(own.error().sentence);
  const auto ours = own ? service::own_key_set(*own) : jose::KeySet();
  const auto issuers = load_foreign_issuers(config.issuers, ours);
  if (!issuers) report.mistakes.push_back(issuers.error().sentence);
}

}  // namespace

NamedFilesReport look_at_named_files(const Config& config, UnixMillis now) {
  NamedFilesReport report;
  look_at_server_tls(config, now, report);
  look_at_redis_tls(config.redis, report);
  look_at_seal(config, report);
  look_at_keys(config, report);
  return report;
}

}  // namespace recant::app
