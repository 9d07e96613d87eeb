"""The servers that are measured side by side. Each is one object: start() it, talk to its port, end() it.

All take the same things from a Setting: one Redis (each has a database of its own in it, so that none
meets another's keys), one pair of ES256 keys, one list of accounts, and a number of threads.
"""
import dataclasses
import os
import shutil
import tempfile

from . import machine, paths, peers
from .problem import Problem
from harness import http as recant_http
from harness.ports import free_port
from harness.process import Process, wait_until
from harness.recant import clean_environment, configuration

ISSUER = "https://login.example.com"
AUDIENCE = "api"
CHROME = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/126.0.0.0 Safari/537.36")


@dataclasses.dataclass(frozen=True)
class Setting:
    redis: object  # harness.redis_server.RedisServer, on TCP
    material: object  # measure.material.Material: keys and accounts
    threads: int
    cores: frozenset


class Server:
    """In a directory of its own, on a free port; where it runs is pinned."""

    name = title = None
    database = 0

    def __init__(self, setting):
        self.setting = setting
        self.home = tempfile.mkdtemp(prefix="recant-bench-")
        self.port = free_port()
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    @property
    def redis_url(self):
        return f"{self.setting.redis.url}/{self.database}"

    def start(self):
        cores = ",".join(map(str, sorted(self.setting.cores)))
        log = os.path.join(self.home, "output")
        self.process = Process(["taskset", "--cpu-list", cores, *self.command()], log,
                               environment=self.environment(), cwd=self.home)
        wait_until(lambda: self.process.ended() or self.answers(), f"{self.title} answers", 60)
        if self.process.ended():
            raise Problem(f"{self.title} ended at its start: {self.last_words()}")
        machine.pin(self.pid, self.setting.cores)
        return self

    def end(self):
        if self.process is not None:
            self.process.end()
        shutil.rmtree(self.home, ignore_errors=True)

    def last_words(self):
        return self.process.output().strip()[-2000:] or "it said nothing"

    def answers(self):
        try:
            return peers.call(self.port, "GET", "/v1/check").status == 401
        except OSError:
            return False

    def command(self):
        raise NotImplementedError

    def environment(self):
        return clean_environment()


class Recant(Server):
    """With its defaults, but for where things are and how many threads serve."""

    name, title = "recant", "Recant"
    binary = os.environ.get("RECANT_BINARY") or os.path.join(paths.ROOT, "build/release/src/app/recant")
    settings = {}

    def command(self):
        config = os.path.join(self.home, "recant.toml")
        settings = {
            "server.listen": f"127.0.0.1:{self.port}", "server.data": os.path.join(self.home, "data"),
            "server.threads": self.setting.threads, "redis.url": self.redis_url,
            "token.issuer": ISSUER, "token.audience": [AUDIENCE], **self.settings}
        with open(config, "w") as file:
            file.write(configuration(settings))
        return [self.binary, "serve", "--config", config]

    def answers(self):
        try:
            return recant_http.call(self.port, "GET", "/readyz").status == 200
        except OSError:
            return False

    @property
    def admin_key(self):
        with open(os.path.join(self.home, "data", "admin.key")) as key:
            return key.read().strip()

    def admin(self, method, path, body):
        return recant_http.call(self.port, method, path, body,
                                {"Authorization": f"Bearer {self.admin_key}"})


class Peer(Server):
    """One of bench/peers, in the environment that bench/README.md describes."""

    def environment(self):
        material = self.setting.material
        return clean_environment(
            PORT=str(self.port), REDIS_URL=self.redis_url, ISSUER=ISSUER, AUDIENCE=AUDIENCE,
            PRIVATE_KEY=material.private_key, PUBLIC_KEY=material.public_key,
            ACCOUNTS=material.accounts_file, THREADS=str(self.setting.threads), NODE_ENV="production")


class NodePeer(Peer):
    def command(self):
        return ["node", os.path.join(paths.BENCH, "peers", self.name, "server.js")]

    def environment(self):
        modules = os.path.join(peers.folder(self.name), "node_modules")
        return super().environment() | {"NODE_PATH": modules}


class Fastify(NodePeer):
    name, title, database = "fastify", "fastify + fast-jwt + ioredis", 1


class Express(NodePeer):
    name, title, database = "express", "express + jsonwebtoken + ioredis", 2


class Go(Peer):
    name, title, database = "go", "Go net/http + golang-jwt + redigo", 3

    def command(self):
        return [peers.go_binary()]


class Nginx(Server):
    """A static 204: what HTTP alone costs."""

    name, title = "nginx", "nginx, a static 204"

    def command(self):
        config = os.path.join(self.home, "nginx.conf")
        with open(config, "w") as file:
            file.write(f"""
                daemon off; master_process off; worker_processes 1; pid nginx.pid;
                error_log stderr warn;
                events {{ worker_connections 1024; multi_accept on; }}
                http {{
                  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; tcp_nodelay on;
                  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                  server {{ listen 127.0.0.1:{self.port}; location / {{ return 204; }} }}
                }}""")
        return ["nginx", "-p", self.home, "-c", config]

    def answers(self):
        try:
            return peers.call(self.port, "GET", "/").status == 204
        except OSError:
            return False


PEERS = (Fastify, Express, Go)
