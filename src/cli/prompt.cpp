#include "cli/prompt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <istream>
#include <ostream>
#include <string_view>
#include <utility>

#include "core/utf8.hpp"

namespace recant::cli {
namespace {

constexpr std::size_t kLongest = 16 * 1024;
constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

volatile sig_atomic_t caught = 0;
extern "C" void note_signal(int number) { caught = number; }

/// Whoever ends or stops us meanwhile only interrupts the wait for a line, so that the echo can be
/// put back first. The signals come in during that wait alone: one that came just before a read()
/// would otherwise leave it waiting.
class CaughtSignals {
 public:
  CaughtSignals() {
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int number : kSignals) ::sigaddset(&ours, number);
    ::sigprocmask(SIG_BLOCK, &ours, &mask_);
    struct sigaction action {};
    action.sa_handler = note_signal;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &action, &before_[i]);
    }
  }
  ~CaughtSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
    ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;

  /// Waits until there is something to read; false when a signal came.
  bool wait(int fd) const {
    for (;;) {
      pollfd wanted{fd, POLLIN, 0};
      const int ready = ::ppoll(&wanted, 1, nullptr, &mask_);
      if (caught != 0) return false;
      if (ready > 0 || errno != EINTR) return true;
    }
  }

 private:
  sigset_t mask_{};
  std::array<struct sigaction, kSignals.size()> before_{};
};

class WithoutEcho {
 public:
  explicit WithoutEcho(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~WithoutEcho() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;
  bool works() const { return changed_; }

 private:
  const int fd_;
  termios before_{};
  bool changed_ = false;
};

class Tty {
 public:
  Tty() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}
  ~Tty() {
    if (fd_ >= 0) ::close(fd_);
  }
  Tty(const Tty&) = delete;
  Tty& operator=(const Tty&) = delete;
  int get() const { return fd_; }
  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t size = ::write(fd_, text.data(), text.size());
      if (size <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }

 private:
  int fd_;
};

enum class LineEnd { whole, nothing, interrupted };

/// Byte by byte, so that nothing behind the line is taken.
LineEnd read_line(int fd, const CaughtSignals& signals, std::string& line) {
  for (;;) {
    if (!signals.wait(fd)) return LineEnd::interrupted;
    char c = 0;
    const ssize_t size = ::read(fd, &c, 1);
    if (size <= 0) return line.empty() ? LineEnd::nothing : LineEnd::whole;
    if (c == '\n') return LineEnd::whole;
    if (line.size() < kLongest) line += c;
  }
}

/// One asking. Signals that came are raised again once the terminal is as it was.
LineEnd ask_once(const Tty& tty, const std::string& question, std::string& line) {
  LineEnd end = LineEnd::nothing;
  caught = 0;
  {
    const CaughtSignals signals;
    const WithoutEcho quiet(tty.get());
    if (!quiet.works()) return LineEnd::nothing;
    tty.write(question);
    end = read_line(tty.get(), signals, line);
    tty.write("\n");  // theirs was not echoed
  }
  if (caught != 0) ::raise(caught);
  return end;
}

void wipe(std::string& text) {
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

Result<SecretString, Mistake> checked(SecretString secret) {
  if (!core::to_nfc(secret.reveal())) {
    return Mistake{"what was given is not UTF-8 text, and could not be sent as it is."};
  }
  return {boost::system::in_place_value, std::move(secret)};
}

Result<SecretString, Mistake> first_line_of(std::istream& in) {
  std::string line;
  line.reserve(kLongest);
  for (char c = 0; line.size() < kLongest && in.get(c) && c != '\n';) line += c;
  if (line.ends_with('\r')) line.pop_back();
  SecretString secret(std::string(line.data(), line.size()));
  wipe(line);
  if (secret.empty()) return Mistake{"standard input is empty."};
  return checked(std::move(secret));
}

}  // namespace

Result<SecretString, Mistake> prompt_secret(const std::string& question) {
  const Tty tty;
  if (tty.get() < 0) return Mistake{"there is no terminal to ask on."};
  std::string line;
  line.reserve(kLongest);
  LineEnd end = ask_once(tty, question, line);
  // Ctrl-Z and fg: it is asked once more.
  while (end == LineEnd::interrupted) {
    wipe(line);
    end = ask_once(tty, question, line);
  }
  SecretString secret(std::string(line.data(), line.size()));
  wipe(line);
  if (end == LineEnd::nothing || secret.empty()) return Mistake{"nothing was typed."};
  return checked(std::move(secret));
}

Result<SecretString, Mistake> read_new_password(const std::string& whose,
                                                const Arguments& arguments,
                                                const Streams& streams) {
  if (arguments.has("--password-stdin")) return first_line_of(streams.in);
  if (!streams.terminal.in) {
    return Mistake{
        "the password is asked for at a terminal, and standard input is none: give it there as one "
        "line, with --password-stdin."};
  }
  auto first = prompt_secret("Password for " + whose + ": ");
  if (!first) return first.error();
  const auto second = prompt_secret("Once more: ");
  if (!second) return second.error();
  if (first->reveal() != second->reveal()) {
    return Mistake{"the two were not the same; nothing has been changed."};
  }
  return first;
}

Option password_stdin_option() {
  return {"--password-stdin", "",
          "Read the password from standard input, one line, instead of asking for it."};
}

Result<SecretString, Mistake> read_token(const std::string& question, const Streams& streams) {
  return streams.terminal.in ? prompt_secret(question) : first_line_of(streams.in);
}

std::optional<int> refused_consent(const std::string& command, const Consent& consent,
                                   const Arguments& arguments, const Streams& streams) {
  if (arguments.has("--yes")) return std::nullopt;
  if (!streams.terminal.in) {
    streams.err << command << ": " << consent.needs_yes
                << ": without a terminal to ask on, add --yes.\n";
    return kUsage;
  }
  streams.err << consent.question << " Type yes to go on: " << std::flush;
  std::string line;
  std::getline(streams.in, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line == "yes") return std::nullopt;
  streams.err << consent.nothing_done << '\n';
  return kRefused;
}

Option yes_option(const std::string& about) {
  return {"--yes", "", "Do not ask about " + about + "."};
}

}  // namespace recant::cli
