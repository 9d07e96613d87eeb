#include "demo/caretaker.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/child_process.hpp"

namespace recant::demo {
namespace {

using std::chrono::milliseconds;

constexpr std::array kEnding = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
constexpr milliseconds kLookAgain{20};
/// How long those who were killed may take to be gone.
constexpr int kMostLooks = 500;
/// What finish() writes: nobody is left in the directory. Silence, then the end of the pipe, means
/// that we were killed, and those who end with us may only be about to.
constexpr char kAllEnded = 'x';

// What a signal handler needs. Lock-free, so that it may.
std::atomic<pid_t> child_to_end{0};
std::atomic<pid_t> caretaker{0};
std::atomic<int> lifeline{-1};
static_assert(std::atomic<pid_t>::is_always_lock_free);

void wait_for(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Async-signal-safe, and does nothing the second time.
void end_everything() {
  if (const pid_t child = child_to_end.exchange(0); child > 0) {
    ::kill(child, SIGKILL);
    wait_for(child);
  }
  if (const int fd = lifeline.exchange(-1); fd >= 0) {
    [[maybe_unused]] const auto written = ::write(fd, &kAllEnded, 1);
    ::close(fd);
  }
  if (const pid_t pid = caretaker.exchange(0); pid > 0) wait_for(pid);
}

/// SA_RESETHAND has put the default back, so that whoever started us sees what ended us.
void on_signal(int number) {
  end_everything();
  if (number != SIGPIPE) {
    constexpr std::string_view kEnded = "\nrecant demo: ended; nothing of it is left.\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kEnded.data(), kEnded.size());
  }
  ::raise(number);
}

/// A signal that is ignored stays ignored (nohup).
void catch_signals() {
  for (const int number : kEnding) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler == SIG_IGN) continue;
    struct sigaction wanted {};
    wanted.sa_handler = on_signal;
    wanted.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(number, &wanted, nullptr);
  }
}

/// True when the directory is gone.
bool removed(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  return !std::filesystem::exists(directory, error);
}

[[noreturn]] void take_care(int lifeline_end, const std::filesystem::path& directory,
                            const std::filesystem::path& in_use) {
  // Out of reach of the terminal's Ctrl-C, and in nobody's way.
  ::setsid();
  for (const int number : kEnding) ::signal(number, SIG_IGN);
  ::prctl(PR_SET_NAME, "recant-demo-end");
  [[maybe_unused]] const int moved = ::chdir("/");
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);

  char word = 0;
  while (::read(lifeline_end, &word, 1) < 0 && errno == EINTR) {
  }
  const bool killed = word != kAllEnded;
  bool gone = false;
  for (int look = 0; look < kMostLooks; ++look) {
    // Who was killed at this moment may still write: so it must be seen to be gone twice.
    const bool before = gone;
    if (!lock_holder(in_use)) gone = removed(directory);
    if (gone && (before || !killed)) break;
    std::this_thread::sleep_for(kLookAgain);
  }
  ::_exit(0);
}

}  // namespace

SignalsHeld::SignalsHeld() {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int number : kEnding) ::sigaddset(&ending, number);
  ::sigprocmask(SIG_BLOCK, &ending, &before_);
}

SignalsHeld::~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

Result<void, std::string> Caretaker::watch(const std::filesystem::path& directory,
                                           const std::filesystem::path& in_use) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::string(std::strerror(errno));
  const SignalsHeld held;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[1]);
    take_care(ends[0], directory, in_use);
  }
  ::close(ends[0]);
  if (pid < 0) {
    ::close(ends[1]);
    return std::string(std::strerror(errno));
  }
  lifeline = ends[1];
  caretaker = pid;
  catch_signals();
  return {};
}

void Caretaker::ends_first(pid_t child) { child_to_end = child; }

void Caretaker::finish() {
  const SignalsHeld held;
  end_everything();
}

}  // namespace recant::demo
