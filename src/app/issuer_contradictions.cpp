#include "app/issuer_contradictions.hpp"

#include <algorithm>
#include <string_view>

#include "crypto/algorithm.hpp"

namespace recant::app {
namespace {

using Issuer = Config::Issuer;
using Sentences = std::vector<std::string>;

bool is_shared_secret(const std::string& algorithm) {
  return crypto::info(*crypto::parse_algorithm(algorithm)).family == crypto::KeyFamily::oct;
}

std::string in_table(const Issuer& issuer) { return issuer.where + ": this [[issuer]] "; }

void check_missing(const Issuer& issuer, Sentences& out) {
  const auto need = [&](std::string_view key, bool given) {
    if (!given) out.push_back(in_table(issuer) + "has no " + std::string(key) + ": write it.");
  };
  need("name", !issuer.name.empty());
  need("iss", !issuer.iss.empty());
  need("audience", !issuer.audience.empty());
  need("algorithms", !issuer.algorithms.empty());
}

/// One key has one algorithm, and a public key must never serve as a secret (RFC 8725 §3.1).
void check_keys(const Issuer& issuer, Sentences& out) {
  if (issuer.jwks_file.empty() == issuer.secret_file.empty()) {
    out.push_back(in_table(issuer) +
                  (issuer.jwks_file.empty() ? "has no keys: write" : "has both") +
                  " jwks_file (its public keys) " + (issuer.jwks_file.empty() ? "or" : "and") +
                  " secret_file (the secret it shares)" +
                  (issuer.jwks_file.empty() ? "." : ": write one of them."));
    return;
  }
  const bool secret = !issuer.secret_file.empty();
  for (const std::string& algorithm : issuer.algorithms) {
    if (is_shared_secret(algorithm) == secret) continue;
    out.push_back(in_table(issuer) + "allows " + algorithm + ", which " +
                  (secret
                       ? "takes no shared secret: write HS256, HS384 or HS512, or give jwks_file "
                         "instead of secret_file."
                       : "takes a shared secret: give secret_file instead of jwks_file."));
  }
}

void check_unique(const Config& config, std::size_t index, Sentences& out) {
  const Issuer& issuer = config.issuers[index];
  if (!issuer.iss.empty() && issuer.iss == config.token.issuer) {
    out.push_back(in_table(issuer) +
                  "has the iss of our own tokens: give token.issuer another one, so that it is "
                  "clear whose key a token must be signed with.");
  }
  for (std::size_t i = 0; i < index; ++i) {
    const Issuer& earlier = config.issuers[i];
    const auto same = [&](std::string_view key, const std::string& mine,
                          const std::string& theirs) {
      if (mine.empty() || mine != theirs) return;
      out.push_back(in_table(issuer) + "has the " + std::string(key) + " of the one in " +
                    earlier.where + ": each needs one of its own.");
    };
    same("name", issuer.name, earlier.name);
    same("iss", issuer.iss, earlier.iss);
  }
}

}  // namespace

void check_issuers(const Config& config, Sentences& out) {
  for (std::size_t i = 0; i < config.issuers.size(); ++i) {
    check_missing(config.issuers[i], out);
    check_keys(config.issuers[i], out);
    check_unique(config, i, out);
  }
}

}  // namespace recant::app
