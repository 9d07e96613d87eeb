// A real fork().
#include "embed/fork_mark.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace recant::embed {
namespace {

/// What `ask` says in a child of fork().
template <class Ask>
bool in_child(Ask ask) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ask() ? 1 : 0);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == 1;
}

TEST(ForkMark, IsThereInItsMakerAndNotInAChild) {
  const ForkMark mark;
  EXPECT_TRUE(mark.in_maker());
  EXPECT_FALSE(in_child([&] { return mark.in_maker(); }));
  EXPECT_TRUE(mark.in_maker());
  EXPECT_TRUE(in_child([] { return ForkMark().in_maker(); }));
}

TEST(ForkMark, AGrandchildIsNoMakerEither) {
  const ForkMark mark;
  EXPECT_FALSE(in_child([&] { return in_child([&] { return mark.in_maker(); }); }));
}

}  // namespace
}  // namespace recant::embed
