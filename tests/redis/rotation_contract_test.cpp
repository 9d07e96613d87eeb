// The Lua of refresh against its specification: the same random histories go through both, and
// every answer is compared. Then the Lua is broken in many small ways, each of which the histories
// must notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rotation_history.hpp"
#include "store_world.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;

struct Outcome {
  std::string first_mismatch;
  int compared = 0;
  std::array<int, 7> seen{};
};

/// Runs `many` histories side by side, in one event loop on one connection.
Outcome run_histories(const Scripts& scripts, std::uint64_t first_seed, int many,
                      milliseconds duration) {
  testing::RedisServer server;
  StoreClient client(server.target(), first_seed);
  std::vector<std::unique_ptr<RotationHistory>> histories;
  int running = many;
  bool stop = false;
  for (int i = 0; i < many; ++i) {
    histories.push_back(std::make_unique<RotationHistory>(
        client.connection, scripts, first_seed + static_cast<std::uint64_t>(i), duration, stop));
    boost::asio::co_spawn(client.io, histories.back()->run(),
                          [&](const std::exception_ptr& thrown) {
                            --running;
                            if (thrown) std::rethrow_exception(thrown);
                          });
  }
  while (running > 0) client.io.run_one();

  Outcome outcome;
  for (const auto& history : histories) {
    outcome.compared += history->answers_compared();
    for (std::size_t i = 0; i < outcome.seen.size(); ++i) {
      outcome.seen[i] += history->seen(static_cast<RefreshOutcome>(i));
    }
    if (outcome.first_mismatch.empty()) outcome.first_mismatch = history->mismatch();
  }
  return outcome;
}

std::uint64_t seed_of_this_run() {
  if (const char* given = std::getenv("RECANT_TEST_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

/// How many histories share the connection, round after round. Tokens live in real time: where the
/// machine is busy, fewer of them get further in a life.
int side_by_side(std::uint64_t round) {
  constexpr std::array kMany{120, 60, 30, 15, 8};
  return kMany.at(round % kMany.size());
}

TEST(RotationContractTest, TheLuaAnswersWhatTheModelSays) {
  const auto seed = seed_of_this_run();
  SCOPED_TRACE("repeat with RECANT_TEST_SEED=" + std::to_string(seed));
  // Until the histories have been everywhere; on a machine with time to spare that is at once.
  std::array<int, 7> seen{};
  constexpr int kOften = 50;
  for (std::uint64_t round = 0; round < 20; ++round) {
    const auto outcome = run_histories(Scripts::embedded(), seed + 1000 * round,
                                       side_by_side(round), milliseconds{2500});
    ASSERT_EQ(outcome.first_mismatch, "");
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] += outcome.seen[i];
    if (*std::min_element(seen.begin(), seen.end()) >= kOften) return;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_GE(seen[i], kOften) << "outcome " << i << " was hardly met";
  }
}

struct Mutant {
  const char* name;
  Script Scripts::*script;
  std::string from;
  std::string to;
};

void PrintTo(const Mutant& mutant, std::ostream* out) { *out << mutant.from << " → " << mutant.to; }

std::string replaced_once(const std::string& source, const std::string& from,
                          const std::string& to) {
  const auto at = source.find(from);
  if (at == std::string::npos) throw std::runtime_error("not in the script: " + from);
  if (source.find(from, at + 1) != std::string::npos) {
    throw std::runtime_error("more than once in the script: " + from);
  }
  return source.substr(0, at) + to + source.substr(at + from.size());
}

class RotationMutantTest : public ::testing::TestWithParam<Mutant> {};

TEST_P(RotationMutantTest, IsNoticed) {
  const auto& mutant = GetParam();
  Scripts scripts = Scripts::embedded();
  scripts.*mutant.script =
      Script(replaced_once((scripts.*mutant.script).source(), mutant.from, mutant.to));
  // Chance decides when; several rounds make sure that it does.
  std::string mismatch;
  for (std::uint64_t round = 0; round < 40 && mismatch.empty(); ++round) {
    const auto outcome =
        run_histories(scripts, 1000 * (round + 1), side_by_side(round + 1), milliseconds{1500});
    mismatch = outcome.first_mismatch;
  }
  EXPECT_NE(mismatch, "");
}

constexpr auto kRotate = &Scripts::rotate_refresh;
constexpr auto kOpen = &Scripts::open_session;

INSTANTIATE_TEST_SUITE_P(
    Rotate, RotationMutantTest,
    ::testing::Values(
        Mutant{"no_subject_watermark", kRotate,
               "if covers(watermark_of(redis.call('GET', KEY.subject_watermark)), begun) then",
               "if false then"},
        Mutant{"no_watermark_for_all", kRotate,
               "if covers(watermark_of(redis.call('GET', KEY.all_watermark)), begun) then",
               "if false then"},
        Mutant{"no_session_blacklist", kRotate, "if redis.call('EXISTS', KEY.blacklist) == 1 then",
               "if false then"},
        Mutant{"subject_watermark_is_no_sign", kRotate, "{KEY.subject_watermark, ", "{"},
        Mutant{"watermark_for_all_is_no_sign", kRotate,
               "{KEY.subject_watermark, KEY.all_watermark, ", "{KEY.subject_watermark, "},
        Mutant{"session_blacklist_is_no_sign", kRotate, "KEY.all_watermark, KEY.blacklist}",
               "KEY.all_watermark}"},
        Mutant{"jti_blacklist_is_no_sign", kRotate,
               "signs[#signs + 1] = KEY.blacklist_jti .. token.jti", ""},
        Mutant{"no_place_is_no_sign", kRotate, "if has_lost_its_place(token) then return true end",
               ""},
        Mutant{"no_refresh_key_is_no_sign", kRotate,
               "or redis.call('EXISTS', KEY.refresh_token .. record.refresh_id) == 0", ""},
        Mutant{"no_jti_blacklist", kRotate,
               "redis.call('EXISTS', KEY.blacklist_jti .. token.jti) == 1", "false"},
        Mutant{"no_whitelist", kRotate, "return token.whitelisted", "return false"},
        Mutant{"a_whitelist_that_is_over", kRotate, "return token.whitelisted",
               "return whitelisting and token.whitelisted"},
        Mutant{"never_whitelisted", kRotate, "return token.whitelisted", "return whitelisting"},
        Mutant{"no_place", kRotate,
               "if token.whitelisted then whitelist(KEY.whitelist .. token.jti, token) end", ""},
        Mutant{"no_mark", kRotate, "(token.whitelisted and ' w' or '')", "''"},
        Mutant{"keeps_its_place", kRotate,
               "if token.whitelisted then redis.call('DEL', at.whitelist .. token.jti) end", ""},
        Mutant{"no_policy", kRotate, "(policy and strategy_of(policy) == 'whitelist')", "false"},
        Mutant{"policy_alone", kRotate, "strategy_of(own) == 'whitelist' or", ""},
        Mutant{"policy_is_lost", kRotate, "keep_policy(KEY.policy, policy, policy_stands)", ""},
        Mutant{"policy_is_ours", kRotate, "if not stands then", "if true then"},
        Mutant{"no_refresh_key", kRotate,
               "if redis.call('EXISTS', KEY.refresh_token .. record.refresh_id) == 0 then",
               "if false then"},
        Mutant{"watermark_edge", kRotate, "watermark ~= nil and begun <= watermark",
               "watermark ~= nil and begun < watermark"},
        Mutant{"smallest_watermark", kRotate, "tonumber(raw) >= 1e12", "tonumber(raw) > 1e12"},
        Mutant{"any_number_is_a_watermark", kRotate,
               "string.find(raw, '^%d+$') and tonumber(raw) >= 1e12", "tonumber(raw)"},
        Mutant{"no_nonce", kRotate, "if nonce ~= record.nonce then", "if false then"},
        Mutant{"no_grace", kRotate, "if age and age < grace then", "if false then"},
        Mutant{"grace_edge", kRotate, "if age and age < grace then",
               "if age and age <= grace then"},
        Mutant{"clock_went_back", kRotate, "if age and age < 0 then", "if false then"},
        Mutant{"end_edge", kRotate, "if not record or now >= record.ends then",
               "if not record or now > record.ends then"},
        Mutant{"absolute_edge", kRotate, "begun + absolute <= now and",
               "begun + absolute < now and"},
        Mutant{"live_is_superseded", kRotate, "if presented < record.generation then",
               "if presented <= record.generation then"},
        Mutant{"rewound_is_live", kRotate, "local generation = presented + 1",
               "local generation = record.generation + 1"},
        Mutant{"rewound_is_forgotten", kRotate,
               "for of = presented - math.min(presented - record.generation, MAX_LIVE - 1), "
               "presented do",
               "for of = presented, presented do"},
        Mutant{"live_tokens_edge", kRotate, "if live >= MAX_LIVE then", "if live > MAX_LIVE then"},
        Mutant{"remembered_edge", kRotate, "if remembered >= MAX_LIVE then",
               "if remembered > MAX_LIVE then"},
        Mutant{"never_throttled", kRotate, "if wait then return", "if false then return"},
        Mutant{"forgets_nothing", kRotate, "if now - at >= grace then drop", "if false then drop"},
        Mutant{"reuse_is_forgiven", kRotate, "close(KEY, sid, record, 'reused', 0, now)", ""},
        Mutant{"revoked_is_left", kRotate, "close(KEY, sid, record, reason, 0, now)", ""},
        Mutant{"idle_without_absolute", kRotate, "math.min(now + idle, record.absolute_end)",
               "now + idle"},
        Mutant{"token_beyond_session", kRotate,
               "exp = math.min(iat + access, math.floor(absolute_end / 1000))",
               "exp = iat + access"},
        Mutant{"old_key_stays", kRotate,
               "redis.call('DEL', KEY.presented, KEY.refresh_token .. record.refresh_id)", ""},
        Mutant{"no_new_key", kRotate, "redis.call('SET', KEY.next, subject, 'PXAT', whole(ends))",
               ""},
        Mutant{
            "repeats_anew", kRotate,
            "record.tokens[record.generation], record.ends, record.fields)",
            "make_token(now, access, record.absolute_end, jti_tail), record.ends, record.fields)"},
        Mutant{"closed_without_entry", kRotate,
               "hold(at.blacklist, '1', until_ms + MARGIN_MS, now)", ""}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Open, RotationMutantTest,
    ::testing::Values(
        Mutant{"no_gate", kOpen, "as_gate(raw_subject) ~= gate_subject or", ""},
        Mutant{"no_gate_for_all", kOpen, "or as_gate(raw_all) ~= gate_all", ""},
        Mutant{"at_the_watermark", kOpen, "begun > watermark and", "begun >= watermark and"},
        Mutant{"from_the_future", kOpen, "begun <= math.max(now, watermark + 1)",
               "begun <= now + 1000"},
        Mutant{"from_the_past", kOpen, "and begun >= now - OLDEST_SID_MS", ""},
        Mutant{"idle_without_absolute", kOpen, "math.min(now + idle, absolute_end)", "now + idle"},
        Mutant{"no_place", kOpen,
               "if token.whitelisted then whitelist(KEY.whitelist .. token.jti, token) end", ""},
        Mutant{"policy_is_lost", kOpen, "keep_policy(KEY.policy, policy, policy_stands)", ""},
        Mutant{"no_refresh_key", kOpen,
               "redis.call('SET', KEY.refresh_token, subject, 'PXAT', whole(ends))", ""}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Revoke, RotationMutantTest,
    ::testing::Values(Mutant{"lowers_the_watermark", &Scripts::revoke_subject,
                             "math.max(now + 1000, old + 1, latest_begin)",
                             "math.max(now + 1000, latest_begin)"},
                      Mutant{"without_the_second", &Scripts::revoke_subject,
                             "math.max(now + 1000, old + 1, latest_begin)",
                             "math.max(now, old + 1, latest_begin)"},
                      Mutant{"lowers_everything", &Scripts::revoke_subject,
                             "if raised > LAST_UUID_MS then", "if false then"},
                      Mutant{"keeps_its_place", &Scripts::revoke_token,
                             "if whitelist_key then redis.call('DEL', whitelist_key) end", ""},
                      Mutant{"closed_by_a_dead_record", &Scripts::close_session,
                             "local alive = record and", "local alive = record ~= nil or"},
                      Mutant{"tidies_the_living", &Scripts::tidy_sessions,
                             "if not is_uuid or covers(watermark, begun) then", "if true then"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace recant::redis
