#include "app/load_config.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <filesystem>
#include <utility>

#include "app/setting_checks.hpp"
#include "app/small_file.hpp"
#include "app/toml_file.hpp"
#include "base/duration.hpp"
#include "database/postgresql_url.hpp"
#include "redis/url.hpp"

namespace recant::app {
namespace {

constexpr const char* kDefaultFile = "recant.toml";

/// "token.issuer", "issuer[2].name".
std::string origin_key(const Given& given) {
  const std::string number = given.table > 0 ? "[" + std::to_string(given.table) + "]" : "";
  return given.section + number + "." + given.key;
}

using Sentences = std::vector<std::string>;

/// What the file says, or nothing when there is none to read.
OrRefusal<std::vector<Given>> read_file(const ConfigSources& sources, std::string& file_out) {
  const std::string file = sources.file.value_or(kDefaultFile);
  std::error_code ignored;
  if (!sources.file && !std::filesystem::exists(file, ignored)) return std::vector<Given>{};
  const auto text = read_small_file(file);
  if (!text) {
    return Refusal{"The configuration file " + file + " " + text.error().sentence +
                   ": name a file that this user can read with --config."};
  }
  file_out = file;
  return parse_toml(*text, file);
}

bool gives_password(const Given& given) {
  const auto* text = std::get_if<std::string>(&given.value);
  if (text == nullptr || given.key != "url") return false;
  if (given.section == "database") {
    const auto target = database::parse_postgresql_url(*text);
    return target && target->has_password;
  }
  const auto target = redis::parse_url(*text);
  return given.section == "redis" && target && !target->password.empty();
}

/// "Redis in FILE (redis.url)"
std::string whose_password(const Given& given, const std::string& file) {
  return (given.section == "redis" ? "Redis in " : "the database in ") + file + " (" +
         given.section + ".url)";
}

/// Who may write it chooses whom Recant trusts. What people's umask makes, or a mount, is worth a
/// warning only.
OrRefusal<void> check_rights(const std::string& file, const std::vector<Given>& given,
                             Sentences& warnings) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const std::string name = "The configuration file " + file;
  if ((status.st_mode & S_IWOTH) != 0) {
    return Refusal{name + " can be written by every user of this machine: run chmod o-w " + file +
                   "."};
  }
  if ((status.st_mode & S_IWGRP) != 0) {
    warnings.push_back(name +
                       " can be written by its group: chmod g-w it, unless its members should "
                       "decide whom Recant trusts.");
  }
  for (const Given& one : given) {
    if ((status.st_mode & S_IROTH) == 0 || !gives_password(one)) continue;
    warnings.push_back("Every user of this machine can read the password of " +
                       whose_password(one, file) + ": chmod o-r it.");
  }
  return {};
}

/// Before '@', or as PostgreSQL's password= behind the '?'; a path may have either.
bool may_hold_password(const std::string& url) {
  return !sqlite_path(url) &&
         (url.find('@') != std::string::npos || url.find("password=") != std::string::npos);
}

/// A password on the command line is everybody's who may list processes.
std::optional<std::string> secret_in_flag(const Given& flag) {
  const Setting* setting = find_setting(flag.section, flag.key);
  const auto* text = std::get_if<std::string>(&flag.value);
  if (setting == nullptr || !setting->secret || text == nullptr) return std::nullopt;
  if (!may_hold_password(*text)) return std::nullopt;
  return flag.where +
         " holds a password, and every user of this machine can read it there: write it into "
         "recant.toml, or into a file that " +
         variable_of(*setting) + "_FILE names.";
}

/// What the URL of a database says of its way there.
std::optional<std::string> database_warning(const std::string& url) {
  if (!database::is_postgresql_url(url)) return std::nullopt;
  const auto target = database::parse_postgresql_url(url);
  if (!target || target->warning.empty()) return std::nullopt;
  return target->warning;
}

/// Servers that share accounts and keys and not their Redis would not hear of one another's
/// revocations.
std::optional<std::string> private_redis_warning(const Config& config) {
  if (!database::is_postgresql_url(config.database.url) || !config.redis.url.empty()) {
    return std::nullopt;
  }
  return "database.url is a PostgreSQL, and this server keeps sessions and revocations in a "
         "private "
         "Redis: another server on that database would not know of them. Set redis.url, the same "
         "at each, if there is or will be another.";
}

/// Nobody but the operator knows whether a proxy stands before it.
std::optional<std::string> plain_in_network(const Config::Server& server) {
  const auto listen = parse_listen(server.listen);
  if (!server.tls_cert.empty() || !listen) return std::nullopt;
  if (boost::asio::ip::make_address(listen->address).is_loopback()) return std::nullopt;
  return "Passwords and tokens cross the network unencrypted, since server.listen (" +
         server.listen +
         ") is no loopback address and serves plain HTTP: set server.tls_cert and server.tls_key. "
         "Behind a proxy that speaks TLS this is fine as long as only the proxy can reach it.";
}

/// Said in so many words, since it gives up what Recant is for.
std::optional<std::string> stale_verdicts_warning(const Config::Verify& verify) {
  const auto allowed = *parse_on_unavailable(verify.on_unavailable);
  if (allowed == milliseconds{0}) return std::nullopt;
  const std::string longest = to_text(allowed);
  return "REVOKED TOKENS MAY BE ACCEPTED: verify.on_unavailable is " + verify.on_unavailable +
         ", so while Redis cannot be reached a token that was found valid up to " + longest +
         " ago is accepted even if it has been revoked meanwhile. Until Redis answers again no "
         "revocation counts for such a token, and verify.max_staleness bounds nothing. Set "
         "verify.on_unavailable = \"deny\" to refuse what cannot be judged.";
}

}  // namespace

Result<LoadedConfig, std::vector<std::string>> load_config(const ConfigSources& sources) {
  LoadedConfig loaded;
  loaded.config = default_config();
  Sentences errors;
  const auto apply_all = [&](const std::vector<Given>& list) {
    for (const Given& given : list) {
      if (auto wrong = apply(loaded.config, given)) {
        errors.push_back(*std::move(wrong));
      } else {
        loaded.origins[origin_key(given)] = given.where;
      }
    }
  };

  if (const auto file = read_file(sources, loaded.file)) {
    if (auto closed = check_rights(loaded.file, *file, loaded.warnings); !closed) {
      errors.push_back(closed.error().sentence);
    }
    apply_all(*file);
  } else {
    errors.push_back(file.error().sentence);
  }
  if (auto environment = read_environment(sources.environment)) {
    apply_all(environment->given);
    for (std::string& warning : environment->warnings) {
      loaded.warnings.push_back(std::move(warning));
    }
  } else {
    for (const std::string& wrong : environment.error()) errors.push_back(wrong);
  }
  for (const Given& flag : sources.flags) {
    if (auto wrong = secret_in_flag(flag)) errors.push_back(*std::move(wrong));
  }
  apply_all(sources.flags);

  // Values that were refused left their places to defaults, which may then seem to contradict.
  if (errors.empty()) errors = contradictions(loaded);
  if (!errors.empty()) return errors;
  if (auto warning = plain_in_network(loaded.config.server)) {
    loaded.warnings.push_back(*std::move(warning));
  }
  if (auto warning = private_redis_warning(loaded.config)) {
    loaded.warnings.push_back(*std::move(warning));
  }
  if (auto warning = database_warning(loaded.config.database.url)) {
    loaded.warnings.push_back(*std::move(warning));
  }
  if (auto warning = stale_verdicts_warning(loaded.config.verify)) {
    loaded.warnings.push_back(*std::move(warning));
  }
  return loaded;
}

std::string database_path(const Config& config) {
  if (auto path = sqlite_path(config.database.url)) return *std::move(path);
  return (std::filesystem::path(config.server.data) / "recant.db").string();
}

}  // namespace recant::app
