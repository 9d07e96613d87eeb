#include "cli/token_remarks.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "cli/text.hpp"
#include "cli/times.hpp"

namespace recant::cli {
namespace {

/// NumericDates of the year 5138 and later: somebody wrote milliseconds.
constexpr double kLooksLikeMillis = 1e11;
constexpr std::size_t kServerTakes = 8 * 1024;
constexpr seconds kClockDifference{60};
constexpr std::chrono::hours kLongLife{24};

class Looking {
 public:
  Looking(const ReadToken& token, UnixMillis now) : token_(token), now_(now) {}

  std::vector<Remark> remarks() {
    look_at_header();
    if (token_.bytes > kServerTakes) {
      grave("too_long", "It is longer than 8 KiB, which Recant refuses.");
    }
    if (token_.payload_fault.empty() && !token_.encrypted) {
      look_at_times();
      look_at_names();
    }
    std::vector<Remark> all = std::move(grave_);
    std::ranges::move(notes_, std::back_inserter(all));
    return all;
  }

 private:
  void grave(std::string code, std::string text) {
    grave_.push_back({std::move(code), std::move(text), true});
  }
  void note(std::string code, std::string text) {
    notes_.push_back({std::move(code), std::move(text)});
  }

  void look_at_header() {
    const std::string* alg = token_.header.string("alg");
    std::string lower = alg != nullptr ? *alg : "";
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    if (alg == nullptr) {
      grave("no_alg", "It names no algorithm (alg).");
    } else if (lower == "none") {
      grave("alg_none", "alg is none: nothing signs it, and anybody could have made it.");
    } else if (alg->starts_with("HS")) {
      note("shared_secret",
           "It is signed with a shared secret: whoever can verify it can also forge it.");
    }
    if (!token_.encrypted && token_.signature_bytes == 0 && lower != "none") {
      grave("no_signature", "Its signature is empty.");
    }
    if (token_.encrypted)
      note("encrypted", "It is encrypted (a JWE); only its header can be read.");
    for (const char* name : {"jku", "x5u", "jwk", "x5c"}) {
      if (token_.header.find(name) == nullptr) continue;
      grave("brings_its_key", std::string("Its header brings, or points at, the key to verify it "
                                          "with (") +
                                  name + "), which no verifier should follow.");
    }
    if (token_.header.find("crit") != nullptr) {
      grave("critical", "It asks for extensions (crit) that Recant does not know.");
    }
    const std::string* typ = token_.header.string("typ");
    if (typ == nullptr || (*typ != "at+jwt" && *typ != "application/at+jwt")) {
      note("not_rfc9068",
           "Its typ is not at+jwt: it is no access token by RFC 9068, as Recant's "
           "are.");
    }
    if (token_.header.find("kid") == nullptr) note("no_kid", "It does not name its key (kid).");
  }

  std::optional<UnixMillis> time_of(const char* name) {
    const json::Value* value = token_.claims.find(name);
    if (value == nullptr) return std::nullopt;
    const auto number = value->as_double();
    if (number && *number >= kLooksLikeMillis) {
      grave("milliseconds", std::string(name) +
                                " seems to be in milliseconds; by RFC 7519 it is in seconds, and "
                                "this one lies far in the future.");
      return std::nullopt;
    }
    const auto instant = numeric_date(*value);
    if (!instant) grave("no_time", std::string(name) + " is no time (RFC 7519 §2).");
    return instant;
  }

  void look_at_times() {
    const auto exp = time_of("exp");
    const auto iat = time_of("iat");
    const auto nbf = time_of("nbf");
    if (token_.claims.find("exp") == nullptr) {
      grave("no_exp", "It names no end (exp): it would be good for ever.");
    }
    if (exp && *exp <= now_) grave("expired", "It has expired, " + relative(*exp, now_) + ".");
    if (nbf && *nbf > now_ + kClockDifference) {
      grave("not_yet_valid", "It is good only later, " + relative(*nbf, now_) + ".");
    }
    if (iat && *iat > now_ + kClockDifference) {
      grave("from_the_future", "It says that it is issued " + relative(*iat, now_) + ".");
    }
    if (exp && iat && *exp <= *iat) grave("no_life", "It ends before it begins (exp, iat).");
    if (exp && iat && *exp - *iat > kLongLife) {
      note("long_life",
           "It lives for " + duration_text(*exp - *iat) + ", which is long for an access token.");
    }
  }

  void look_at_names() {
    const auto lacks = [&](const char* name) { return token_.claims.find(name) == nullptr; };
    if (lacks("jti")) note("no_jti", "It has no jti: it cannot be revoked alone.");
    if (lacks("sid")) note("no_sid", "It has no sid: it does not end with a session.");
    for (const char* name : {"iss", "sub", "aud"}) {
      if (lacks(name)) note(std::string("no_") + name, std::string("It has no ") + name + ".");
    }
  }

  const ReadToken& token_;
  const UnixMillis now_;
  std::vector<Remark> grave_;
  std::vector<Remark> notes_;
};

}  // namespace

std::vector<Remark> remarks_on(const ReadToken& token, UnixMillis now) {
  return Looking(token, now).remarks();
}

std::optional<UnixMillis> numeric_date(const json::Value& value) {
  const auto number = value.as_double();
  if (!number || !(*number >= 0) || *number >= kLooksLikeMillis) return std::nullopt;
  return unix_millis(static_cast<std::int64_t>(*number * 1000));
}

std::string when(UnixMillis instant, UnixMillis now) {
  return date_and_time(instant) + ", " + relative(instant, now);
}

}  // namespace recant::cli
