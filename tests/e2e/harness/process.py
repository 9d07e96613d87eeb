"""A child process that never outlives the test: not when it fails, and not when it is killed."""
import ctypes
import os
import signal
import subprocess
import time

from . import record

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_CRASHES = [-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE,
            -signal.SIGTRAP, -signal.SIGSYS]


def die_with_parent():
    os.setpgrp()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until(condition, what, seconds=20):
    """The bound is for a hang only; what is waited for is what the test asserts."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.01)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def children_of(pid):
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as stat:
                if int(stat.read().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry))
        except OSError:
            pass
    return found


class Process:
    """A program in a process group of its own; both its streams go to one file."""

    def __init__(self, command, log, environment=None, cwd=None):
        self.log = log
        with open(log, "ab") as out:
            self._popen = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env=environment, cwd=cwd, preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self._popen.pid

    def output(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def ended(self):
        return self._popen.poll() is not None

    def wait(self, seconds=20):
        """The exit code; negative for a signal."""
        return self._popen.wait(seconds)

    def signal(self, number):
        self._popen.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """As an outage does it: without a word of warning."""
        self.signal(signal.SIGKILL)
        self.wait()

    def end(self):
        """Whatever state it is in, and everything it started in its group."""
        crashed = self._popen.poll() in _CRASHES
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()
        # Some tests let it log into a pipe, and some end a server twice.
        output = self.output() if os.path.isfile(self.log) else ""
        record.current.keep(self.log, output)
        record.must_not_tell_of_a_crash(output, self.log)
        assert not crashed, f"{self.log}: ended by {self._popen.returncode}:\n{output[-4000:]}"
