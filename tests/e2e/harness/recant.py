"""`recant serve`: the built binary on a free port, with a data directory of its own."""
import glob
import os
import shutil
import signal
import socket
import tempfile
import time

from . import http, record
from .metrics import Metrics
from .ports import free_port
from .process import Process, children_of, is_running, wait_until
from .resp import Resp
from .verbs import Verbs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BINARY = os.environ.get("RECANT_BINARY") or os.path.join(ROOT, "build/dev/src/app/recant")


def configuration(settings):
    """{"token.access_ttl": "1s", "issuer": [{"name": "a"}]} as recant.toml."""
    sections = {}
    tables = []
    for name, value in settings.items():
        section, _, key = name.partition(".")
        if key:
            sections.setdefault(f"[{section}]", []).append(f"{key} = {_toml(value)}")
        else:
            tables += [(f"[[{name}]]", [f"{k} = {_toml(v)}" for k, v in t.items()]) for t in value]
    written = [*sections.items(), *tables]
    return "".join(head + "\n" + "\n".join(lines) + "\n\n" for head, lines in written)


def _toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


class Recant(Verbs):
    """Serves until end(); its data directory and port outlive kill() and start().

    With `redis`, a RedisServer, it uses that one; otherwise it starts its private Redis.
    """

    def __init__(self, settings=None, redis=None, start=True, environment=None, tls=None):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.data = os.path.join(self.home, "data")
        self.log = os.path.join(self.home, "recant.log")
        self.config = os.path.join(self.home, "recant.toml")
        self.server = redis
        self.settings = dict(settings or {})
        self.environment = dict(environment or {})
        self.flags = []  # of the next start
        self.wrapper = []  # a command to run it under
        self.tls = tls  # the ssl.SSLContext of its clients, where the settings say to serve HTTPS
        self.ops_port = None  # where settings name a listener of operators' own
        self.port = None
        self.process = None
        self.private_redis = None
        self._admin_key = None
        if start:
            self.start()

    def start(self):
        """On the port it had before, or else on a free one."""
        for _ in range(5):
            moved = self.port is None
            self.launch(self.port or free_port())
            wait_until(lambda: self.process.ended() or self.is_ready(), "recant is ready", 30)
            if not self.process.ended():
                self.private_redis = next(iter(children_of(self.process.pid)), None)
                return
            if not moved or "in use" not in self.output():
                break
            self.port = None
        raise AssertionError("recant ended at start:\n" + self.output())

    def launch(self, port):
        """Starts the process and does not wait for anything."""
        self.port = port
        with open(self.config, "w") as config:
            config.write(configuration(self.full_settings()))
        self.process = Process([*self.wrapper, BINARY, "serve", "--config", self.config, *self.flags], self.log,
                               environment=clean_environment(**self.environment))

    def full_settings(self):
        """Time enough for a machine that also builds; what is about deadlines sets its own."""
        settings = {"server.listen": f"127.0.0.1:{self.port}", "server.data": self.data,
                    "accounts.signup": True, "redis.timeout": "3s"}
        if self.server is not None:
            settings["redis.url"] = self.server.url
        return settings | self.settings

    def output(self):
        return self.process.output() if self.process else ""

    def line_with(self, *parts):
        """The log's line in which all of these stand; it is written a moment after the answer."""
        found = []

        def appears():
            found[:] = [line for line in self.output().splitlines() if all(p in line for p in parts)]
            return found
        wait_until(appears, f"the log has a line with {parts}")
        return found[0]

    def is_ready(self):
        try:
            return self.ops("/readyz").status == 200
        except OSError:
            return False

    def ops(self, path, method="GET", **more):
        """Of operators, where they listen."""
        if self.ops_port is not None:
            return http.call(self.ops_port, method, path, **more)
        return http.call(self.port, method, path, tls=self.tls, **more)

    def metrics(self):
        answer = self.ops("/metrics")
        assert answer.status == 200, answer
        return Metrics(answer.body.decode())

    def client(self):
        """An http.client connection, for what call() does not do."""
        return http.client(self.port, tls=self.tls)

    def connect(self, seconds=10):
        """A socket to say anything on."""
        connection = socket.create_connection(("127.0.0.1", self.port), seconds)
        if self.tls is None:
            return connection
        return self.tls.wrap_socket(connection, server_hostname="127.0.0.1")

    def wait_ready(self):
        """On every I/O thread: each comes back to Redis by itself, and which one is asked is chance."""
        wait_until(lambda: all(self.is_ready() for _ in range(20)), "recant is ready again")

    def redis(self, *words):
        """One command on the Redis that it uses, sent by somebody else."""
        if self.server is not None:
            return self.server(*words)
        control = Resp(os.path.join(self.data, "redis", "redis.sock"))
        try:
            return control(*words)
        finally:
            control.close()

    @property
    def secrets(self):
        """Those of the whole run."""
        return record.current.secrets

    @property
    def admin_key(self):
        if self._admin_key is None:
            with open(os.path.join(self.data, "admin.key")) as key:
                self._admin_key = self.secrets.keep(key.read().strip())
        return self._admin_key

    def call(self, method, path, body=None, bearer=None, headers=()):
        sent = list(headers.items() if isinstance(headers, dict) else headers)
        if bearer is not None:
            sent.append(("Authorization", f"Bearer {bearer}"))
        return http.call(self.port, method, path, body, sent, tls=self.tls)

    def admin(self, method, path, body=None, **more):
        return self.call(method, path, body, bearer=self.admin_key, **more)

    def kill(self):
        """kill -9, and its private Redis ends with it."""
        self.process.kill()
        if self.private_redis:
            wait_until(lambda: not is_running(self.private_redis), "the private Redis has ended")

    def terminate(self):
        """SIGTERM; the exit code."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait(30)

    def end(self):
        """Ends everything, and then holds what was logged against the secrets of this run."""
        if not os.path.exists(self.home):
            return
        redis_pid = self.private_redis
        try:
            self._look_for_the_last_time()
            if self.process is not None:
                self.process.end()
        finally:
            end = time.monotonic() + 5
            while redis_pid and is_running(redis_pid):
                if time.monotonic() > end:
                    os.kill(redis_pid, signal.SIGKILL)
                time.sleep(0.01)
            self._keep_files()
            shutil.rmtree(self.home, ignore_errors=True)
        record.current.check_new()

    def _look_for_the_last_time(self):
        """At its metrics, if it still answers."""
        if self.process is not None and not self.process.ended():
            try:
                self.ops("/metrics", seconds=5)
            except (OSError, AssertionError):
                pass

    def _keep_files(self):
        """What its Redis logged, and the secrets that no answer ever held."""
        for name in glob.glob(os.path.join(self.data, "keys", "*.secret")):
            self.secrets.keep(_text_of(name).strip())
        for name in glob.glob(os.path.join(self.data, "keys", "*.pem")):
            for line in _text_of(name).splitlines():
                if not line.startswith("-----"):
                    self.secrets.keep(line)
        self.secrets.keep(_text_of(os.path.join(self.data, "admin.key")).strip())
        redis_log = os.path.join(self.data, "redis", "redis.log")
        record.current.keep(redis_log, _text_of(redis_log))


def _text_of(path):
    """Empty if it cannot be read: some tests spoil what they find."""
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def clean_environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RECANT_")}
    return kept | more
