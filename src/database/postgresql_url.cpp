#include "database/postgresql_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace recant::database {
namespace {

/// By libpq's names (PostgreSQL 15, 34.1.2).
using Parameters = std::map<std::string, std::string>;

constexpr const char* kUnixSockets = "/var/run/postgresql";
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/// Where the URL says nothing else. Variables such as PGHOSTADDR do not say it either.
const Parameters kDefaults = {
    {"host", kUnixSockets},
    {"hostaddr", ""},
    {"connect_timeout", "3"},
    // A server that has gone without a word is noticed.
    {"tcp_user_timeout", "10000"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    // Of several hosts the one that takes writes.
    {"target_session_attrs", "read-write"},
    // It would go before TLS and check no certificate.
    {"gssencmode", "disable"},
    {"application_name", "recant"},
};

Result<Parameters, std::string> take_apart(const std::string& url) {
  // Its message quotes the URL, so it is shown to nobody.
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
  if (message != nullptr) PQfreemem(message);
  if (!options) {
    return std::string(
        "must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full and the like, "
        "with what has a meaning in URLs percent-encoded, and with libpq's parameters only");
  }
  Parameters given;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) given[option->keyword] = option->val;
  }
  return given;
}

std::string text_of(const Parameters& given, const char* name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool is_local(const std::string& host) {
  if (host.empty() || host.front() == '/' || host.front() == '@' || host == "localhost") {
    return true;
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

/// Each place of the list is an address or, where that is empty, a name that is looked up.
bool stays_on_this_machine(const Parameters& given) {
  auto places = split(given.at("host"));
  const auto addresses = split(given.at("hostaddr"));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i == places.size()) places.emplace_back();
    if (!addresses[i].empty()) places[i] = addresses[i];
  }
  return std::ranges::all_of(places, is_local);
}

/// An unescaped `/` or `@` in a password makes a URL of another meaning, whose port, host or
/// database is a piece of the password. It must not get as far as a message that shows them.
bool is_torn(const Parameters& given) {
  const auto is_port = [](const std::string& port) {
    return port.size() <= 5 &&
           std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto is_host = [](const std::string& host) {
    return host.find('@', 1) == std::string::npos;
  };
  return !std::ranges::all_of(split(text_of(given, "port")), is_port) ||
         !std::ranges::all_of(split(text_of(given, "host")), is_host) ||
         text_of(given, "dbname").find_first_of("@:/") != std::string::npos;
}

bool is_sslmode(const std::string& mode) {
  constexpr std::array<std::string_view, 6> kModes = {"disable", "allow",     "prefer",
                                                      "require", "verify-ca", "verify-full"};
  return std::ranges::find(kModes, mode) != kModes.end();
}

std::string warning_about(const std::string& sslmode) {
  if (sslmode == "verify-full") return {};
  const std::string begin = "sslmode=" + sslmode + " in database.url ";
  constexpr const char* kRemedy = " Take it out, and the certificate and the name are checked.";
  if (sslmode == "verify-ca") {
    return begin + "lets any server that the same authority vouches for pass for the database." +
           kRemedy;
  }
  if (sslmode == "require") {
    return begin + "lets whoever is on the way pass for the database." + kRemedy;
  }
  return begin + "lets passwords and hashes cross the network unencrypted." + kRemedy;
}

/// Unless the URL says how, and with the authorities of this system unless it names others.
void secure(Parameters& given, std::string& warning) {
  const bool local = stays_on_this_machine(given);
  // Said in any case, so that PGSSLMODE is not asked.
  const std::string mode = given.emplace("sslmode", local ? "prefer" : "verify-full").first->second;
  if (mode.starts_with("verify-")) given.emplace("sslrootcert", kSystemAuthorities);
  if (!local) warning = warning_about(mode);
}

/// As a URL in which each value is encoded as a whole: SOCI takes white space out of what it is
/// given, and libpq reads every parameter behind the '?'.
std::string to_connect_string(const Parameters& parameters) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = "postgresql:///";
  char before = '?';
  for (const auto& [name, value] : parameters) {
    out += before + name + '=';
    before = '&';
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (plain) {
        out += c;
      } else {
        out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
  }
  return out;
}

/// A text alone could be taken for a target.
Result<PostgresqlTarget, std::string> refuse(std::string why) {
  return {boost::system::in_place_error, std::move(why)};
}

std::string shown(const Parameters& given) {
  const std::string host = given.at("host");
  const std::string port = text_of(given, "port");
  const std::string user = text_of(given, "user");
  const bool is_path = host.starts_with('/') || host.starts_with('@');
  std::string out = "postgresql://" + user + (user.empty() ? "" : "@");
  if (!is_path) out += host + (port.empty() ? "" : ":" + port);
  out += "/" + text_of(given, "dbname");
  if (is_path) out += "?host=" + host;
  return out;
}

}  // namespace

bool is_postgresql_url(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Result<PostgresqlTarget, std::string> parse_postgresql_url(const std::string& url) {
  auto given = take_apart(url);
  if (!given) return refuse(given.error());
  if (given->contains("service")) {
    return refuse("must say itself how the database is reached, and not name a service");
  }
  if (is_torn(*given)) {
    return refuse(
        "must name hosts, ports in digits and a database; percent-encode what has a meaning in "
        "URLs, above all in a password: / as %2F, @ as %40, : as %3A");
  }
  if (given->contains("sslmode") && !is_sslmode(given->at("sslmode"))) {
    return refuse(
        "must have an sslmode of disable, allow, prefer, require, verify-ca or verify-full, or "
        "none, which is verify-full beyond this machine");
  }
  for (const auto& [name, value] : kDefaults) given->emplace(name, value);
  if (given->at("host").empty()) (*given)["host"] = kUnixSockets;
  (*given)["client_encoding"] = "UTF8";
  PostgresqlTarget target;
  secure(*given, target.warning);
  target.connect_string = to_connect_string(*given);
  target.shown = shown(*given);
  target.has_password = given->contains("password") || given->contains("sslpassword");
  return target;
}

}  // namespace recant::database
