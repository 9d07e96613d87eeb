#include "embed/plan.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/subject.hpp"
#include "crypto/algorithm.hpp"

namespace recant::embed {
namespace {

using crypto::Algorithm;
using crypto::KeyFamily;
using namespace std::chrono_literals;

/// Nothing, or one sentence.
using Wrong = std::optional<std::string>;

struct Bound {
  const char* option;
  milliseconds value, least, most;
  const char* words;
};

Wrong check_bounds(const VerifierOptions& options) {
  const std::array bounds = {
      Bound{"redis_timeout", options.redis_timeout, 10ms, 10s, "10 ms to 10 s"},
      Bound{"leeway", options.leeway, 0s, 60s, "0 to 60 s"},
      Bound{"jwks_refresh", options.jwks_refresh, 1s, 24h, "1 s to 24 h"},
      Bound{"jwks_max_age", options.jwks_max_age, 1min, 30 * 24h, "1 min to 30 days"},
      Bound{"max_staleness", options.max_staleness, 0ms, 10s, "0 to 10 s"}};
  for (const Bound& bound : bounds) {
    if (bound.value < bound.least || bound.value > bound.most) {
      return std::string(bound.option) + " is out of bounds: give " + bound.words + ".";
    }
  }
  constexpr seconds kLook{10};  // fetch::FetchOptions::timeout
  if (options.jwks_max_age < options.jwks_refresh + kLook) {
    return "jwks_max_age must be longer than jwks_refresh by 10 s, which a look may take: or keys "
           "would count no longer before they are looked at again.";
  }
  constexpr std::size_t kMostEntries = 16'777'216;
  if (options.cache_entries > kMostEntries) {
    return "cache_entries is out of bounds: give 0 to 16777216.";
  }
  return std::nullopt;
}

/// As redis.prefix of the server.
bool is_prefix(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kSpecial = "{}*?[]\\";
  return text.size() <= kLongest && std::ranges::all_of(text, [&](char c) {
           return c > ' ' && c < 0x7f && kSpecial.find(c) == std::string_view::npos;
         });
}

bool is_issuer_name(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_asymmetric(Algorithm algorithm) { return crypto::info(algorithm).family != KeyFamily::oct; }

std::vector<Algorithm> asymmetric_algorithms() {
  std::vector<Algorithm> all;
  for (int i = 0; i <= static_cast<int>(Algorithm::hs512); ++i) {
    if (is_asymmetric(static_cast<Algorithm>(i))) all.push_back(static_cast<Algorithm>(i));
  }
  return all;
}

/// `in` names the issuer, " of issuer keycloak", or is empty.
Wrong check_names(const std::string& iss_option, const std::string& iss, const std::string& in,
                  const std::vector<std::string>& audience) {
  constexpr std::string_view kPlain = "1 to 255 bytes of UTF-8 without control characters.";
  if (!core::is_plain_id(iss)) {
    return iss_option + in + " must be what tokens say as iss: " + std::string(kPlain);
  }
  if (audience.empty()) {
    return "audience" + in +
           " is empty: name what this service is called in aud, or tokens for others would be "
           "good here.";
  }
  if (!std::ranges::all_of(audience, core::is_plain_id)) {
    return "audience" + in + " holds a name that no token can have: give " + std::string(kPlain);
  }
  return std::nullopt;
}

/// What a key source is made of, under the names that its options have.
struct KeyWords {
  std::string in;     // " of issuer keycloak", or empty
  std::string owner;  // for messages
  const std::string& url;
  const std::string& file;
  const std::string& secret;
  const std::vector<std::string>& algorithms;
};

Result<KeySource, std::string> plan_keys(const KeyWords& words, bool in_the_clear) {
  using Failed = Result<KeySource, std::string>;
  const auto no = [](std::string why) {
    return Failed(boost::system::in_place_error, std::move(why));
  };
  const int given =
      (words.url.empty() ? 0 : 1) + (words.file.empty() ? 0 : 1) + (words.secret.empty() ? 0 : 1);
  if (given != 1) {
    return no("The keys of " + words.owner + (given == 0 ? " are not named" : " are named twice") +
              ": give exactly one of jwks_url, jwks_file" +
              (words.in.empty() ? "." : " and secret_file."));
  }
  KeySource source;
  source.owner = words.owner;
  for (const std::string& name : words.algorithms) {
    const auto algorithm = crypto::parse_algorithm(name);
    if (!algorithm)
      return no("algorithms" + words.in + " names one that is not known: " + name + ".");
    if (is_asymmetric(*algorithm) != words.secret.empty()) {
      return no("algorithms" + words.in + " names " + name +
                (words.secret.empty() ? ", which takes a shared secret and no published key."
                                      : ", which takes no shared secret."));
    }
    source.algorithms.push_back(*algorithm);
  }
  if (!words.file.empty()) {
    source.option = "jwks_file" + words.in;
    source.place = JwksFile{words.file};
  } else if (!words.secret.empty()) {
    source.option = "secret_file" + words.in;
    source.place = SecretFile{words.secret};
    if (source.algorithms.size() != 1) {
      return no("algorithms" + words.in + " must name one algorithm, since a secret is for one.");
    }
  } else {
    source.option = "jwks_url" + words.in;
    auto url = fetch::parse_web_url(words.url);
    if (!url) return no(source.option + " " + url.error() + ".");
    if (!url->tls && !url->is_loopback() && !in_the_clear) {
      return no(source.option +
                " must begin with https://: whoever can answer in the server's place would sign "
                "your tokens. Where the network itself is encrypted, say so with "
                "jwks_in_the_clear.");
    }
    source.place = *std::move(url);
  }
  return source;
}

Wrong plan_own(const VerifierOptions& options, KeyKeeperOptions& into) {
  if (auto wrong = check_names("issuer", options.issuer, "", options.audience)) return wrong;
  const std::string none;
  auto keys = plan_keys({"", "issuer " + options.issuer, options.jwks_url, options.jwks_file, none,
                         options.algorithms},
                        options.jwks_in_the_clear);
  if (!keys) return keys.error();
  if (keys->algorithms.empty()) keys->algorithms = asymmetric_algorithms();
  into.own_keys = *std::move(keys);
  into.own.issuer = options.issuer;
  into.own.audience = options.audience;
  into.own.leeway = options.leeway;
  return std::nullopt;
}

Wrong plan_other(const VerifierOptions& options, const IssuerOptions& issuer,
                 KeyKeeperOptions& into) {
  if (!is_issuer_name(issuer.name)) {
    return "name of an issuer must be 1 to 64 letters (a to z), digits, '-', '_' and '.'.";
  }
  const std::string in = " of issuer " + issuer.name;
  if (auto wrong = check_names("iss", issuer.iss, in, issuer.audience)) return wrong;
  if (issuer.iss == options.issuer) {
    return "iss" + in + " is the same as issuer: each needs one of its own.";
  }
  for (const verify::ForeignIssuer& earlier : into.others) {
    if (earlier.name == issuer.name) return "name" + in + " is there twice.";
    if (earlier.issuer == issuer.iss) return "iss" + in + " is also that of " + earlier.name + ".";
  }
  if (issuer.algorithms.empty()) {
    return "algorithms" + in + " is empty: name those that its tokens may be signed with.";
  }
  if (!issuer.sid_claim.empty() && !core::is_plain_id(issuer.sid_claim)) {
    return "sid_claim" + in + " is no name of a claim.";
  }
  if (issuer.max_ttl < 1s || issuer.max_ttl > 366 * 24h) {
    return "max_ttl" + in + " is out of bounds: give 1 s to 366 days.";
  }
  auto keys = plan_keys({in, "issuer " + issuer.name, issuer.jwks_url, issuer.jwks_file,
                         issuer.secret_file, issuer.algorithms},
                        options.jwks_in_the_clear);
  if (!keys) return keys.error();
  into.other_keys.push_back(*std::move(keys));
  into.others.push_back(
      {.name = issuer.name,
       .issuer = issuer.iss,
       .audience = issuer.audience,
       .keys = {},
       .profile = issuer.profile == Profile::jwt ? verify::Profile::jwt : verify::Profile::rfc9068,
       .sid_claim = issuer.sid_claim,
       .longest_life = issuer.max_ttl,
       .shared_ids = issuer.shared_ids});
  return std::nullopt;
}

Wrong plan_redis(const VerifierOptions& options, Plan& plan) {
  if (options.redis_url.empty()) return "redis_url is empty: give that of the server's Redis.";
  auto target = redis::parse_url(options.redis_url);
  if (!target) {
    // It speaks of the server's setting.
    constexpr std::string_view kSetting = "redis.url";
    std::string why = target.error();
    if (why.starts_with(kSetting)) why.replace(0, kSetting.size(), "redis_url");
    return why + ".";
  }
  if (target->tls) {
    *target->tls = {options.redis_ca, options.redis_cert, options.redis_key};
  } else if (!options.redis_ca.empty() || !options.redis_cert.empty() ||
             !options.redis_key.empty()) {
    return "redis_ca, redis_cert and redis_key are for rediss:// alone: write redis_url so, or "
           "leave them out.";
  }
  if (options.redis_cert.empty() != options.redis_key.empty()) {
    return "redis_cert and redis_key belong together: give both or neither.";
  }
  if (!is_prefix(options.redis_prefix)) {
    return "redis_prefix must be at most 64 bytes of visible ASCII without { } * ? [ ] and \\.";
  }
  plan.redis = std::make_shared<const redis::Target>(*std::move(target));
  plan.connection.timeout = options.redis_timeout;
  plan.connection.client_name = "recant-verifier";
  plan.keys = redis::Keys({options.redis_prefix, options.redis_hash_tags});
  return std::nullopt;
}

}  // namespace

Result<Plan, std::string> make_plan(const VerifierOptions& options) {
  using Failed = Result<Plan, std::string>;
  const auto no = [](std::string why) {
    return Failed(boost::system::in_place_error, std::move(why));
  };
  Plan plan;
  if (auto wrong = plan_redis(options, plan)) return no(*std::move(wrong));
  if (auto wrong = check_bounds(options)) return no(*std::move(wrong));
  if (auto wrong = plan_own(options, plan.issuers)) return no(*std::move(wrong));
  constexpr std::size_t kMostIssuers = 16;
  if (options.issuers.size() > kMostIssuers) return no("There are more than 16 issuers.");
  for (const IssuerOptions& issuer : options.issuers) {
    if (auto wrong = plan_other(options, issuer, plan.issuers)) return no(*std::move(wrong));
  }
  plan.issuers.ca_file = options.jwks_ca;
  plan.issuers.urls.every = options.jwks_refresh;
  plan.issuers.urls.longest_kept = options.jwks_max_age;
  plan.max_staleness = options.max_staleness;
  plan.cache_entries = options.cache_entries;
  return plan;
}

}  // namespace recant::embed
