#include "app/greeting.hpp"

#include <string_view>

#include "app/setting_checks.hpp"
#include "base/duration.hpp"
#include "cli/command.hpp"
#include "cli/shell_quoting.hpp"

namespace recant::app {
namespace {

constexpr const char* kJson = "-H 'Content-Type: application/json'";

/// How a shell finds the admin key; nothing: it is in no file here.
std::string key_in_shell(const std::optional<std::filesystem::path>& file) {
  return file ? "$(cat " + cli::shell_word(file->string()) + ")" : "$RECANT_ADMIN_KEY";
}

std::string about_missing_key(const LoadedConfig& loaded,
                              const std::optional<std::filesystem::path>& file) {
  if (file) return {};
  return "There is no admin.key in " + loaded.config.server.data +
         ", and the database has admin keys already, so none was made.\n"
         "Put one of them into RECANT_ADMIN_KEY; if all are lost, docs/command-line.md (Admin "
         "keys) "
         "tells how to make another.\n";
}

/// `key` as a shell finds it.
std::string commands_with_accounts(const std::string& url, const std::string& key) {
  return "  # an administrator opens an account\n"
         "  curl -s " +
         url + "/v1/admin/users -H \"Authorization: Bearer " + key +
         "\" \\\n"
         "       " +
         kJson +
         " -d '{\"username\":\"alice\",\"password\":\"correct horse\"}'\n\n"
         "  # she signs in; her access token goes into a variable\n"
         "  access=$(curl -s " +
         url + "/v1/login " + kJson +
         " \\\n"
         "       -d '{\"username\":\"alice\",\"password\":\"correct horse\"}' \\\n"
         "       | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\n";
}

/// As a gateway only, it opens sessions for an application that signs people in itself.
std::string commands_without_accounts(const std::string& url, const std::string& key) {
  return "  # your application has checked who it is, and opens a session\n"
         "  access=$(curl -s " +
         url +
         "/v1/admin/sessions \\\n"
         "       -H \"Authorization: Bearer " +
         key + "\" " + kJson +
         " \\\n"
         "       -d '{\"subject\":\"alice\"}' | sed "
         "'s/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\n"
         "  # and ends all of hers\n"
         "  curl -s " +
         url +
         "/v1/admin/revocations -d '{\"subject\":\"alice\"}' \\\n"
         "       -H \"Authorization: Bearer " +
         key + "\" " + kJson + "\n\n";
}

std::string for_operators(const Urls& urls) {
  if (urls.operators.empty()) return {};
  return "/healthz, /readyz and /metrics are on " + urls.operators + "\n";
}

/// Most certificates name no 127.0.0.1.
std::string about_trust(const LoadedConfig& loaded) {
  const std::string& certificate = loaded.config.server.tls_cert;
  if (certificate.empty()) return {};
  return "\nThe certificate stands for a name: write https://NAME:PORT and add --cacert " +
         cli::shell_word(certificate) +
         "\n--resolve NAME:PORT:ADDRESS to each curl; or -k, for a try on this machine.\n";
}

std::string about_stale_verdicts(const LoadedConfig& loaded) {
  const auto allowed = *parse_on_unavailable(loaded.config.verify.on_unavailable);
  if (allowed == milliseconds{0}) return {};
  return "\nREVOKED TOKENS MAY BE ACCEPTED while Redis cannot be reached: whatever was found valid "
         "up to " +
         to_text(allowed) +
         "\nago is accepted, even if it has been revoked meanwhile. verify.on_unavailable says "
         "so; deny would refuse it.\n";
}

std::string defaults_to_set(const LoadedConfig& loaded) {
  const bool issuer = loaded.origins.contains("token.issuer");
  const bool audience = loaded.origins.contains("token.audience");
  if (issuer && audience) return {};
  return std::string("\nBefore others rely on its tokens, set ") +
         (issuer ? "" : "token.issuer (now recant)") + (!issuer && !audience ? " and " : "") +
         (audience ? "" : "token.audience (now api)") + " in recant.toml.\n";
}

}  // namespace

std::string local_url(const std::string& address, unsigned short port, bool secured) {
  std::string host = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (secured ? "https://" : "http://") + host + ":" + std::to_string(port);
}

std::string greeting(const LoadedConfig& loaded, const Urls& urls,
                     const std::optional<std::filesystem::path>& admin_key) {
  const std::string& url = urls.main;
  const std::string key = key_in_shell(admin_key);
  return "Recant " + std::string(cli::version()) + " listens on " + url + "  (data in " +
         loaded.config.server.data + "; Ctrl-C stops it)\n" + for_operators(urls) +
         about_missing_key(loaded, admin_key) + "\nTry it from another terminal:\n\n" +
         (loaded.config.accounts.enabled ? commands_with_accounts(url, key)
                                         : commands_without_accounts(url, key)) +
         "  # is the token good? 200, with who it is in the headers\n  curl -i " + url +
         "/v1/check -H \"Authorization: Bearer $access\"\n" + about_trust(loaded) +
         about_stale_verdicts(loaded) + defaults_to_set(loaded);
}

}  // namespace recant::app
