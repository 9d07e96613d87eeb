#include "database/watchdog.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

namespace recant::database {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// A connection; the library that has `ours` may close it.
struct Connection {
  Connection() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0); }
  int ours() const { return ends[0]; }
  /// Returns when it was cut.
  void wait_for_the_end() const {
    char byte;
    EXPECT_EQ(::recv(ends[1], &byte, 1, 0), 0);
  }
  bool stands() const { return ::send(ends[1], "x", 1, MSG_NOSIGNAL) == 1; }

  std::array<int, 2> ends{};
};

TEST(WatchdogTest, CutsWhatTakesTooLongAndNothingElse) {
  Watchdog watchdog(milliseconds{1});
  const Connection late, patient;
  const Watched first(&watchdog, late.ours(), milliseconds{1});
  const Watched second(&watchdog, patient.ours(), hours{1});
  late.wait_for_the_end();
  EXPECT_TRUE(patient.stands());
}

TEST(WatchdogTest, TheNumberOfAClosedConnectionIsAnothersAndWatchedAsThat) {
  Watchdog watchdog(milliseconds{1});
  const Connection lost;
  std::optional<Watched> first;
  first.emplace(&watchdog, lost.ours(), milliseconds{1});
  lost.wait_for_the_end();
  const Connection other;
  const int number = lost.ours();
  ASSERT_EQ(::dup2(other.ours(), number), number);
  EXPECT_TRUE(other.stands());  // though the first is still being cut
  const Watched second(&watchdog, number, milliseconds{1});
  first.reset();
  other.wait_for_the_end();
}

TEST(WatchdogTest, WhereThereIsNothingToWatchNothingHappens) {
  Watchdog watchdog(milliseconds{1});
  const Watched no_socket(&watchdog, -1, milliseconds{1});
  const Connection connection;
  const Watched no_watchdog(nullptr, connection.ours(), milliseconds{1});
  EXPECT_TRUE(connection.stands());
}

}  // namespace
}  // namespace recant::database
