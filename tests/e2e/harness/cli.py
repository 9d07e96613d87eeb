"""The commands of `recant` that are clients of a server, in a pipe and on a terminal."""
import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from .recant import BINARY, clean_environment

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Done:
    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err

    @property
    def lines(self):
        """The JSON lines of --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"recant {' '.join(self.words)} -> {self.code}\n--- out\n{self.out}--- err\n{self.err}"


def environment_for(recant=None, **more):
    """As on the machine of the one who runs the server: where it is, and its admin key."""
    given = {}
    if recant is not None:
        given = {"RECANT_SERVER": f"http://127.0.0.1:{recant.port}",
                 "RECANT_ADMIN_KEY_FILE": os.path.join(recant.data, "admin.key")}
    return clean_environment(**(given | more))


def run(*words, recant=None, stdin="", cwd=None, environment=None, **more):
    done = subprocess.run([BINARY, *words], input=stdin, capture_output=True, text=True, timeout=120,
                          env=environment or environment_for(recant, **more), cwd=cwd)
    return Done(words, done.returncode, done.stdout, done.stderr)


class Terminal:
    """A command on a terminal of its own, with somebody who reads and types."""

    def __init__(self, *words, recant=None, columns=80, cwd=None, program=BINARY, **more):
        self.words, self.text = words, ""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            try:
                fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
                if cwd:
                    os.chdir(cwd)
                os.execve(program, [program, *words],
                          environment_for(recant, **({"TERM": "xterm"} | more)))
            finally:
                os._exit(127)
        self._code = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._fd)

    def expect(self, part, seconds=60):
        """Reads until `part` stands in what came since the last time; what came."""
        end = time.monotonic() + seconds
        while part not in self.text:
            if not self._read(end):
                raise AssertionError(f"no {part!r} in {self.text[-500:]!r}")
        came, self.text = self.text, ""
        return came

    def type(self, text):
        os.write(self._fd, text.encode())

    @property
    def echoes(self):
        return bool(termios.tcgetattr(self._fd)[3] & termios.ECHO)

    def kill(self, number):
        os.kill(self._pid, number)

    @property
    def pid(self):
        return self._pid

    def hang_up(self):
        """The window is closed, and what ran in it has ended."""
        os.close(self._fd)
        self._fd = os.open(os.devnull, os.O_RDONLY)
        self.end()

    def end(self, seconds=60):
        """All that was left to read, and the exit code (below 0 for a signal)."""
        end = time.monotonic() + seconds
        while self._read(end):
            pass
        _, status = os.waitpid(self._pid, 0)
        self._code = os.waitstatus_to_exitcode(status)
        return self.text, self._code

    def read_what_is_there(self):
        while select.select([self._fd], [], [], 0)[0]:
            if not self._read(time.monotonic() + 1):
                return

    def _read(self, end):
        left = end - time.monotonic()
        if left <= 0 or not select.select([self._fd], [], [], left)[0]:
            raise AssertionError(f"recant {' '.join(self.words)} hangs after {self.text[-500:]!r}")
        try:
            got = os.read(self._fd, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self.text += self._decoder.decode(got).replace("\r\n", "\n")
        return bool(got)


def without_escapes(text):
    return _ESCAPES.sub("", text)
