#include "embed/option_names.hpp"

#include <charconv>
#include <variant>

#include "base/duration.hpp"

namespace recant::embed {
namespace {

template <class Options>
using Place = std::variant<std::string Options::*, std::vector<std::string> Options::*,
                           bool Options::*, milliseconds Options::*, seconds Options::*,
                           std::size_t Options::*, Profile Options::*>;

template <class Options>
struct Named {
  std::string_view name;
  Place<Options> place;
};

using V = VerifierOptions;
constexpr Named<V> kOptions[] = {
    {"redis_url", &V::redis_url},
    {"redis_prefix", &V::redis_prefix},
    {"redis_hash_tags", &V::redis_hash_tags},
    {"redis_ca", &V::redis_ca},
    {"redis_cert", &V::redis_cert},
    {"redis_key", &V::redis_key},
    {"redis_timeout", &V::redis_timeout},
    {"issuer", &V::issuer},
    {"audience", &V::audience},
    {"jwks_url", &V::jwks_url},
    {"jwks_file", &V::jwks_file},
    {"algorithms", &V::algorithms},
    {"leeway", &V::leeway},
    {"jwks_ca", &V::jwks_ca},
    {"jwks_refresh", &V::jwks_refresh},
    {"jwks_max_age", &V::jwks_max_age},
    {"jwks_in_the_clear", &V::jwks_in_the_clear},
    {"max_staleness", &V::max_staleness},
    {"cache_entries", &V::cache_entries},
};

using I = IssuerOptions;
constexpr Named<I> kIssuerOptions[] = {
    {"name", &I::name},
    {"iss", &I::iss},
    {"audience", &I::audience},
    {"algorithms", &I::algorithms},
    {"jwks_url", &I::jwks_url},
    {"jwks_file", &I::jwks_file},
    {"secret_file", &I::secret_file},
    {"profile", &I::profile},
    {"sid_claim", &I::sid_claim},
    {"max_ttl", &I::max_ttl},
    {"shared_ids", &I::shared_ids},
};

/// Each gives the words for what it takes, when it does not take this.
using Refused = std::optional<std::string_view>;

Refused read(std::string& into, std::string_view value) {
  into = value;
  return std::nullopt;
}

Refused read(std::vector<std::string>& into, std::string_view value) {
  into.emplace_back(value);
  return std::nullopt;
}

Refused read(bool& into, std::string_view value) {
  if (value != "true" && value != "false") return "true or false";
  into = value == "true";
  return std::nullopt;
}

Refused read(milliseconds& into, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration) return "a duration such as 250ms, 30s, 5m, 24h or 30d";
  into = *duration;
  return std::nullopt;
}

Refused read(seconds& into, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration || duration->count() % 1000 != 0) return "a duration such as 30s, 5m, 24h or 30d";
  into = std::chrono::duration_cast<seconds>(*duration);
  return std::nullopt;
}

Refused read(std::size_t& into, std::string_view value) {
  const char* const end = value.data() + value.size();
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end) return "a whole number";
  into = number;
  return std::nullopt;
}

Refused read(Profile& into, std::string_view value) {
  if (value != "rfc9068" && value != "jwt") return "rfc9068 or jwt";
  into = value == "jwt" ? Profile::jwt : Profile::rfc9068;
  return std::nullopt;
}

template <class Options, std::size_t Count>
std::optional<std::string> set(const Named<Options> (&table)[Count], Options& options,
                               std::string_view name, std::string_view value,
                               std::string_view full_name) {
  for (const Named<Options>& one : table) {
    if (one.name != name) continue;
    const Refused refused =
        std::visit([&](auto place) { return read(options.*place, value); }, one.place);
    if (!refused) return std::nullopt;
    return std::string(full_name) + " takes " + std::string(*refused) + ".";
  }
  return "There is no option " + std::string(full_name) + ".";
}

}  // namespace

std::optional<std::string> set_option(VerifierOptions& options, std::string_view name,
                                      std::string_view value) {
  constexpr std::string_view kOfIssuer = "issuer.";
  if (!name.starts_with(kOfIssuer)) return set(kOptions, options, name, value, name);
  if (options.issuers.empty()) {
    return std::string(name) +
           " belongs to an issuer, of which none has been begun: call "
           "recant_options_add_issuer() first.";
  }
  return set(kIssuerOptions, options.issuers.back(), name.substr(kOfIssuer.size()), value, name);
}

}  // namespace recant::embed
