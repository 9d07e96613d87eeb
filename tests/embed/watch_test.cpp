#include "embed/watch.hpp"

#include <gtest/gtest.h>

namespace recant::embed {
namespace {

/// Was it kept? `until` has passed already, so no time is spent.
bool is_kept(Watch& watch, bool is_answered) {
  bool was_asked = false;
  watch.keep({}, [&] {
    was_asked = true;
    return is_answered;
  });
  return was_asked;
}

int not_kept_before_the_next(Watch& watch, bool is_answered) {
  int skipped = 0;
  while (!is_kept(watch, is_answered)) ++skipped;
  return skipped;
}

TEST(Watch, IsKeptEachTimeWhereAnswersCome) {
  Watch watch;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(is_kept(watch, true));
}

TEST(Watch, IsKeptEverMoreSeldomWhereTheyDoNot) {
  Watch watch;
  EXPECT_TRUE(is_kept(watch, false));
  for (const int skipped : {1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1023}) {
    EXPECT_EQ(not_kept_before_the_next(watch, false), skipped);
  }
  EXPECT_EQ(not_kept_before_the_next(watch, true), 1023) << "and one that was not in vain";
  EXPECT_TRUE(is_kept(watch, true)) << "makes them none";
}

TEST(Watch, IsKeptByOneAtATime) {
  Watch watch;
  bool other = true;
  watch.keep({}, [&] {
    other = is_kept(watch, true);
    return true;
  });
  EXPECT_FALSE(other);
  EXPECT_TRUE(is_kept(watch, true));
}

}  // namespace
}  // namespace recant::embed
