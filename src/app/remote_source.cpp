#include "app/remote_source.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/config_commands.hpp"
#include "app/greeting.hpp"
#include "app/load_config.hpp"
#include "app/private_file.hpp"
#include "app/quoting.hpp"
#include "app/setting_checks.hpp"
#include "app/small_file.hpp"
#include "base/duration.hpp"

namespace recant::app {
namespace {

using cli::AdminKey;
using cli::Mistake;
using cli::ServerChoice;
template <class T>
using OrMistake = Result<T, Mistake>;

constexpr const char* kDefaultServer = "http://127.0.0.1:8080";
constexpr std::size_t kLongestKey = 4096;

/// A value, and the words for where it stands.
struct Found {
  std::string value;
  std::string from;
};

std::string without_line_end(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

OrMistake<Found> read_file(const std::string& file, const std::string& from) {
  auto text = read_small_file(file);
  if (!text) {
    return Mistake{from + ": the file " + in_quotes(file) + " " + text.error().sentence + "."};
  }
  return Found{without_line_end(*std::move(text)), from};
}

/// RFC 6750 §2.1, which is what can stand in a header.
bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= kLongestKey && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

class Source final : public cli::RemoteSource {
 public:
  explicit Source(std::vector<Variable> environment) : environment_(std::move(environment)) {}

  OrMistake<ServerChoice> server(const cli::Arguments& arguments) const override {
    return choice_of(find_server(arguments), arguments);
  }
  OrMistake<ServerChoice> operators(const cli::Arguments& arguments) const override {
    return choice_of(find_operators(arguments), arguments);
  }

  OrMistake<AdminKey> admin_key(const cli::Arguments& arguments) const override {
    auto found = find_key(arguments);
    if (!found) return found.error();
    if (!is_key(found->value)) {
      return Mistake{found->from + " holds no admin key, which is one word such as ak_…"};
    }
    return {boost::system::in_place_value,
            AdminKey{SecretString(std::move(found->value)), std::move(found->from)}};
  }

 private:
  OrMistake<ServerChoice> choice_of(OrMistake<Found> found, const cli::Arguments& arguments) const {
    if (!found) return found.error();
    auto url = http::parse_server_url(found->value);
    if (!url) {
      return Mistake{(found->from.empty() ? kDefaultServer : found->from) + " " + url.error() +
                     "."};
    }
    ServerChoice choice;
    choice.url = *std::move(url);
    choice.from = std::move(found->from);
    if (choice.url.tls) {
      auto tls = tls_for(arguments);
      if (!tls) return tls.error();
      choice.tls = *std::move(tls);
    }
    if (const auto text = arguments.value("--timeout")) {
      const auto timeout = parse_duration(*text);
      if (!timeout || timeout->count() == 0) {
        return Mistake{"--timeout takes a duration such as 500ms, 5s or 2m."};
      }
      choice.timeout = *timeout;
    }
    return choice;
  }

  std::optional<std::string> variable(std::string_view name) const {
    for (const Variable& one : environment_) {
      if (one.name == name && !one.value.empty()) return one.value;
    }
    return std::nullopt;
  }

  /// NAME, or the file that NAME_FILE names.
  OrMistake<std::optional<Found>> variable_or_file(const std::string& name) const {
    const auto value = variable(name);
    const auto file = variable(name + "_FILE");
    if (value && file) {
      return Mistake{name + " and " + name + "_FILE are both set: unset one of them."};
    }
    if (value) return Found{*value, name};
    if (!file) return std::optional<Found>{};
    auto found = read_file(*file, name + "_FILE");
    if (!found) return found.error();
    return *std::move(found);
  }

  OrMistake<LoadedConfig> config(const cli::Arguments& arguments) const {
    ConfigSources sources;
    sources.file = arguments.value("--config");
    sources.environment = environment_;
    auto loaded = load_config(sources);
    if (loaded) return *std::move(loaded);
    std::string sentence = "the server's configuration, which tells where it is, is wrong:";
    for (const std::string& mistake : loaded.error()) sentence += "\n" + mistake;
    return Mistake{std::move(sentence)};
  }

  OrMistake<crypto::TlsContext> tls_for(const cli::Arguments& arguments) const {
    const auto flag = arguments.value("--ca");
    const std::string from = flag ? "--ca" : "RECANT_CA";
    const auto file = flag ? flag : variable("RECANT_CA");
    std::string authorities;
    if (file) {
      auto found = read_file(*file, from);
      if (!found) return found.error();
      authorities = std::move(found->value);
      if (authorities.empty())
        return Mistake{from + ": the file " + in_quotes(*file) + " is empty."};
    }
    auto context = crypto::TlsContext::for_client(authorities);
    if (context) return *std::move(context);
    return Mistake{from + " names no certificates to trust in: " +
                   std::string(to_string(context.error())) + "."};
  }

  OrMistake<Found> find_server(const cli::Arguments& arguments) const {
    if (const auto flag = arguments.value("--server")) return Found{*flag, "--server"};
    auto given = variable_or_file("RECANT_SERVER");
    if (!given) return given.error();
    if (*given) return **std::move(given);
    const auto loaded = config(arguments);
    if (!loaded) return loaded.error();
    const auto listen = parse_listen(loaded->config.server.listen);
    const auto origin = loaded->origins.find("server.listen");
    const bool is_named = origin != loaded->origins.end();
    const bool secured = !loaded->config.server.tls_cert.empty();
    if (!listen || listen->port == 0 || (!is_named && !secured)) return Found{kDefaultServer, ""};
    return Found{local_url(listen->address, listen->port, secured),
                 is_named ? "server.listen (" + origin->second + ")" : "server.tls_cert"};
  }

  /// server.ops_listen, where the configuration is what tells.
  OrMistake<Found> find_operators(const cli::Arguments& arguments) const {
    auto found = find_server(arguments);
    const bool told = !found || arguments.has("--server") || found->from.starts_with("RECANT_");
    if (told) return found;
    const auto loaded = config(arguments);
    if (!loaded) return loaded.error();
    const auto origin = loaded->origins.find("server.ops_listen");
    const auto listen = parse_listen(loaded->config.server.ops_listen);
    if (origin == loaded->origins.end() || !listen || listen->port == 0) return found;
    return Found{local_url(listen->address, listen->port),
                 "server.ops_listen (" + origin->second + ")"};
  }

  OrMistake<Found> find_key(const cli::Arguments& arguments) const {
    if (const auto file = arguments.value("--admin-key-file")) {
      return read_file(*file, "--admin-key-file");
    }
    auto given = variable_or_file("RECANT_ADMIN_KEY");
    if (!given) return given.error();
    if (*given) return **std::move(given);
    const auto loaded = config(arguments);
    if (!loaded) return loaded.error();
    const auto file = std::filesystem::path(loaded->config.server.data) / "admin.key";
    const std::string from = "the file " + file.string();
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
      return Mistake{
          "there is no admin key: neither --admin-key-file nor RECANT_ADMIN_KEY is "
          "given, and " +
              from + " is not there. It is in the data directory of the server.",
          true};
    }
    const auto text = read_private_file(file);
    if (!text) return Mistake{text.error().sentence};
    return Found{without_line_end(std::string(text->reveal())), from};
  }

  const std::vector<Variable> environment_;
};

constexpr std::array<std::string_view, 5> kVariables = {"RECANT_SERVER", "RECANT_SERVER_FILE",
                                                        "RECANT_ADMIN_KEY", "RECANT_ADMIN_KEY_FILE",
                                                        "RECANT_CA"};

}  // namespace

bool is_client_variable(std::string_view name) {
  return std::ranges::find(kVariables, name) != kVariables.end();
}

cli::RemoteSourcePtr remote_source(const std::vector<Variable>& environment) {
  return std::make_shared<Source>(environment);
}

}  // namespace recant::app
