"""A real redis-server for one test, on a Unix socket or on a port of its own."""
import os
import shutil
import tempfile

from .bound import wait_for_verifiers
from .ports import free_port
from .process import Process, wait_until
from .resp import RedisError, Resp


class RedisServer:
    """Keeps its address and its directory over kill() and start(), as a real one does."""

    def __init__(self, *options, tcp=False, persistent=False):
        self.directory = tempfile.mkdtemp(prefix="recant-e2e-redis-")
        self.port = free_port() if tcp else 0
        self._socket = os.path.join(self.directory, "redis.sock")
        self._options = list(options)
        self._persistent = persistent
        self._control = None
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self._socket}"

    def reach(self):
        """As redis-cli takes it."""
        return ["-p", str(self.port)] if self.port else ["-s", self._socket]

    def listen(self):
        if self.port:
            return ["--port", str(self.port), "--bind", "127.0.0.1"]
        return ["--port", "0", "--unixsocket", self._socket]

    def start(self):
        keeps = ["--appendonly", "yes" if self._persistent else "no", "--save", ""]
        command = ["redis-server", "--dir", self.directory, *self.listen(), *keeps, *self._options]
        self.process = Process(command, os.path.join(self.directory, "redis.log"))
        wait_until(self._answers, "redis-server answers")

    def connect(self):
        return Resp(("127.0.0.1", self.port) if self.port else self._socket)

    def __call__(self, *words):
        if self._control is None:
            self._control = self.connect()
        try:
            said = self._control(*words)
            wait_for_verifiers(words)
            return said
        except (OSError, ConnectionError):
            self._control = None
            raise

    def kill(self):
        """kill -9: what was not written to disk is gone."""
        self._forget_connection()
        self.process.kill()

    def restart(self):
        self.kill()
        self.start()

    def end(self):
        self._forget_connection()
        self.process.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _forget_connection(self):
        if self._control is not None:
            self._control.close()
            self._control = None

    def _answers(self):
        if self.process.ended():
            raise AssertionError("redis-server ended: " + self.process.output())
        try:
            return self("PING") == "PONG"
        except RedisError as error:
            return not str(error).startswith("LOADING")
        except OSError:
            return False
