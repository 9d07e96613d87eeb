#include "redis/private_redis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/child_process.hpp"
#include "redis/blocking.hpp"
#include "redis/private_files.hpp"
#include "testing/printers.hpp"
#include "testing/temporary_directory.hpp"

namespace recant::redis {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

using testing::TemporaryDirectory;

std::unique_ptr<PrivateRedis> started(const fs::path& data, PrivateRedisObserver* observer = {}) {
  PrivateRedisOptions options;
  options.data = data;
  auto redis = PrivateRedis::start(options, observer);
  if (!redis) throw std::runtime_error(redis.error());
  return std::move(*redis);
}

std::string why_not(PrivateRedisOptions options) {
  const auto redis = PrivateRedis::start(std::move(options));
  return redis ? "it started" : redis.error();
}

Reply ask(const PrivateRedis& redis, const Command& command) {
  auto reply = ask_blocking(redis.address(), command, 10s);
  if (!reply) throw std::runtime_error(reply.error().detail);
  return *reply;
}

pid_t pid_of(const fs::path& data) {
  return lock_holder((data / "redis" / "redis.lock").string()).value_or(-1);
}

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

/// Gone, or a zombie that nobody has waited for yet.
bool ended(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  in >> number >> name >> state;
  return !in || state == "Z" || state == "X";
}

std::string setting(const PrivateRedis& redis, const std::string& name) {
  const Reply reply = ask(redis, Command("CONFIG", "GET", name));
  return reply.elements().size() == 2 ? std::string(*reply.elements()[1].text()) : "?";
}

TEST(PrivateRedis, IsConfiguredAsTheContractSays) {
  TemporaryDirectory data;
  const auto redis = started(data.path());
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"port", "0"},
      {"unixsocketperm", "700"},
      {"appendonly", "yes"},
      {"appendfsync", "always"},
      {"no-appendfsync-on-rewrite", "no"},
      {"maxmemory-policy", "noeviction"},
      {"maxmemory", "0"},
      {"daemonize", "no"}};
  for (const auto& [name, value] : settings) EXPECT_EQ(setting(*redis, name), value) << name;
  // 32 MiB, 8 MiB, 10 s
  EXPECT_THAT(setting(*redis, "client-output-buffer-limit"),
              HasSubstr("normal 33554432 8388608 10"));
  EXPECT_EQ(redis->address(), Address(UnixAddress{data.path() / "redis" / "redis.sock"}));
  EXPECT_TRUE(fs::exists(data.path() / "redis" / "redis.log"));
}

TEST(PrivateRedis, ItsDirectoryIsItsOwnersAlone) {
  TemporaryDirectory data;
  fs::create_directory(data.path() / "redis");
  ::chmod((data.path() / "redis").c_str(), 0755);
  const auto redis = started(data.path());
  struct stat status {};
  ASSERT_EQ(::stat((data.path() / "redis").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(PrivateRedis, StopsCleanlyAndKeepsItsData) {
  TemporaryDirectory data;
  auto redis = started(data.path());
  const pid_t pid = pid_of(data.path());
  ask(*redis, Command("SET", "k", "v"));
  redis->stop();
  EXPECT_TRUE(ended(pid));
  redis.reset();
  EXPECT_EQ(ask(*started(data.path()), Command("GET", "k")).text(), "v");
}

TEST(PrivateRedis, StopsOneThatHangs) {
  TemporaryDirectory data;
  PrivateRedisOptions options;
  options.data = data.path();
  options.stop_limit = 100ms;
  auto redis = PrivateRedis::start(options);
  ASSERT_TRUE(redis) << redis.error();
  const pid_t pid = pid_of(data.path());
  ::kill(pid, SIGSTOP);
  (*redis)->stop();
  EXPECT_TRUE(ended(pid));
}

struct Diary final : PrivateRedisObserver {
  void started(pid_t pid) override {
    const std::lock_guard lock(mutex);
    pids.push_back(pid);
  }
  void failed(std::string_view why) override {
    const std::lock_guard lock(mutex);
    failures.emplace_back(why);
  }
  std::size_t starts() {
    const std::lock_guard lock(mutex);
    return pids.size();
  }
  std::mutex mutex;
  std::vector<pid_t> pids;
  std::vector<std::string> failures;
};

TEST(PrivateRedis, IsStartedAgainWhenItDies) {
  TemporaryDirectory data;
  Diary diary;
  const auto redis = started(data.path(), &diary);
  ask(*redis, Command("SET", "k", "v"));
  ASSERT_TRUE(eventually([&] { return diary.starts() == 1; }));
  ::kill(diary.pids[0], SIGKILL);
  ASSERT_TRUE(eventually([&] { return diary.starts() == 2; }));
  EXPECT_EQ(ask(*redis, Command("GET", "k")).text(), "v");
  EXPECT_NE(diary.pids[0], diary.pids[1]);
  EXPECT_THAT(diary.failures, ::testing::ElementsAre(HasSubstr("redis-server ended")));
}

TEST(PrivateRedis, HasASessionOfItsOwnSoThatCtrlCReachesOnlyUs) {
  TemporaryDirectory data;
  const auto redis = started(data.path());
  const pid_t pid = pid_of(data.path());
  EXPECT_EQ(::getsid(pid), pid);
  EXPECT_EQ(::getpgid(pid), pid);
}

TEST(PrivateRedis, InheritsNoneOfOurDescriptors) {
  TemporaryDirectory data;
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);  // as Asio makes them
  const fs::path ours = fs::read_symlink("/proc/self/fd/" + std::to_string(sockets[0]));
  const auto redis = started(data.path());
  const fs::path descriptors = "/proc/" + std::to_string(pid_of(data.path())) + "/fd";
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(descriptors)) {
    std::error_code gone;
    EXPECT_NE(fs::read_symlink(entry.path(), gone), ours);
    ++seen;
  }
  EXPECT_GT(seen, 2);
  ::close(sockets[0]);
  ::close(sockets[1]);
}

/// A process of its own that keeps a private Redis and does nothing else, until it is killed.
class Parent {
 public:
  explicit Parent(const fs::path& data) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const auto redis = started(data);
      ask(*redis, Command("INCR", "lives"));
      [[maybe_unused]] const auto written = ::write(ready[1], "!", 1);
      while (true) ::pause();
    }
    char byte = 0;
    ::close(ready[1]);
    const auto size = ::read(ready[0], &byte, 1);
    ::close(ready[0]);
    if (size != 1) throw std::runtime_error("the parent process could not start its Redis");
  }
  ~Parent() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

TEST(PrivateRedis, EndsWithAParentThatIsKilledAndTheNextStartWorksAtOnce) {
  TemporaryDirectory data;
  for (int life = 1; life <= 5; ++life) {
    Parent parent(data.path());
    const pid_t pid = pid_of(data.path());
    ASSERT_GT(pid, 0);
    parent.kill();
    const auto redis = started(data.path());  // no pause: the former one may still be going
    EXPECT_NE(pid_of(data.path()), pid);
    EXPECT_TRUE(eventually([&] { return ended(pid); }));
    EXPECT_EQ(ask(*redis, Command("GET", "lives")).text(), std::to_string(life));
  }
}

TEST(PrivateRedis, EndsWithItsParentEvenWhileItHangs) {
  TemporaryDirectory data;
  Parent parent(data.path());
  const pid_t pid = pid_of(data.path());
  ::kill(pid, SIGSTOP);
  parent.kill();
  EXPECT_TRUE(eventually([&] { return ended(pid); }));
}

TEST(PrivateRedis, ASecondOneOnTheSameDataIsRefusedByPid) {
  TemporaryDirectory data;
  const auto first = started(data.path());
  PrivateRedisOptions options;
  options.data = data.path();
  options.former_limit = 50ms;
  EXPECT_THAT(why_not(options),
              HasSubstr("a redis-server (pid " + std::to_string(pid_of(data.path())) + ") still"));
  EXPECT_FALSE(ask(*first, Command("PING")).is_error());
}

// What goes wrong is one sentence with the remedy.

TEST(PrivateRedis, ATooLongDataPathIsAnErrorThatSaysSo) {
  TemporaryDirectory data;
  const std::size_t room = PrivateFiles::kLongestDataPath - data.path().native().size() - 1;
  const fs::path longest = data.path() / std::string(room, 'd');
  fs::create_directory(longest);
  EXPECT_FALSE(ask(*started(longest), Command("PING")).is_error());

  PrivateRedisOptions options;
  options.data = data.path() / std::string(room + 1, 'd');
  fs::create_directory(options.data);
  const std::string why = why_not(options);
  EXPECT_THAT(why, HasSubstr("server.data is 86 bytes long"));
  EXPECT_THAT(why, HasSubstr("allows for 85"));
}

TEST(PrivateRedis, AMissingRedisServerNamesTheDebianPackage) {
  TemporaryDirectory data;
  PrivateRedisOptions options;
  options.data = data.path();
  options.search_path = "/nonexistent::relative:" + data.path().string();
  EXPECT_THAT(why_not(options), HasSubstr("apt install redis-server"));
}

TEST(PrivateRedis, AMissingDataDirectoryIsNamed) {
  TemporaryDirectory data;
  PrivateRedisOptions options;
  options.data = data.path() / "missing";
  EXPECT_THAT(why_not(options), HasSubstr("see to it that server.data exists"));
}

TEST(PrivateRedis, AFileInTheWayIsNamed) {
  TemporaryDirectory data;
  std::ofstream(data.path() / "redis") << "x";
  PrivateRedisOptions options;
  options.data = data.path();
  EXPECT_THAT(why_not(options), HasSubstr("is in the way"));
}

TEST(PrivateRedis, ARedisThatCannotStartGivesTheLastLineOfItsLog) {
  TemporaryDirectory data;
  fs::create_directory(data.path() / "redis");
  std::ofstream(data.path() / "redis" / "redis.log") << "a line of an earlier life\n";
  std::ofstream(data.path() / "redis" / "appendonlydir") << "not a directory";
  PrivateRedisOptions options;
  options.data = data.path();
  const std::string why = why_not(options);
  EXPECT_THAT(why, HasSubstr("the last line of its log is: "));
  EXPECT_THAT(why, HasSubstr("appendonlydir"));
  EXPECT_THAT(why, ::testing::Not(HasSubstr("earlier life")));
}

}  // namespace
}  // namespace recant::redis
