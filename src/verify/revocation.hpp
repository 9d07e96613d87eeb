// Was a good token taken back? The question to Redis as a port, and the decision over its answers
// as a pure function.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "core/policy.hpp"
#include "core/reason.hpp"
#include "verify/identity.hpp"

namespace recant::verify {

/// whitelist:user:<sub>:jti:<jti>
struct Whitelisted {
  std::optional<std::string> value{};
  /// In how long it ends by itself; nothing when it does not.
  std::optional<milliseconds> ends_in{};
};

/// What stands in Redis about one token, raw. Any value of an entry counts, whoever wrote it.
struct RevocationAnswers {
  std::optional<std::string> token;        // blacklist:jti:<jti>
  std::optional<std::string> session;      // blacklist:session:<sid>
  std::optional<std::string> subject;      // blacklist:user:<sub>, a watermark
  std::optional<std::string> everybody;    // blacklist:all, a watermark
  bool session_exists = false;             // its record stands (docs/adr/0004); of ours only
  std::optional<Whitelisted> whitelist{};  // nothing where it was not asked for
  UnixMillis asked_at{};                   // by Redis's clock
  std::optional<core::Policy> policy{};    // nothing stands, or what is not known here
  core::KeyForm asked_under = core::KeyForm::plain;  // the names that keys were asked for by
};

/// By what a token is dead, the one that tells most first.
enum class RevokedBy { session, subject, everybody, token, lost_session, not_whitelisted };

inline constexpr std::array kRevokedBy = {RevokedBy::token,        RevokedBy::session,
                                          RevokedBy::subject,      RevokedBy::everybody,
                                          RevokedBy::lost_session, RevokedBy::not_whitelisted};
static_assert(kRevokedBy.size() == static_cast<std::size_t>(RevokedBy::not_whitelisted) + 1);

std::string_view name_of(RevokedBy by);

/// It is not known, so the answer is no. `why` is for the log.
struct Unavailable {
  enum class Kind {
    unreached,       // nothing came back
    answered_ill,    // what came back is no answer to all of it
    overloaded,      // it was not asked, for what is under way already
    unknown_policy,  // it came without one that says by what to judge
    other_keys,      // it was asked under names that this Redis does not use
  };
  std::string why;
  Kind kind = Kind::unreached;
};

/// May it have to stand on the whitelist? Ours may, and those of an issuer that shares our
/// ids; any other issuer knows nothing of it.
bool has_place(const Identity& token);

/// Must it, by this policy?
bool wants_place(const Identity& token, const core::Policy& policy);

/// Nothing when it is alive; Unavailable when nothing says that it is dead and no policy stands, or
/// one that was not asked by. What stands counts, whatever it was asked under; what is missing says
/// nothing where keys have other names.
Result<std::optional<RevokedBy>, Unavailable> decide_revoked(const Identity& token,
                                                             const RevocationAnswers& answers);

/// One a thread; not thread-safe. Asks and never writes.
class RevocationReader {
 public:
  virtual ~RevocationReader() = default;

  /// The keys that the answer rests on and that are pushed when they change: four at most.
  virtual std::vector<std::string> watched_keys(const Identity& token) const = 0;
  /// How old a verdict may be that is given again while Redis cannot be asked
  /// (`verify.on_unavailable`); 0: none is.
  virtual milliseconds allow_cached_for() const = 0;
  /// Unavailable unless every part of the question was answered. The token outlives the task.
  virtual Task<Result<RevocationAnswers, Unavailable>> ask(const Identity& token) = 0;
  /// Why it was revoked; `foreign` when nobody wrote that down.
  virtual Task<Result<core::Reason, Unavailable>> read_reason(RevokedBy by,
                                                              const Identity& token) = 0;
};

}  // namespace recant::verify
