#include "base/child_process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

namespace recant {
namespace {

/// What the child tells its parent when it cannot become the program.
struct Failure {
  enum Step : int { lock, output, directory, execute, orphaned };
  Step step;
  int error;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

struct flock write_lock() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// From here to exec only what is async-signal-safe: other threads may hold any lock.
[[noreturn]] void give_up(int report, Failure::Step step) {
  const Failure failure{step, errno};
  [[maybe_unused]] const auto written = ::write(report, &failure, sizeof failure);
  ::_exit(127);
}

void isolate(int report, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) give_up(report, Failure::orphaned);  // it died before the prctl
  ::setsid();
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Asio's sockets are not close-on-exec; inherited, they would keep our peers waiting.
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    for (int fd = 3; fd < 65536; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

[[noreturn]] void become(const ChildOptions& options, char* const* arguments,
                         char* const* environment, int report, pid_t parent) {
  isolate(report, parent);
  if (::chdir(options.directory.c_str()) != 0) give_up(report, Failure::directory);
  if (!options.lock_file.empty()) {
    const int fd = ::open(options.lock_file.c_str(), O_RDWR | O_CREAT, 0600);
    struct flock lock = write_lock();
    if (fd < 0 || ::fcntl(fd, F_SETLK, &lock) != 0) give_up(report, Failure::lock);
  }
  const int output = ::open(options.output_file.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  const int input = ::open("/dev/null", O_RDONLY);
  if (output < 0 || input < 0) give_up(report, Failure::output);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  if (input > 2) ::close(input);
  if (output > 2) ::close(output);
  ::execve(options.program.c_str(), arguments, environment);
  give_up(report, Failure::execute);
}

std::string explain(const ChildOptions& options, const Failure& failure) {
  const std::string reason = std::strerror(failure.error);
  switch (failure.step) {
    case Failure::lock:
      return options.lock_file + " is locked by another process, or cannot be written: " + reason;
    case Failure::output:
      return options.output_file + " cannot be written: " + reason;
    case Failure::directory:
      return options.directory + " cannot be entered: " + reason;
    case Failure::orphaned:
      return "the process that started " + options.program + " has ended";
    case Failure::execute:
      break;
  }
  return options.program + " cannot be started: " + reason;
}

}  // namespace

Result<ChildProcess, std::string> ChildProcess::start(const ChildOptions& options) {
  std::vector<std::string> arguments{options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  const auto argv = pointers(arguments);
  const auto envp = pointers(options.environment);

  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    return "no pipe for " + options.program + ": " + std::strerror(errno);
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(options, argv.data(), envp.data(), report[1], parent);
  const int fork_error = errno;
  ::close(report[1]);
  if (pid < 0) {
    ::close(report[0]);
    return "no process for " + options.program + ": " + std::strerror(fork_error);
  }
  Failure failure{};
  ssize_t size = 0;
  do {
    size = ::read(report[0], &failure, sizeof failure);
  } while (size < 0 && errno == EINTR);
  ::close(report[0]);
  // By number: glibc 2.36 declares pidfd_open without extern "C".
  ChildProcess child(pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (size == static_cast<ssize_t>(sizeof failure)) return explain(options, failure);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::exchange(other.pidfd_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::exchange(other.pidfd_, -1);
  }
  return *this;
}

ChildProcess::~ChildProcess() { end(); }

void ChildProcess::end() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  if (pidfd_ >= 0) ::close(std::exchange(pidfd_, -1));
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

bool ChildProcess::running() { return !wait_for(std::chrono::milliseconds(0)); }

bool ChildProcess::wait_for(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (pid_ > 0) {
    const pid_t ended = ::waitpid(pid_, nullptr, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
      pid_ = -1;
      break;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    // Without a pidfd (an old kernel, a strict container) a short sleep does.
    pollfd end{pidfd_, POLLIN, 0};
    const bool blind = pidfd_ < 0;
    ::poll(&end, 1, blind ? 20 : static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
  }
  return true;
}

std::optional<pid_t> lock_holder(const std::string& lock_file) {
  const int fd = ::open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct flock lock = write_lock();
  const bool known = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return known ? std::optional(lock.l_pid) : std::nullopt;
}

}  // namespace recant
