"""examples/beast-api, built by CMake against the installed library: the contract of every protected API, and what a
server on the net must bear."""
import http.client
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time
import unittest

from contract import Api, Contract, PREFIX
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import die_with_parent, wait_until
from harness.recant import ROOT

TREE = os.environ["RECANT_BINDINGS_TREE"]
PATIENCE = 10  # seconds; kPatience of server.cpp
NEEDED = ("PORT", "REDIS_URL", "ISSUER", "AUDIENCE", "JWKS_URL")


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"


def build(source, tree, target):
    """Once for a tree; quickly rather than well."""
    tree = os.path.join(TREE, tree)
    run("cmake", "-S", os.path.join(ROOT, source), "-B", tree, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS=-O0 -g0 -Werror", "-DCMAKE_CXX_FLAGS_DEBUG=", f"-DCMAKE_PREFIX_PATH={PREFIX}")
    run("cmake", "--build", tree)
    return os.path.join(tree, target)


class OnWire(http.client.HTTPConnection):
    """A connection that stays, to an API; what is asked on it may be answered later."""

    def __init__(self, test, api):
        super().__init__("127.0.0.1", api.port, timeout=30)
        test.addCleanup(self.close)
        self.connect()

    def ask(self, path, bearer=None):
        self.request("GET", path, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
        return self

    def say(self, what):
        self.sock.sendall(what)
        return self

    def hear(self):
        """The whole answer's status and headers."""
        answer = self.getresponse()
        answer.read()
        return answer

    def has_heard(self):
        return bool(select.select([self.sock], [], [], 0)[0])

    def hear_the_end(self):
        """All that comes until the other side closes."""
        heard = b""
        try:
            while more := self.sock.recv(65536):
                heard += more
        except ConnectionResetError:
            pass
        return heard


class BeastApi(Contract, RecantTest):

    @classmethod
    def start_api(cls, recant, **environment):
        return Api([cls.program], recant, recant.server.url, **environment)

    @classmethod
    def setUpClass(cls):
        cls.program = build("examples/beast-api", "beast", "beast-api")
        super().setUpClass()

    def start_with_own_redis(self):
        """An API whose Redis can be made to hold its breath, and somebody whom it has let in."""
        redis = self.start_redis()
        recant = self.start(redis=redis)
        api = self.start_api(recant)
        self.addCleanup(api.end)
        known = recant.sign_in()
        self.lets_in(known, api)
        return redis, recant, api, known

    def run_with(self, **changed):
        """Its exit code and what it says, when it cannot start."""
        environment = self.api.environment | {"PORT": str(free_port())} | changed
        done = subprocess.run([self.program], env={n: v for n, v in environment.items() if v is not None}, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              preexec_fn=die_with_parent)
        return done.returncode, done.stdout

    def assert_serves(self, api=None):
        self.assertEqual((api or self.api).get("/whoami").status, 401)

    # --- starting -----------------------------------------------------------------------------

    def test_what_is_missing_in_the_environment_is_named(self):
        for name in NEEDED:
            for value in (None, ""):
                with self.subTest(name=name, value=value):
                    self.assertEqual(self.run_with(**{name: value}),
                                     (2, f"beast-api: {name} is missing in the environment\n"))

    def test_what_is_wrong_in_the_environment_is_named(self):
        for name, value, named in (("REDIS_URL", "http://127.0.0.1", "redis_url"), ("PORT", "http", "PORT"),
                                   ("JWKS_URL", "nowhere", "jwks_url"), ("PORT", "65536", "PORT"), ("PORT", "0", "PORT"),
                                   ("PORT", str(self.api.port), "PORT")):
            with self.subTest(name=name, value=value):
                code, said = self.run_with(**{name: value})
                self.assertEqual(code, 2, said)
                self.assertRegex(said, rf"(?m)^beast-api: .*\b{named}\b")

    # --- HTTP ---------------------------------------------------------------------------------

    def test_elsewhere_is_nothing(self):
        tokens = self.recant.sign_in()
        for path in ("/", "/whoami/", "/Whoami", "/whoamiX", "/orders/1", "*"):
            self.assertEqual(self.api.get(path, tokens.access).status, 404, path)

    def test_another_method_is_told_which_there_is(self):
        wire = OnWire(self, self.api)
        for method in ("POST", "HEAD", "DELETE", "FROB"):
            wire.request(method, "/whoami", body=b"x" if method == "POST" else None)
            answer = wire.hear()
            self.assertEqual((answer.status, answer.getheader("Allow")), (405, "GET"), method)

    def test_a_connection_is_kept_for_further_requests(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        wire = OnWire(self, self.api)
        kept = wire.sock
        for path, bearer, status in (("/whoami", None, 401), ("/whoami", tokens.access, 200), ("/x", None, 404),
                                     ("/whoami?x=y", tokens.access, 200)):
            self.assertEqual(wire.ask(path, bearer).hear().status, status)
            self.assertIs(wire.sock, kept)
        two = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        self.assertEqual(wire.say(two).hear_the_end().count(b"HTTP/1.1 404"), 2)

    def test_what_is_too_large_is_refused(self):
        for head, status in ((b"X: " + b"x" * 17 * 1024, b"431"), (b"Content-Length: 65537", b"413"),
                             (b"Transfer-Encoding: chunked\r\n\r\n20000\r\n" + b"x" * 0x20000, b"413")):
            said = OnWire(self, self.api).say(b"GET /whoami HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n").hear_the_end()
            self.assertEqual(said.split(b" ")[1], status, said)
            self.assertIn(b"Connection: close\r\n", said)
        self.assert_serves()

    def test_what_is_no_request_is_refused(self):
        for bytes_sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET /whoami HTTP/1.1\r\nno colon\r\n\r\n",
                           b"GET /whoami\r\n\r\n", b"GET /whoami HTTP/9.9\r\n\r\n", b"\r\n\r\n\0\0\0\0",
                           b"GET /whoami HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                           b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            said = OnWire(self, self.api).say(bytes_sent).hear_the_end()
            self.assertRegex(said, rb"^HTTP/1\.1 400 ", bytes_sent)
        self.assert_serves()

    def test_who_goes_away_in_the_middle_is_forgotten(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        for begun in (b"", b"GET /who", b"GET /whoami HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
                      b"GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + tokens.access.encode() + b"\r\n\r\n"):
            OnWire(self, self.api).say(begun).close()
        self.assert_serves()

    def test_who_is_slow_is_not_waited_for_for_ever(self):
        """Closed from that side, within the patience and not before a client could have asked."""
        began = time.monotonic()
        idle, half = OnWire(self, self.api).ask("/x"), OnWire(self, self.api).say(b"GET /whoami HTTP/1.1\r\nHost: a\r\n")
        idle.hear()
        deaf = OnWire(self, self.api)
        deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sock.settimeout(2)
        with self.assertRaises(OSError):  # until nothing more can be written, for nobody reads what comes back
            while True:
                deaf.say(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)
        self.assertEqual((idle.hear_the_end(), half.hear_the_end()), (b"", b""))
        self.assertGreater(time.monotonic() - began, PATIENCE - 1)
        wait_until(lambda: not self.is_connected(deaf), "who does not listen is hung up on", 30)
        self.assert_serves()

    def is_connected(self, wire):
        """By the kernel's own table: is the API's end of the connection open?"""
        ours, theirs = wire.sock.getsockname()[1], self.api.port
        with open("/proc/net/tcp") as table:
            return any(re.search(rf":{theirs:04X} [0-9A-F]{{8}}:{ours:04X} 01 ", line) for line in table)

    # --- many at once -------------------------------------------------------------------------

    def test_a_check_that_waits_holds_up_nobody(self):
        redis, recant, api, known = self.start_with_own_redis()
        first, second = OnWire(self, api), OnWire(self, api)

        def second_overtakes():
            """One try: on a machine that is slow enough the first may be answered meanwhile."""
            self.lets_in(known, api)
            unknown = recant.sign_in()
            redis.process.pause()
            try:
                first.ask("/whoami", unknown.access)
                self.assertEqual(second.ask("/x").hear().status, 404)
                overtook = not first.has_heard()
                self.assertEqual(first.hear().status, 503)
            finally:
                redis.process.go_on()
            return overtook
        self.assertTrue(any(second_overtakes() for _ in range(10)))

    def test_without_descriptors_it_waits_for_some(self):
        api = self.start_api(self.recant)
        self.addCleanup(api.end)
        tokens = self.recant.sign_in()
        self.lets_in(tokens, api)
        served = OnWire(self, api)
        self.assertEqual(served.ask("/x").hear().status, 404)
        _, hard = resource.prlimit(api.process.pid, resource.RLIMIT_NOFILE)
        highest = max(map(int, os.listdir(f"/proc/{api.process.pid}/fd")))
        resource.prlimit(api.process.pid, resource.RLIMIT_NOFILE, (highest + 4, hard))
        crowd = [OnWire(self, api) for _ in range(20)]
        wait_until(lambda: "cannot accept" in api.output(), "it has none left")

        before = api.output().count("cannot accept")
        time.sleep(1)
        self.assertLess(api.output().count("cannot accept") - before, 30, "it does not ask again at once")
        self.assertEqual(served.ask("/whoami", tokens.access).hear().status, 200, "who is there is served")
        for wire in crowd:
            wire.close()
        self.assertEqual(api.get("/whoami", tokens.access).status, 200)

    # --- ending -------------------------------------------------------------------------------

    def test_told_to_end_it_answers_what_is_pending(self):
        redis, recant, api, known = self.start_with_own_redis()

        def all_are_answered_while_it_ends():
            """One try: on a machine that is slow enough they are answered before it is told to end."""
            self.lets_in(known, api)
            wires = [OnWire(self, api) for _ in range(4)]
            unknown = [recant.sign_in() for _ in wires[1:]]
            for wire in wires:
                self.assertEqual(wire.ask("/x").hear().status, 404)
            redis.process.pause()
            try:
                for wire, tokens in zip(wires[1:], unknown):
                    wire.ask("/whoami", tokens.access)
                self.assertEqual(wires[0].ask("/x").hear().status, 404)  # the others have been read before
                api.process.signal(signal.SIGTERM)
                answers = [wire.hear() for wire in wires[1:]]
            finally:
                redis.process.go_on()
            self.assertEqual({(a.status, a.getheader("Retry-After")) for a in answers}, {(503, "1")})
            self.assertEqual(wires[0].hear_the_end(), b"")
            self.assertEqual(api.process.wait(), 0, api.output())
            return all(a.getheader("Connection") == "close" for a in answers)
        for _ in range(5):
            if all_are_answered_while_it_ends():
                return
            api = self.start_api(recant)
            self.addCleanup(api.end)
        self.fail("none of them was pending")

    def test_told_to_end_it_does_not_wait_for_who_asks_nothing(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            api = self.start_api(self.recant)
            self.addCleanup(api.end)
            wires = [OnWire(self, api).ask("/x"), OnWire(self, api).say(b"GET /whoami HTTP/1.1\r\n"), OnWire(self, api)]
            wires[0].hear()
            api.process.signal(number)
            self.assertEqual(api.process.wait(PATIENCE - 2), 0, api.output())
            for wire in wires:
                self.assertEqual(wire.hear_the_end(), b"")
            with self.assertRaises(ConnectionRefusedError):
                OnWire(self, api)


class Check(RecantTest):
    """check.hpp by itself, in a program that a sanitizer watches."""
    redis_options = ()

    def test_an_io_context_that_stops_meanwhile_takes_its_coroutines_with_it(self):
        program = build("tests/bindings/beast", "beast-stopping", "stopping")
        tokens = [self.recant.sign_in().access for _ in range(4)]
        jwks_url = f"http://127.0.0.1:{self.recant.port}/.well-known/jwks.json"
        with subprocess.Popen([program, self.recant.server.url, jwks_url, *tokens], stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_parent) as process:
            ready = process.stdout.readline()
            self.assertEqual(ready, "ready: 1 answered, 0 elsewhere, 1 destroyed\n")
            self.recant.server.process.pause()
            try:
                rest, _ = process.communicate("go\n", timeout=60)
            finally:
                self.recant.server.process.go_on()
        self.assertEqual((process.returncode, rest), (0, "stopped: 1 answered, 0 elsewhere, 1 destroyed\n"
                                                         "ended: 1 answered, 0 elsewhere, 4 destroyed\n"))


if __name__ == "__main__":
    unittest.main()
