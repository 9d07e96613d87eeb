// Judges access tokens in your own process: is this one good, and has nobody taken it back?
//
//   recant::VerifierOptions options;
//   options.redis_url = "redis://127.0.0.1:6379";
//   options.issuer = "https://login.example.com";
//   options.audience = {"api"};
//   options.jwks_url = "https://login.example.com/.well-known/jwks.json";
//   auto created = recant::Verifier::create(std::move(options));
//   if (!created) fail(created.message());
//
//   recant::Checked checked = created.verifier->check(token, std::chrono::milliseconds(250));
//   if (checked.verdict() == recant::Verdict::valid) serve(checked.subject());
//
// C++17; names no type but the standard library's and its own. Nothing here throws but what copies
// a std::string or a std::function into options that you fill (std::bad_alloc). The same in C:
// recant/recant.h. The guide: docs/library.md.
//
// Linux only. Link recant::verifier (CMake) or `pkg-config recant`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define RECANT_EXPORT __attribute__((visibility("default")))

namespace recant {

/// What is said of a token. Only `valid` lets anybody in.
enum class Verdict : std::uint8_t {
  valid,        ///< signature, claims and time are good, and nobody has taken it back
  invalid,      ///< it never was one, or is over: HTTP 401, `invalid_token`
  revoked,      ///< it was good and has been taken back: HTTP 401, `invalid_token`
  unavailable,  ///< it cannot be known now (Redis, keys, the deadline): HTTP 503, never 200
};

/// `valid`, `invalid`, `revoked`, `unavailable`.
RECANT_EXPORT const char* to_string(Verdict verdict) noexcept;

/// A verdict and, where the token's signature was good, whom it speaks of. A value: holds no
/// reference to the verifier nor to the token. Copying and moving never throw; what cannot be
/// copied for want of memory becomes `unavailable`.
///
/// Every view is of UTF-8 text, empty where there is none, good as long as this object is neither
/// assigned to nor destroyed, and followed by a zero byte. Read it from any number of threads.
class RECANT_EXPORT Checked {
 public:
  /// `unavailable`, "not checked".
  Checked() noexcept;
  Checked(const Checked& other) noexcept;
  Checked(Checked&& other) noexcept;
  Checked& operator=(const Checked& other) noexcept;
  Checked& operator=(Checked&& other) noexcept;
  ~Checked();

  Verdict verdict() const noexcept { return data_.verdict; }
  /// Short-hand for the only verdict that lets anybody in.
  bool is_valid() const noexcept { return data_.verdict == Verdict::valid; }
  /// Of any verdict but `valid`: why. Of `invalid` one word (`expired`, `not_signed_by_us`, …), of
  /// `revoked` by what (`session`, `subject`, …), of `unavailable` a sentence
  /// for your log. Never holds a secret or a part of the token. Do not show it to clients:
  /// `unavailable` may name hosts.
  std::string_view reason() const noexcept { return text(kReason); }

  /// `sub`. An issuer of VerifierOptions::issuers has its name before it: "keycloak/4711", unless
  /// its ids are shared.
  std::string_view subject() const noexcept { return text(kSubject); }
  /// `sid`; empty for tokens of other issuers that belong to no session.
  std::string_view session() const noexcept { return text(kSession); }
  /// As it stands in the token: words with spaces between.
  std::string_view scope() const noexcept { return text(kScope); }
  std::string_view client_id() const noexcept { return text(kClientId); }
  /// The name of the issuer in VerifierOptions::issuers; empty for VerifierOptions::issuer itself.
  std::string_view issuer() const noexcept { return text(kIssuer); }
  /// Does `scope` hold this one word?
  bool has_scope(std::string_view word) const noexcept;
  /// Is this one of `aud`? (That one of them is yours has been checked.)
  bool has_audience(std::string_view name) const noexcept;
  /// `exp`. The epoch where nothing is known of the token.
  std::chrono::system_clock::time_point expires_at() const noexcept;

 private:
  friend struct CheckedWriter;
  enum Field : std::uint8_t {
    kReason,
    kSubject,
    kSession,
    kScope,
    kClientId,
    kIssuer,
    kAudience,
    kFieldCount
  };

  // The texts, each with a zero behind it; on the heap only where they are long.
  struct Data {
    char* more;
    std::int64_t expires_at_seconds;
    std::uint32_t ends[kFieldCount];
    std::uint32_t size;
    Verdict verdict;
    char inside[256];
  };
  struct Unwritten {};
  explicit Checked(Unwritten) noexcept;
  void copy_bytes(const Data& other) noexcept;
  static Data only_a_reason(std::string_view why) noexcept;
  std::string_view text(Field field) const noexcept;
  const char* bytes() const noexcept { return data_.more != nullptr ? data_.more : data_.inside; }

  Data data_;
};

enum class LogLevel : std::uint8_t { info, warning, error };

/// What a token must say beside `iss`, `sub`, `aud` and `exp`.
enum class Profile : std::uint8_t {
  rfc9068,  ///< RFC 9068: `typ` is at+jwt, and there are `iat`, `jti` and `client_id`
  jwt,      ///< `typ` is JWT or absent; `iat`, `jti` and `client_id` where they are there
};

/// Somebody beside Recant whose tokens are good here too (Keycloak, Auth0, the service before this
/// one): the words of `[[issuer]]` in the server's configuration. Exactly one of jwks_url,
/// jwks_file and secret_file.
struct IssuerOptions {
  /// Goes before its ids, in Redis and in Checked::subject(): "<name>/<sub>". 1 to 64 of
  /// `a-z A-Z 0-9 . _ -`; no two issuers have the same.
  std::string name;
  /// `iss`, byte by byte.
  std::string iss;
  /// A token names one of these; at least one.
  std::vector<std::string> audience;
  /// "RS256", "ES256", …; at least one. A key of another algorithm is not taken from its set.
  std::vector<std::string> algorithms;
  std::string jwks_url;
  std::string jwks_file;
  /// The bytes of a secret for one HS* algorithm; a final newline is no part of it. Nobody but the
  /// file's owner may have any right to it.
  std::string secret_file;
  Profile profile = Profile::rfc9068;
  /// The claim that names a token's session; empty: its tokens belong to none. Without a session a
  /// token is taken back by its jti, or by a watermark of its subject held against `iat`.
  std::string sid_claim;
  /// exp − iat of any token of its: 1 s to 366 days.
  std::chrono::seconds max_ttl{std::chrono::hours{24}};
  /// Its subjects and jtis are Recant's own, without its name before them.
  bool shared_ids = false;
};

/// Required: redis_url, issuer, audience, and one of jwks_url and jwks_file. What has a default may
/// stay as it is. Paths are read again when their files change.
struct VerifierOptions {
  // Redis, as the server has it.

  /// redis://[user[:password]@]host[:port][/db], rediss:// for the same under TLS, or
  /// unix:///path[?db=N]. Redis 7.0 or later (Valkey 7.2), reached directly: no proxy.
  std::string redis_url;
  /// The server's redis.prefix; goes before every key.
  std::string redis_prefix;
  /// The server's redis.hash_tags = "always". Where it has another, all is unavailable.
  bool redis_hash_tags = false;
  /// PEM files for rediss://. Without `redis_ca` the system's authorities are believed.
  std::string redis_ca;
  std::string redis_cert;
  std::string redis_key;
  /// For a question to Redis, and for how long it may be silent: 10 ms to 10 s.
  std::chrono::milliseconds redis_timeout{250};

  // Tokens of Recant.

  /// The server's token.issuer.
  std::string issuer;
  /// What this service is called in `aud`; a token names one of these.
  std::vector<std::string> audience;
  /// The server's /.well-known/jwks.json. https:// only, but on this machine's own addresses;
  /// see jwks_in_the_clear.
  std::string jwks_url;
  /// Instead of jwks_url: a file that somebody keeps up to date.
  std::string jwks_file;
  /// Empty: every asymmetric one that the key set names.
  std::vector<std::string> algorithms;
  /// For clocks that differ: 0 to 60 s, as token.leeway.
  std::chrono::seconds leeway{30};
  /// Others whose tokens are good here too; at most 16.
  std::vector<IssuerOptions> issuers;

  // Keys that are fetched.

  /// PEM file with the authorities that may vouch for https:// addresses of keys; empty: the
  /// system's.
  std::string jwks_ca;
  /// Between two fetches of a key set: 1 s to 24 h. A key id that is not known is looked for at
  /// once, but not more than every 30 s.
  std::chrono::milliseconds jwks_refresh{std::chrono::minutes{5}};
  /// For how long a set counts that cannot be fetched again: 1 min to 30 days. Then its tokens are
  /// `unavailable`.
  std::chrono::milliseconds jwks_max_age{std::chrono::hours{24}};
  /// Also http:// beyond this machine. Whoever can answer in the server's place then signs your
  /// tokens: only where the network itself is encrypted.
  bool jwks_in_the_clear = false;

  // What is remembered.

  /// For how long after a revocation a remembered verdict may still be given, whatever fails: 0 is
  /// what the server's policy allows, which a smaller one makes stricter and a larger one does not
  /// change. At most 10 s.
  std::chrono::milliseconds max_staleness{0};
  /// Verdicts that are remembered: 0 to 16,777,216; about 1 KiB each once it is full. 0: every
  /// check asks Redis.
  std::size_t cache_entries = 65'536;

  /// What is worth telling whoever runs your service: connections lost and found, key sets that
  /// cannot be fetched. No secrets, no tokens. Called on the verifier's thread, one line without
  /// line ends at a time; what it throws is dropped. Must not destroy the verifier.
  std::function<void(LogLevel, std::string_view)> log;
};

/// One for a process is enough, and one for each worker process after fork().
///
/// Thread-safe: all calls but the destructor from any number of threads at once. It owns one
/// thread, with all signals blocked, for Redis and for keys; while a host's name is looked up,
/// the system's resolver has another.
///
/// After fork() the child has the memory but not the thread: there, every call of a verifier made
/// before answers `unavailable` at once, destroying it is safe and does nothing to the parent's,
/// and the child makes its own.
class RECANT_EXPORT Verifier {
 public:
  class Created;

  /// Checks the options, reads files, begins to connect, and waits for nothing: ask ready(). Do not
  /// call it before the fork() after which you want to use it.
  static Created create(VerifierOptions options) noexcept;

  /// Pending checks end as `unavailable`, callbacks included, before it returns. No other call may
  /// begin any more, and none be under way in another thread but one that waits (check() with a
  /// deadline), which is waited for. It may wait for the system's resolver, where that is looking
  /// up a name. Not on the verifier's own thread, where callbacks and `log` are called: it would
  /// wait for itself, and ends the process instead (abort(), with a line on stderr).
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  /// What is known of this very token by now: no I/O, no signature, no lock, no waiting, whatever
  /// Redis does. Nothing: ask check(), which makes it known. After fork() `unavailable`.
  std::optional<Checked> check_cached(std::string_view token) noexcept;

  /// check_cached(), or else verifies and asks Redis. Blocks until the verdict is there and at most
  /// for `deadline` (of which 0 or less is none: `unavailable` unless it is known); past that, it
  /// is `unavailable`. One thread of those that wait yields (std::this_thread::yield) for up to
  /// 150 µs before it sleeps, as long as answers mostly come within that. At most 4,096 checks are
  /// being asked about at once, in both forms together and those past their deadline included; the
  /// next is `unavailable` at once, so that a Redis that hangs fills no memory.
  Checked check(std::string_view token, std::chrono::milliseconds deadline) noexcept;

  /// The same without waiting. `done` is called exactly once: before this returns, where nothing
  /// has to be asked, else on the verifier's thread, within redis_timeout and a little. Let it be
  /// quick (that thread keeps what is remembered fresh); what it throws is dropped. It may call
  /// check() in this form and check_cached(), and must not wait for the other.
  void check(std::string_view token, const std::function<void(const Checked&)>& done) noexcept;

  /// Would a good token be found valid now? The keys of all issuers are there, and the last word
  /// of Redis was a good one and no older than the policy allows for remembered verdicts: a policy
  /// stands there, the clocks agree, and it answers.
  bool ready() noexcept;
  /// Which of these is missing and what to do, as a sentence for whoever runs your service; empty
  /// when it is ready.
  std::string why_not_ready() noexcept;

 private:
  class Impl;
  explicit Verifier(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// A verifier, or what is wrong with the options.
class Verifier::Created {
 public:
  explicit operator bool() const noexcept { return verifier != nullptr; }
  /// One sentence that names the option, what is wrong with it and what to write instead. Holds no
  /// password.
  const char* message() const noexcept { return why_not.c_str(); }

  std::unique_ptr<Verifier> verifier;
  std::string why_not;
};

/// "0.1.0": of the library that is there at run time.
RECANT_EXPORT const char* version() noexcept;

}  // namespace recant
