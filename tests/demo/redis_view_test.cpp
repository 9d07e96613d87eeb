#include "demo/redis_view.hpp"

#include <gmock/gmock.h>

namespace recant::demo {
namespace {

using Kind = KeyChange::Kind;

KeyState state(const std::string& content, std::int64_t end, std::int64_t ttl) {
  return {"string", content, milliseconds(ttl), unix_millis(end), content};
}

std::vector<std::pair<Kind, std::string>> summary(const KeysSeen& before, const KeysSeen& after) {
  std::vector<std::pair<Kind, std::string>> out;
  for (const KeyChange& change : compare(before, after)) out.emplace_back(change.kind, change.key);
  return out;
}

TEST(RedisView, PassingTimeIsNoChange) {
  EXPECT_THAT(summary({{"a", state("1", 9000, 500)}}, {{"a", state("1", 9000, 300)}}),
              ::testing::ElementsAre(std::pair(Kind::unchanged, "a")));
}

TEST(RedisView, AnotherEndOrContentOrTypeIsAChange) {
  KeyState hash = state("1", 9000, 500);
  hash.type = "hash";
  for (const KeyState& after : {state("1", 9001, 500), state("2", 9000, 500), hash}) {
    EXPECT_THAT(summary({{"a", state("1", 9000, 500)}}, {{"a", after}}),
                ::testing::ElementsAre(std::pair(Kind::changed, "a")));
  }
}

TEST(RedisView, WhatGoesComesFirstAndWhatStaysLast) {
  const KeyState one = state("1", 1, 1);
  const KeyState two = state("2", 2, 2);
  EXPECT_THAT(summary({{"gone", one}, {"kept", one}, {"moved", one}},
                      {{"kept", one}, {"moved", two}, {"new", one}, {"recant:a", one}}),
              ::testing::ElementsAre(
                  std::pair(Kind::vanished, "gone"), std::pair(Kind::changed, "moved"),
                  std::pair(Kind::appeared, "new"), std::pair(Kind::appeared, "recant:a"),
                  std::pair(Kind::unchanged, "kept")));
}

}  // namespace
}  // namespace recant::demo
