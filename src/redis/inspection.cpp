#include "redis/inspection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace recant::redis {
namespace {

using Fields = std::map<std::string_view, std::string_view>;

/// `name:value` lines; comments (`# Server`) and blank lines between them.
Fields parse_info(std::string_view info) {
  Fields fields;
  while (!info.empty()) {
    const std::size_t end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    fields.emplace(line.substr(0, colon), line.substr(colon + 1));
  }
  return fields;
}

std::string_view field(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : found->second;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

std::string quoted(std::string_view foreign) {
  return foreign.empty() ? "unknown" : printable(foreign, 40);
}

void judge_version(const Fields& fields, Fitness& fitness) {
  constexpr std::uint64_t kLeastMajor = 7;
  // Valkey repeats the Redis version that it is compatible with in redis_version.
  const std::string_view redis = field(fields, "redis_version");
  const std::string_view valkey = field(fields, "valkey_version");
  fitness.version = quoted(valkey.empty() ? redis : valkey);
  const auto major = number(redis.substr(0, redis.find('.')));
  if (!major || *major < kLeastMajor) {
    fitness.refusals.push_back("Redis is version " + quoted(redis) +
                               "; Recant needs Redis 7.0 or Valkey 7.2 at least.");
  }
}

struct Release {
  std::uint64_t major, minor, patch;
};

/// The first of each branch in which nobody who may run scripts can take Redis over: CVE-2025-49844
/// and its kin, and CVE-2026-23479 where its makers say in which one (R34). Redis 7.0 is not here:
/// its makers have ended it, and who still ships it, as Debian does, mends it under the same
/// number.
constexpr std::array kMendedRedis = {Release{7, 2, 11}, Release{7, 4, 6}, Release{8, 0, 4},
                                     Release{8, 2, 2}, Release{8, 6, 3}};
constexpr std::array kMendedValkey = {Release{7, 2, 11}, Release{8, 0, 6}, Release{8, 1, 7}};

std::optional<Release> parse_release(std::string_view text) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::uint64_t& part : numbers) {
    const auto end = std::min(text.find('.'), text.size());
    const auto value = number(text.substr(0, end));
    if (!value) return std::nullopt;
    part = *value;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Release{numbers[0], numbers[1], numbers[2]};
}

void judge_release(const Fields& fields, Fitness& fitness) {
  const std::string_view valkey = field(fields, "valkey_version");
  const bool is_valkey = !valkey.empty();
  const auto release = parse_release(is_valkey ? valkey : field(fields, "redis_version"));
  if (!release) return;
  const std::span<const Release> mended =
      is_valkey ? std::span<const Release>(kMendedValkey) : std::span<const Release>(kMendedRedis);
  for (const Release& first : mended) {
    if (first.major != release->major || first.minor != release->minor) continue;
    if (release->patch >= first.patch) return;
    fitness.warnings.push_back(
        std::string(is_valkey ? "Valkey " : "Redis ") + fitness.version +
        " has holes through which whoever may run scripts can take it over (CVE-2025-49844 among "
        "them), unless your distribution has mended it; " +
        std::to_string(first.major) + "." + std::to_string(first.minor) + "." +
        std::to_string(first.patch) + " is the first of its branch without them.");
  }
}

void judge_topology(const Fields& fields, Fitness& fitness) {
  if (field(fields, "role") != "master") {
    fitness.refusals.push_back("Redis has the role " + quoted(field(fields, "role")) +
                               "; set redis.url to the master.");
  }
  const std::string_view mode = field(fields, "redis_mode");
  if (mode != "standalone") {
    fitness.refusals.push_back("Redis runs in the mode " + quoted(mode) +
                               ", which is not in this version; set redis.url to a standalone "
                               "Redis.");
  }
}

void judge_eviction(const Fields& fields, const InspectionOptions& options, Fitness& fitness) {
  const auto limit = number(field(fields, "maxmemory"));
  const std::string_view policy = field(fields, "maxmemory_policy");
  // Not knowing is not a yes.
  if (limit == std::uint64_t{0} || policy == "noeviction") return;
  std::string what = "Redis may evict revocations (maxmemory " +
                     quoted(field(fields, "maxmemory")) + " with maxmemory-policy " +
                     quoted(policy) + "), and a revoked token would be valid again";
  if (options.accept_eviction) {
    fitness.warnings.push_back(what + "; accepted by redis.accept_eviction.");
  } else {
    fitness.refusals.push_back(what +
                               "; run `redis-cli CONFIG SET maxmemory-policy noeviction` and put "
                               "it into redis.conf (or accept it with redis.accept_eviction).");
  }
}

void judge_persistence(const Fields& fields, const PersistenceSettings& settings,
                       Fitness& fitness) {
  if (field(fields, "aof_enabled") != "1") {
    fitness.warnings.push_back(
        settings.save == ""
            ? "Redis keeps nothing on disk, so its next restart forgets every session and every "
              "revocation; set `appendonly yes` and `appendfsync always`."
            : "Redis has no append-only file, so a crash of it forgets its latest sessions and "
              "revocations; set `appendonly yes` and `appendfsync always`.");
    return;
  }
  const std::string_view status = field(fields, "aof_last_write_status");
  if (status != "ok") {
    fitness.warnings.push_back("Redis cannot write its append-only file (aof_last_write_status " +
                               quoted(status) + "); see its log and its disk.");
  }
  if (settings.appendfsync && settings.appendfsync != "always") {
    fitness.warnings.push_back(
        "Redis syncs its append-only file later than it answers "
        "(appendfsync " +
        quoted(*settings.appendfsync) +
        "), so a power failure forgets the latest revocations; set "
        "`appendfsync always`.");
  }
}

/// A value of CONFIG GET's map.
std::optional<std::string> setting(const Reply& config, std::string_view name) {
  const Reply* value = config.find(name);
  if (!value || !value->text()) return std::nullopt;
  return std::string(*value->text());
}

}  // namespace

Fitness decide_fitness(std::string_view info, const PersistenceSettings& settings,
                       const InspectionOptions& options) {
  const Fields fields = parse_info(info);
  Fitness fitness;
  judge_version(fields, fitness);
  judge_release(fields, fitness);
  judge_topology(fields, fitness);
  judge_eviction(fields, options, fitness);
  judge_persistence(fields, settings, fitness);
  return fitness;
}

Task<Result<Fitness, RedisError>> inspect(Commander& redis, InspectionOptions options) {
  std::vector<Command> questions;
  questions.emplace_back("INFO");
  if (options.ask_configuration) {
    questions.emplace_back("CONFIG", "GET", "save", "appendfsync");
  }
  const auto replies = co_await redis.run_all(questions);
  if (!replies) co_return replies.error();
  const Reply& info = replies->front();
  if (info.is_error()) co_return info.error();
  if (!info.text()) {
    const RedisError error{RedisErrc::unexpected_reply, "INFO was not answered with text"};
    co_return error;
  }
  const Reply& config = replies->back();
  const PersistenceSettings settings{setting(config, "save"), setting(config, "appendfsync")};
  co_return decide_fitness(*info.text(), settings, options);
}

}  // namespace recant::redis
