"""The peers of bench/peers: made ready in build/bench, and what they must do before they are measured."""
import http.client
import json
import os
import shutil
import subprocess
import time
import uuid
from types import SimpleNamespace

from . import paths
from .problem import Problem
from harness import node_packages

SOURCES = os.path.join(paths.BENCH, "peers")


def folder(name):
    return os.path.join(paths.BUILD, "peers", name)


def go_binary():
    return os.path.join(folder("go"), "peer")


# --- making them ready ------------------------------------------------------------------------------


def lacking_go():
    if not shutil.which("go"):
        return "go is missing (scripts/install bench)"
    return None


def install_node_peer(name):
    fault = node_packages.install(os.path.join(SOURCES, name), folder(name))
    if fault:
        raise Problem(fault)


def build_go_peer():
    """From Debian's packages of golang-jwt, redigo and x/crypto, which are sources under this GOPATH."""
    os.makedirs(folder("go"), exist_ok=True)
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                                "GOCACHE": os.path.join(paths.BUILD, "go-cache")}
    run = subprocess.run(["go", "build", "-o", go_binary(), "."], env=environment,
                         cwd=os.path.join(SOURCES, "go"), capture_output=True, text=True)
    if run.returncode:
        raise Problem(f"bench/peers/go does not build: {run.stderr.strip()[-1000:]}")


def make_ready(name):
    """Installs or builds one; why it cannot run here, or None."""
    lacking = lacking_go() if name == "go" else node_packages.lacking()
    if lacking is None:
        build_go_peer() if name == "go" else install_node_peer(name)
    return lacking


# --- what they must do ------------------------------------------------------------------------------


def call(port, method, path, body=None, bearer=None):
    """One call on a connection of its own: .status, .json, .header(name)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        raw = response.read()
        members = json.loads(raw) if raw[:1] in (b"{", b"[") else None
        return SimpleNamespace(status=response.status, json=members, header=response.getheader, body=raw)
    finally:
        connection.close()


class Proof:
    """That a peer does the work that it is measured at. Run before each measurement, and by the tests.

    Raises Problem with what a peer did wrong: a figure of a server that lets a revoked token through
    would say nothing.
    """

    def __init__(self, server, issuer, audience, password):
        self.server = server
        self.material = server.setting.material
        self.issuer, self.audience, self.password = issuer, audience, password

    def run(self):
        self.tokens_of_others_are_refused()
        self.login_compares_the_password()
        self.a_revoked_token_is_refused()
        self.a_refresh_token_is_good_once()

    def must(self, holds, what, answer):
        if not holds:
            raise Problem(f"{self.server.title} {what}: {answer.status} {answer.body[:200]!r}")

    def must_live(self, token):
        answer = self.check(token)
        self.must(answer.status == 200, "refuses a living token", answer)

    def check(self, token):
        return call(self.server.port, "GET", "/v1/check", bearer=token)

    def token(self, header=None, **changes):
        claims = self.material.claims(self.issuer, self.audience, **changes)
        return self.material.token(claims, header)

    def login(self, password):
        name = self.material.accounts[0]["username"]
        return call(self.server.port, "POST", "/v1/login", {"username": name, "password": password})

    def redis(self, *words):
        """As another service would, in the database of this peer."""
        connection = self.server.setting.redis.connect()
        try:
            connection("SELECT", self.server.database)
            return connection(*words)
        finally:
            connection.close()

    def tokens_of_others_are_refused(self):
        good = self.check(self.token(sub="somebody"))
        self.must(good.status == 200, "refuses a good token", good)
        self.must(good.header("X-Auth-Subject") == "somebody", "does not say who it is", good)
        unsigned = self.token().rpartition(".")[0] + "."
        head, payload, signature = self.token().split(".")
        other = ("A" if signature[0] != "A" else "B") + signature[1:]
        for what, token in (
                ("another issuer", self.token(iss="https://elsewhere.example.com")),
                ("another audience", self.token(aud="elsewhere")),
                ("no issuer", self.token(iss=None)),
                ("no expiry", self.token(exp=None)),
                ("an expiry that has passed", self.token(exp=int(time.time()) - 60)),
                ("no jti", self.token(jti=None)),
                ("a changed signature", f"{head}.{payload}.{other}"),
                ("no signature", unsigned),
                ("alg none", self.token({"alg": "none", "typ": "JWT"})),
                ("alg HS256", self.token({"alg": "HS256", "typ": "JWT"})),
                ("no token at all", None)):
            answer = self.check(token)
            self.must(answer.status == 401, f"takes a token with {what}", answer)

    def login_compares_the_password(self):
        answer = self.login(self.password + "!")
        self.must(answer.status == 401, "signs in with a wrong password", answer)
        answer = self.login(self.password)
        self.must(answer.status == 200, "does not sign in", answer)
        self.must_live(answer.json["access_token"])

    def a_revoked_token_is_refused(self):
        """Also one whose signature a cache has seen, and whoever wrote the entry."""
        answer = self.login(self.password)
        token = answer.json["access_token"]
        for _ in range(3):
            self.must_live(token)
        gone = call(self.server.port, "POST", "/v1/logout", bearer=token)
        self.must(gone.status == 204, "does not log out", gone)
        again = self.check(token)
        self.must(again.status == 401, "takes a token that was logged out", again)

        jti = str(uuid.uuid4())
        token = self.token(jti=jti)
        self.must_live(token)
        self.redis("SET", f"blacklist:jti:{jti}", "1", "EX", "900")
        again = self.check(token)
        self.must(again.status == 401, "takes a token that another service revoked", again)

    def a_refresh_token_is_good_once(self):
        token = self.login(self.password).json["refresh_token"]
        body = {"refresh_token": token}
        first = call(self.server.port, "POST", "/v1/refresh", body)
        self.must(first.status == 200, "does not refresh", first)
        self.must(first.json["refresh_token"] != token, "does not rotate", first)
        self.must_live(first.json["access_token"])
        life = self.redis("TTL", "refresh_token:" + first.json["refresh_token"])
        self.must(0 < life <= 14 * 24 * 3600, f"keeps a refresh token for {life} s", first)
        second = call(self.server.port, "POST", "/v1/refresh", body)
        self.must(second.status == 401, "takes a refresh token twice", second)
