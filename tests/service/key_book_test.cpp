// The rules of rotation, without keys.
#include "service/key_book.hpp"

#include <gmock/gmock.h>

namespace recant::service {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr UnixMillis kNow = unix_millis(1'700'000'000'000);

KeyEntry key(std::string id, KeyState state, UnixMillis signs_from, seconds life = minutes{15}) {
  return {KeyKind::access,
          std::move(id),
          crypto::Algorithm::es256,
          kNow,
          state,
          signs_from,
          life,
          {},
          {}};
}

KeyEntry secret(std::string id, KeyState state, UnixMillis signs_from) {
  return {KeyKind::refresh, std::move(id), {}, kNow, state, signs_from, hours{24 * 90}, {}, {}};
}

/// Ids with their states, in their order.
std::vector<std::pair<std::string, KeyState>> states(const KeyBook& book) {
  std::vector<std::pair<std::string, KeyState>> out;
  for (const KeyEntry& entry : book.keys) out.emplace_back(entry.id, entry.state);
  return out;
}

TEST(KeyBook, APublishedKeyDoesNotSignBeforeItsTime) {
  KeyBook book{
      {key("a", KeyState::signing, kNow), key("b", KeyState::published, kNow + minutes{10})}};
  EXPECT_THAT(advance(book, kNow + minutes{10} - milliseconds{1}), IsEmpty());
  EXPECT_THAT(states(book),
              ElementsAre(Pair("a", KeyState::signing), Pair("b", KeyState::published)));
  const auto changes = advance(book, kNow + minutes{10});
  EXPECT_THAT(states(book),
              ElementsAre(Pair("a", KeyState::verifying), Pair("b", KeyState::signing)));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, KeyChange::What::signing);
  EXPECT_EQ(changes[0].entry.id, "b");
}

TEST(KeyBook, ASupersededKeyStaysUntilItsLastTokenAndTheMarginHavePassed) {
  KeyBook book{{key("a", KeyState::signing, kNow, hours{2}), key("b", KeyState::published, kNow)}};
  advance(book, kNow);
  const UnixMillis end = kNow + hours{2} + kKeyMargin;
  EXPECT_EQ(book.find("a")->signed_until, kNow);
  EXPECT_EQ(book.find("a")->removed_at, end);
  EXPECT_THAT(advance(book, end - milliseconds{1}), IsEmpty());
  const auto changes = advance(book, end);
  EXPECT_THAT(states(book), ElementsAre(Pair("b", KeyState::signing)));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, KeyChange::What::removed);
  EXPECT_EQ(changes[0].entry.id, "a");
}

/// Whoever repeats a refresh gets the token of before the rotation, signed anew: by a key that may
/// itself be superseded a moment later, and was never meant to live so long.
TEST(KeyBook, NoKeyGoesBeforeTheOneThatItSucceeded) {
  KeyBook book{{key("a", KeyState::signing, kNow, hours{24}),
                key("b", KeyState::published, kNow, minutes{1})}};
  advance(book, kNow);
  book.keys.push_back(key("c", KeyState::published, kNow + minutes{1}, minutes{1}));
  advance(book, kNow + minutes{1});
  EXPECT_EQ(book.find("b")->removed_at, book.find("a")->removed_at);
  // What comes when all that is over is kept for as long as its own tokens live.
  advance(book, *book.find("a")->removed_at);
  EXPECT_THAT(states(book), ElementsAre(Pair("c", KeyState::signing)));
  const UnixMillis later = kNow + hours{48};
  book.keys.push_back(key("d", KeyState::published, later, minutes{1}));
  advance(book, later);
  EXPECT_EQ(book.find("c")->removed_at, later + minutes{1} + kKeyMargin);
}

TEST(KeyBook, ALowerLifeCutsNothingShortAndALongerOneCounts) {
  KeyBook book{{key("a", KeyState::signing, kNow, hours{2}), secret("s", KeyState::signing, kNow)}};
  allow_for(book, {minutes{1}, hours{24 * 365}});
  EXPECT_EQ(book.find("a")->longest_life, hours{2});
  EXPECT_EQ(book.find("s")->longest_life, hours{24 * 365});
  supersede(book, *book.find("a"), kNow);
  allow_for(book, {hours{20}, hours{1}});
  EXPECT_EQ(book.find("a")->longest_life, hours{2});  // it signs no more
}

TEST(KeyBook, EachKindHasItsOwnSuccession) {
  KeyBook book{{key("a", KeyState::signing, kNow), secret("s", KeyState::signing, kNow),
                key("b", KeyState::published, kNow)}};
  advance(book, kNow);
  EXPECT_THAT(states(book),
              ElementsAre(Pair("a", KeyState::verifying), Pair("s", KeyState::signing),
                          Pair("b", KeyState::signing)));
  EXPECT_EQ(book.count(KeyKind::access), 2u);
  EXPECT_EQ(book.count(KeyKind::refresh), 1u);
}

TEST(KeyBook, APublishedKeySignsAtOnceWhenNothingElseDoes) {
  KeyBook book{{key("b", KeyState::published, kNow + hours{1})}};
  advance(book, kNow);
  EXPECT_THAT(states(book), ElementsAre(Pair("b", KeyState::signing)));
  EXPECT_EQ(book.find("b")->signs_from, kNow);
}

TEST(KeyBook, AServerThatWasDownForLongGoesStraightToTheLatest) {
  KeyBook book{{key("a", KeyState::signing, kNow), key("b", KeyState::published, kNow + hours{1}),
                key("c", KeyState::published, kNow + hours{2})}};
  advance(book, kNow + hours{3});
  EXPECT_THAT(states(book),
              ElementsAre(Pair("a", KeyState::verifying), Pair("b", KeyState::verifying),
                          Pair("c", KeyState::signing)));
  // It may have signed until a moment ago, whatever was planned.
  EXPECT_EQ(book.find("a")->signed_until, kNow + hours{3});
}

TEST(KeyBook, ARetiredKeyIsRememberedUntilNothingOfItCouldBeLeft) {
  KeyBook book{{key("a", KeyState::signing, kNow, hours{2}), key("b", KeyState::published, kNow)}};
  retire(book, *book.find("a"), kNow);
  advance(book, kNow);
  EXPECT_THAT(states(book),
              ElementsAre(Pair("a", KeyState::retired), Pair("b", KeyState::signing)));
  EXPECT_EQ(book.count(KeyKind::access), 1u);
  const UnixMillis end = kNow + hours{2} + kKeyMargin;
  advance(book, end - milliseconds{1});
  EXPECT_NE(book.find("a"), nullptr);
  EXPECT_THAT(advance(book, end), IsEmpty());  // nothing that matters happens then
  EXPECT_EQ(book.find("a"), nullptr);
}

TEST(KeyBook, AScheduleCountsFromTheKeyInUse) {
  KeyBook book;
  EXPECT_EQ(next_rotation(book, KeyKind::access, hours{24}), std::nullopt);
  book.keys.push_back(key("a", KeyState::signing, kNow));
  EXPECT_EQ(next_rotation(book, KeyKind::access, hours{24}), kNow + hours{24});
  book.keys.push_back(key("b", KeyState::published, kNow + hours{9}));
  EXPECT_EQ(next_rotation(book, KeyKind::access, hours{24}), std::nullopt);
}

/// A clock that is set back takes nothing back.
TEST(KeyBook, AClockThatStepsBackChangesNothing) {
  KeyBook book{{key("a", KeyState::signing, kNow), key("b", KeyState::published, kNow)}};
  advance(book, kNow);
  const KeyBook before = book;
  EXPECT_THAT(advance(book, kNow - hours{1000}), IsEmpty());
  EXPECT_EQ(book, before);
}

TEST(KeyBook, ReadersLearnOfAKeyInTime) {
  // A reader that read the set just before a key was published has read it again before it signs.
  EXPECT_LT(kJwksMaxAge, kPublishAhead);
  // Our own verifier refuses larger sets.
  EXPECT_LE(kMostAccessKeys, 64u);
}

}  // namespace
}  // namespace recant::service
