// Verifiers and real children of fork(). By itself, since TSan allows no threads in such a child.
#include <sys/wait.h>
#include <unistd.h>

#include "embedded.hpp"

namespace recant::embed {
namespace {

/// What a real child of fork() says, which uses `ask` and ends.
std::string in_child(const std::function<std::string()>& ask) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string said = ask();
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char chunk[256];
  for (ssize_t got = 0; (got = ::read(ends[0], chunk, sizeof(chunk))) > 0;) said.append(chunk, got);
  ::close(ends[0]);
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? said : "ended badly";
}

TEST_F(Embedded, AfterForkTheChildsIsUnavailableAndTheParentsGoesOn) {
  auto verifier = ready();
  const std::string good = token();
  ASSERT_EQ(said(verifier->check(good, kLong)), "valid");
  const std::string told = in_child([&] {
    std::string all = said(verifier->check(good, kLong)) + "\n";
    all += said(verifier->check_cached(good).value_or(Checked())) + "\n";
    verifier->check(good, [&](const Checked& checked) { all += said(checked) + "\n"; });
    all += verifier->ready() ? "ready\n" : verifier->why_not_ready() + "\n";
    verifier.reset();
    return all + "destroyed";
  });
  const std::string forked = "made before fork(): make a verifier anew in the child";
  const std::string unavailable = "unavailable: " + forked + "\n";
  EXPECT_EQ(told, unavailable + unavailable + unavailable + forked + "\ndestroyed");
  // The child has touched nothing of ours: neither the socket nor what waits for it.
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
}

TEST_F(Embedded, AChildOfForkMakesItsOwn) {
  const auto parents = ready();
  const std::string good = token();
  EXPECT_EQ(in_child([&] {
              auto created = Verifier::create(options);
              if (!created) return std::string(created.message());
              until([&] { return created.verifier->ready(); });
              return said(created.verifier->check(good, kLong));
            }),
            "valid");
}

using EmbeddedDeathTest = Embedded;

TEST_F(EmbeddedDeathTest, DestroyingItInItsOwnCallbackEndsTheProcessAndSaysWhy) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto destroy_in_callback = [&] {
    auto verifier = ready();
    verifier->check(token(), [&](const Checked&) { verifier.reset(); });
    std::this_thread::sleep_for(kLong);
  };
  EXPECT_EXIT(destroy_in_callback(), ::testing::KilledBySignal(SIGABRT),
              "destroyed in one of its own callbacks");
}

}  // namespace
}  // namespace recant::embed
