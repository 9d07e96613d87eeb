#include "app/data_directory.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <memory>

#include "app/private_file.hpp"
#include "file_rights.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const std::filesystem::path& path) {
  const auto opened = DataDirectory::open(path);
  return opened ? "opened" : opened.error().sentence;
}

TEST(DataDirectory, IsMadeForItsOwnerAlone) {
  const TemporaryDirectory home;
  const mode_t before = ::umask(0);
  const auto opened = DataDirectory::open(home / "data");
  ::umask(before);
  ASSERT_TRUE(opened);
  EXPECT_EQ(mode_of(home / "data"), 0700);
  EXPECT_EQ(mode_of(home / "data/recant.lock"), 0600);
}

TEST(DataDirectory, ASecondServerIsRefusedNamingTheFirst) {
  const TemporaryDirectory home;
  auto first = std::make_unique<Result<DataDirectory, Refusal>>(DataDirectory::open(home / "data"));
  ASSERT_TRUE(*first);
  EXPECT_THAT(refusal(home / "data"),
              AllOf(HasSubstr((home / "data").string()),
                    HasSubstr("in use by process " + std::to_string(::getpid())),
                    HasSubstr("server.data")));
  first.reset();
  EXPECT_EQ(refusal(home / "data"), "opened");
}

// The lock goes with its holder, however that ends: nothing is to be cleaned up by hand.
TEST(DataDirectory, TheLockOfAKilledServerIsGone) {
  const TemporaryDirectory home;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto opened = DataDirectory::open(home / "data");
    if (!opened || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THAT(refusal(home / "data"), HasSubstr("process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(refusal(home / "data"), "opened");
  ::close(ready[0]);
  ::close(ready[1]);
}

// The private Redis is a child: it must not hold on to the lock when its parent is gone.
TEST(DataDirectory, AProgramThatIsStartedDoesNotInheritTheLock) {
  const TemporaryDirectory home;
  const auto opened = DataDirectory::open(home / "data");
  ASSERT_TRUE(opened);
  const std::string command =
      "for f in /proc/self/fd/*; do readlink $f; done | grep -q recant.lock";
  EXPECT_NE(std::system(command.c_str()), 0);
}

TEST(DataDirectory, WhatCannotBeUsedIsNamed) {
  const TemporaryDirectory home;
  EXPECT_THAT(
      refusal(home / "missing/data"),
      AllOf(HasSubstr("missing/data"), HasSubstr("No such file"), HasSubstr("server.data")));
  write_text(home / "file", "precious");
  EXPECT_THAT(refusal(home / "file"), HasSubstr("is not a directory"));
  EXPECT_EQ(read_text(home / "file"), "precious");
  std::filesystem::create_directory(home / "shared");
  ::chmod((home / "shared").c_str(), 0770);
  EXPECT_THAT(refusal(home / "shared"), HasSubstr("chmod 700 " + (home / "shared").string()));
}

TEST(DataDirectory, OneThatCannotBeWrittenIsNamed) {
  const TemporaryDirectory home;
  ::chmod(home.path().c_str(), 0755);
  std::filesystem::create_directory(home / "data");
  ::chmod((home / "data").c_str(), 0555);
  EXPECT_EQ(as_nobody([&] {
              const std::string said = refusal(home / "data");
              return said.find("cannot be written (Permission denied)") != std::string::npos ? 0
                                                                                             : 1;
            }),
            0);
  EXPECT_EQ(as_nobody([&] {
              return refusal(home / "other").find("cannot be created") != std::string::npos ? 0 : 1;
            }),
            0);
}

TEST(PrivateFile, IsWholeAndForItsOwnerAlone) {
  const TemporaryDirectory home;
  const mode_t before = ::umask(0);
  ASSERT_TRUE(write_private_file(home / "secret", "one"));
  ::umask(before);
  EXPECT_EQ(mode_of(home / "secret"), 0600);
  EXPECT_EQ(read_private_file(home / "secret")->reveal(), "one");
  ASSERT_TRUE(write_private_file(home / "secret", "two"));
  EXPECT_EQ(read_private_file(home / "secret")->reveal(), "two");
  EXPECT_EQ(names_in(home.path()).size(), 1u);
}

TEST(PrivateFile, WhatACrashLeftBehindIsInNobodysWay) {
  const TemporaryDirectory home;
  write_text(home / "secret.unfinished", "half");
  EXPECT_TRUE(is_unfinished(home / "secret.unfinished"));
  ASSERT_TRUE(write_private_file(home / "secret", "whole"));
  EXPECT_EQ(read_text(home / "secret"), "whole");
  EXPECT_EQ(names_in(home.path()).size(), 1u);
}

// Whoever follows the sentence must not lose what they have.
TEST(PrivateFile, WhatIsNoKeyIsToBeNamedOtherwiseAndNotRemoved) {
  const TemporaryDirectory home;
  std::filesystem::create_directory(home / "folder");
  for (const auto& path : {std::filesystem::path("/dev/null"), home / "folder"}) {
    const auto read = read_private_file(path);
    ASSERT_FALSE(read) << path;
    EXPECT_THAT(read.error().sentence,
                AllOf(HasSubstr("name a regular file"), ::testing::Not(HasSubstr("remove"))));
  }
  write_text(home / "large", std::string(256 * 1024 + 1, 'x'));
  ::chmod((home / "large").c_str(), 0600);
  EXPECT_THAT(read_private_file(home / "large").error().sentence,
              AllOf(HasSubstr("too large"), ::testing::Not(HasSubstr("remove"))));
}

TEST(PrivateFile, AnyRightOfOthersIsRefused) {
  const TemporaryDirectory home;
  ASSERT_TRUE(write_private_file(home / "secret", "hunter2"));
  for (const mode_t mode : {0640, 0620, 0610, 0604, 0602, 0601}) {
    ::chmod((home / "secret").c_str(), mode);
    const auto read = read_private_file(home / "secret");
    ASSERT_FALSE(read) << std::oct << mode;
    EXPECT_THAT(read.error().sentence, AllOf(HasSubstr("chmod 600 " + (home / "secret").string()),
                                             ::testing::Not(HasSubstr("hunter2"))));
  }
  ::chmod((home / "secret").c_str(), 0400);
  EXPECT_TRUE(read_private_file(home / "secret"));
}

}  // namespace
}  // namespace recant::app
