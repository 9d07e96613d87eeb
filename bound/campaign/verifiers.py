"""The verifier processes, each behind a link of its own. One that was killed leaves its record."""
import os

from . import paths
from .records import Record
from harness.process import Process

# For how long they wait for Redis, in turn. Of those with the default it is often the connection that is given up
# first; of the others it is the lease alone that ends.
_TIMEOUTS_MS = (250, 3000)


class Verifiers:
    def __init__(self, folder, ports, tokens, bound_ms):
        self.folder, self.ports, self.tokens, self.bound_ms = folder, ports, tokens, bound_ms
        self._processes = [None] * len(ports)
        self._records = []  # (number, path)

    def __len__(self):
        return len(self.ports)

    def name(self, number):
        return f"verifier-{number}"

    def start(self, number):
        """One that comes late takes in what may still be alive, and some that is not."""
        path = os.path.join(self.folder, f"{len(self._records)}.record")
        first = max(0, self.tokens.count() - 300)
        self._processes[number] = Process(
            [paths.VERIFIER, f"redis://127.0.0.1:{self.ports[number]}", self.name(number), self.folder, path,
             str(first), str(self.bound_ms), str(_TIMEOUTS_MS[number % len(_TIMEOUTS_MS)])], os.path.join(self.folder, f"verifier-{number}.log"))
        self._records.append((number, path))

    def pause(self, number):
        self._processes[number].pause()

    def go_on(self, number):
        self._processes[number].go_on()

    def kill(self, number):
        self._must_run(number)
        self._processes[number].kill()

    def records(self):
        """(number, Record) of each process that ever was; one that has just been started has none yet."""
        return [(number, Record(path)) for number, path in list(self._records) if Record.is_there(path)]

    def must_all_run(self):
        for number in range(len(self)):
            self._must_run(number)

    def end(self):
        for process in self._processes:
            if process is not None:
                process.end()

    def _must_run(self, number):
        process = self._processes[number]
        if process.ended():
            raise RuntimeError(f"{self.name(number)} ended by itself: {process.output()[-2000:]}")
