// Verifiers and real children of fork(). By itself, since TSan allows no threads in such a child.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

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

/// The sockets that this process has open, or that a program would have that it starts.
std::vector<std::string> sockets_here() {
  std::vector<std::string> found;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    const auto target = std::filesystem::read_symlink(fd, closed).string();
    if (target.starts_with("socket:") || target.starts_with("anon_inode:")) found.push_back(target);
  }
  return found;
}
std::size_t inherited() {
  std::FILE* const child = ::popen("ls -l /proc/self/fd | grep -c -e socket: -e anon_inode:", "r");
  if (child == nullptr) throw std::runtime_error("popen");
  unsigned long count = 0;
  if (std::fscanf(child, "%lu", &count) != 1) throw std::runtime_error("no answer");
  ::pclose(child);
  return count;
}

TEST_F(Embedded, ProgramsThatAreStartedMeanwhileInheritNothing) {
  const std::size_t before = inherited();
  const auto verifier = ready();
  ASSERT_EQ(said(verifier->check(token(), kLong)), "valid");
  EXPECT_EQ(inherited(), before);
}

/// A port at which connections begin and never come about: its queue is full.
class Deaf {
 public:
  Deaf() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::bind(listening_, as_any(), size);
    ::listen(listening_, 0);
    ::getsockname(listening_, as_any(), &size);
    for (int& one : waiting_) {
      one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(one, as_any(), size);
    }
  }
  ~Deaf() {
    for (const int one : waiting_) ::close(one);
    ::close(listening_);
  }
  std::string authority() const { return "127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

 private:
  sockaddr* as_any() { return reinterpret_cast<sockaddr*>(&address_); }

  sockaddr_in address_{};
  int listening_ = -1;
  int waiting_[4] = {};
};

TEST_F(Embedded, ProgramsThatAreStartedInheritNoConnectionThatIsBeingMade) {
  const Deaf deaf;
  options.redis_url = "redis://" + deaf.authority();
  options.jwks_url = "http://" + deaf.authority() + "/keys";
  options.jwks_file.clear();
  const std::size_t before = inherited();
  const std::size_t of_others = sockets_here().size();
  const auto verifier = create();
  // Three that wake it, and both connections.
  ASSERT_TRUE(until([&] { return sockets_here().size() == of_others + 5; }));
  EXPECT_EQ(inherited(), before);
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
