// A program that we start and that ends when we do, however we end: the kernel kills it when the
// thread that started it is gone (PR_SET_PDEATHSIG). So start it from a thread that lives as long
// as the program shall: the main thread, or one kept for that.
//
// It gets a session of its own (Ctrl-C in the terminal reaches only us), the environment it is
// given, default signal handling, and none of our file descriptors.
//
// One thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace recant {

struct ChildOptions {
  std::string program;  ///< absolute path
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  ///< NAME=value
  std::string directory;                 ///< where it runs; relative paths below start there
  std::string output_file;               ///< stdout and stderr are appended to it; created 0600
  /// If not empty: a file on which the child holds a POSIX write lock for as long as it lives.
  /// Unlike flock's, such a lock is kept across exec and not shared with the child's own children.
  std::string lock_file;
};

class ChildProcess {
 public:
  /// On failure one sentence.
  static Result<ChildProcess, std::string> start(const ChildOptions& options);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  /// Kills it (SIGKILL) and waits for its end, if it still runs.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Does nothing once it has ended.
  void signal(int number) const;
  bool running();
  /// True when it has ended, which may take as long as `limit`.
  bool wait_for(std::chrono::milliseconds limit);
  /// Becomes readable when the child ends; -1 if the kernel offers no such thing.
  int end_descriptor() const { return pidfd_; }

 private:
  ChildProcess(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  void end();

  pid_t pid_ = -1;  ///< -1 once it has ended and been waited for
  int pidfd_ = -1;
};

/// The process that holds a lock as above on `lock_file`, if one does.
std::optional<pid_t> lock_holder(const std::string& lock_file);

}  // namespace recant
