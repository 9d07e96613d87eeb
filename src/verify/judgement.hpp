// What is said of a token, and on what ground.
//
// Values like any other.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/reason.hpp"
#include "verify/access_token.hpp"
#include "verify/identity.hpp"
#include "verify/revocation.hpp"

namespace recant::verify {

enum class Verdict { valid, invalid, revoked, unavailable };

/// Where it was found.
enum class Source {
  local,    // in the token itself
  cache,    // in memory, under a lease
  redis,    // Redis was asked
  outlived  // in memory, without a lease: an operator allowed it (`verify.on_unavailable`)
};
std::string_view name_of(Verdict verdict);
std::string_view name_of(Source source);

/// Why nothing is known.
enum class Ignorance {
  no_answer,       // Redis was not reached, or did not answer in time or in form
  unknown_policy,  // no policy stands there, or none that is known here
  other_keys,      // keys there are spelled in another form than ours (docs/adr/0010)
  clocks_differ,   // Redis's clock and ours are too far apart for times to mean the same
  overloaded,      // too many questions are under way
  stopped,         // this verifier is being ended
};
std::string_view name_of(Ignorance ignorance);
/// All that a server's checks may say; one that is being stopped takes no more of them.
inline constexpr std::array kIgnorance = {Ignorance::no_answer, Ignorance::unknown_policy,
                                          Ignorance::other_keys, Ignorance::clocks_differ,
                                          Ignorance::overloaded};

struct Judgement {
  Verdict verdict = Verdict::unavailable;
  Source source = Source::redis;
  std::optional<Identity> identity{};  // of one that is valid

  std::optional<TokenError> error{};          // why it is invalid
  std::optional<RevokedBy> revoked_by{};      // by what it is revoked,
  std::optional<core::Reason> revoked_why{};  // and why, where Redis still said so
  std::optional<Ignorance> ignorance{};       // why it is unavailable

  static Judgement valid(Identity identity, Source source) {
    Judgement judgement{Verdict::valid, source};
    judgement.identity = std::move(identity);
    return judgement;
  }
  static Judgement invalid(TokenError error) {
    Judgement judgement{Verdict::invalid, Source::local};
    judgement.error = error;
    return judgement;
  }
  static Judgement revoked(RevokedBy by, std::optional<core::Reason> why) {
    Judgement judgement{Verdict::revoked, Source::redis};
    judgement.revoked_by = by;
    judgement.revoked_why = std::move(why);
    return judgement;
  }
  static Judgement unavailable(Ignorance ignorance) {
    Judgement judgement{Verdict::unavailable, Source::redis};
    judgement.ignorance = ignorance;
    return judgement;
  }

  /// The name of what made it what it is, for metrics; empty for a valid one.
  std::string_view cause() const;
};

}  // namespace recant::verify
