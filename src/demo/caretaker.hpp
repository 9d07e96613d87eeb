// Nothing of a demo outlives it, however it ends: at its end, by Ctrl-C, by kill, by kill -9.
//
// The server ends with us, since ChildProcess ties it to our life, and so does its Redis. What is
// left is a directory, and whoever was killed can remove nothing: so a process of its own waits for
// our end and then removes it. Signals that end us are caught only to wait until that is done.
//
// One a process, since signal handlers are the process's. On the main thread.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace recant::demo {

/// While it lives, the signals that would end us wait: between two steps that belong together.
class SignalsHeld {
 public:
  SignalsHeld();
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

class Caretaker {
 public:
  /// From here on `directory` goes when we do, and `in_use` is a file in it that its last user
  /// holds locked (base/child_process). On failure one sentence.
  static Result<void, std::string> watch(const std::filesystem::path& directory,
                                         const std::filesystem::path& in_use);
  /// A child that a signal handler shall end and wait for; 0 when it has ended otherwise.
  static void ends_first(pid_t child);
  /// Returns when the directory is gone.
  static void finish();
};

}  // namespace recant::demo
