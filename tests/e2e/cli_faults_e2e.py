"""Commands before servers that are away, slow, broken, of another kind, or not who they should be."""
import json
import os
import shutil
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import unittest

from harness.authority import Authority
from harness.case import RecantTest
from harness.cli import Terminal, environment_for, run
from harness.ports import free_port
from harness.recant import BINARY, Recant
from harness.verbs import PASSWORD

KEY = "ak_" + "k" * 43


class Scripted:
    """Answers each connection with what a test tells it to; no Recant would say such things."""

    def __init__(self, *scripts, tls=None):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = []
        self._tls = tls
        self._scripts = scripts
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def end(self):
        self._listener.close()

    def _serve(self):
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(30)
                    if self._tls is None:
                        script(self, connection)
                        continue
                    with self._tls.wrap_socket(connection, server_side=True) as secured:
                        script(self, secured)
            except OSError:
                pass

    def request(self, connection):
        text = b""
        while b"\r\n\r\n" not in text:
            more = connection.recv(65536)
            if not more:
                return None
            text += more
        head, _, body = text.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]):
                    body += connection.recv(65536)
        self.requests.append(head.decode() + "\r\n\r\n" + body.decode())
        return self.requests[-1]


def answering(*answers, close=True):
    """Reads a request and sends the bytes, for each of them."""
    def script(server, connection):
        for answer in answers:
            if server.request(connection) is None:
                return
            connection.sendall(answer)
        if not close:
            server.request(connection)
    return script


def http(body, status="200 OK", kind="application/json", more=""):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n{more}\r\n"
            ).encode() + raw


def account(name):
    return {"user_id": "0190a8a0-0000-7000-8000-000000000001", "username": name, "scope": "",
            "claims": {}, "disabled": False, "created_at": "2026-11-23T20:31:42.123Z"}


class Faults(RecantTest):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="recant-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)

    def cli(self, *words, url=None, **more):
        if url:
            more = {"RECANT_SERVER": url, "RECANT_ADMIN_KEY": KEY} | more
        done = run(*words, cwd=self.home, **more)
        self.assertNotIn(KEY, done.out + done.err)
        return done

    def scripted(self, *scripts, **more):
        server = Scripted(*scripts, **more)
        self.addCleanup(server.end)
        return server

    def assert_unavailable(self, done, *parts):
        self.assertEqual((done.code, done.out), (3, ""), done)
        for part in parts:
            self.assertIn(part, done.err)


class Away(Faults):
    def test_without_a_server_it_says_how_to_start_one(self):
        """In an empty directory, where there is no admin key either."""
        for words in (("user", "list"), ("health",), ("revoke", "--subject", "s"),
                      ("session", "list", "x"), ("keys", "list"), ("admin-key", "list")):
            url = f"http://127.0.0.1:{free_port()}"
            self.assert_unavailable(self.cli(*words, "--server", url), url, "recant serve")

    def test_names_that_do_not_resolve(self):
        done = self.cli("user", "list", url="http://no-such-host.invalid")
        self.assert_unavailable(done, "no-such-host.invalid", "RECANT_SERVER")

    def test_a_password_is_not_asked_for_in_vain(self):
        with Terminal("user", "passwd", "x", cwd=self.home, RECANT_ADMIN_KEY=KEY,
                      RECANT_SERVER=f"http://127.0.0.1:{free_port()}") as terminal:
            text, code = terminal.end()
        self.assertEqual(code, 3, text)
        self.assertNotIn("Password", text)

    def test_addresses_that_are_none_are_2(self):
        for url in ("localhost:8080", "ftp://x", "http://", "http://u:very-secret@h", "http://h:0",
                    "http://h/?q", ""):
            done = self.cli("user", "list", "--server", url)
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn("--server", done.err)
            self.assertNotIn("very-secret", done.err)

    def test_keys_that_are_none_are_2(self):
        server = self.scripted(answering(http({"status": "alive"})))
        empty, binary = os.path.join(self.home, "empty"), os.path.join(self.home, "binary")
        open(empty, "w").close()
        with open(binary, "wb") as file:
            file.write(b"\x7fELF\0\r\nX-Injected: 1")
        for more in ({"RECANT_ADMIN_KEY": "two words"}, {"RECANT_ADMIN_KEY_FILE": "/does/not/exist"},
                     {"RECANT_ADMIN_KEY_FILE": empty}, {"RECANT_ADMIN_KEY_FILE": binary},
                     {"RECANT_ADMIN_KEY": "a", "RECANT_ADMIN_KEY_FILE": empty}):
            done = run("user", "list", cwd=self.home, RECANT_SERVER=server.url, **more)
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn("RECANT_ADMIN_KEY", done.err)
        # There is a server, but no key: that is what is said.
        done = run("user", "list", cwd=self.home, RECANT_SERVER=server.url)
        self.assertEqual((done.code, done.out), (2, ""), done)
        self.assertIn("admin.key", done.err)
        self.assertNotIn("Authorization", server.requests[0])

    def test_a_key_to_a_stranger_in_the_clear_is_warned_of(self):
        done = self.cli("user", "list", url="http://no-such-host.invalid")
        self.assertIn("unencrypted", done.err)
        done = self.cli("user", "list", url=f"http://127.0.0.1:{free_port()}")
        self.assertNotIn("unencrypted", done.err)


class Broken(Faults):
    def test_no_answer_in_time(self):
        server = self.scripted(lambda s, c: (s.request(c), s.request(c)))
        done = self.cli("user", "list", "--timeout", "300ms", url=server.url)
        self.assert_unavailable(done, "no whole answer")
        for wrong in ("0s", "5", "-1s", "soon", ""):
            self.assertEqual(self.cli("user", "list", "--timeout", wrong, url=server.url).code, 2)

    def test_an_answer_that_trickles_is_late_as_a_whole(self):
        def trickle(server, connection):
            server.request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            stop = threading.Event()
            for _ in range(200):
                connection.sendall(b" ")
                stop.wait(0.1)
        server = self.scripted(trickle)
        done = self.cli("user", "list", "--timeout", "1s", url=server.url)
        self.assert_unavailable(done, "no whole answer within 1 second")

    def test_half_an_answer(self):
        whole = http({"users": []})
        for cut in (0, 10, len(whole) // 2, len(whole) - 1):
            server = self.scripted(answering(whole[:cut]), answering(whole[:cut]))
            done = self.cli("user", "list", url=server.url)
            self.assert_unavailable(done, "ended before the answer was whole")

    def test_what_may_have_been_done_is_said_to_be_so(self):
        server = self.scripted(answering(b""))
        done = self.cli("revoke", "--subject", "s", url=server.url)
        self.assert_unavailable(done, "may have been done")
        self.assertEqual(len(server.requests), 1)  # never sent twice by itself
        done = self.cli("revoke", "--subject", "s", url=f"http://127.0.0.1:{free_port()}")
        self.assertNotIn("may have been done", done.err)

    def test_others_than_recant(self):
        html = http(b"<html>Welcome to nginx!</html>", kind="text/html")
        for answer in (html, html.replace(b"200 OK", b"502 Bad Gateway"), b"SSH-2.0-OpenSSH_9.2\r\n",
                       http(b"not JSON"), http([1, 2]), http({"people": []}),
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"):
            server = self.scripted(answering(answer))
            done = self.cli("user", "list", url=server.url)
            self.assert_unavailable(done)
            self.assertTrue(done.err.startswith("recant user list: "), done)

    def test_a_redirect_is_not_followed(self):
        other = self.scripted(answering(http({"users": []})))
        server = self.scripted(answering(http(b"", "308 Permanent Redirect", more=f"Location: {other.url}/\r\n")))
        done = self.cli("user", "list", url=server.url)
        self.assert_unavailable(done, other.url)
        self.assertEqual(other.requests, [])

    def test_answers_steer_no_terminal(self):
        problem = {"status": 404, "title": "x", "code": "not_found", "detail": "a\u001b[2Jb\n\u202ec"}
        server = self.scripted(answering(http(problem, "404 Not Found", "application/problem+json")))
        done = self.cli("user", "enable", "x", url=server.url)
        self.assertEqual(done.code, 1, done)
        self.assertIn("a\\x1b[2Jb\\n\\u202ec", done.err)

    def test_an_endless_answer_is_cut_off(self):
        def endless(server, connection):
            server.request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
            while True:
                connection.sendall(b" " * 65536)
        server = self.scripted(endless)
        self.assert_unavailable(self.cli("user", "list", url=server.url))


class Pages(Faults):
    def test_a_connection_that_ends_between_pages_is_opened_again(self):
        server = self.scripted(answering(http({"users": [account("one")], "next": "1"})),
                               answering(http({"users": [account("two")], "next": "2"})),
                               answering(http({"users": [account("three")]})))
        done = self.cli("user", "list", "--json", url=server.url)
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertEqual([line["username"] for line in done.lines], ["one", "two", "three"])
        self.assertEqual([request.split()[1] for request in server.requests],
                         ["/v1/admin/users?limit=100", "/v1/admin/users?limit=100&after=1",
                          "/v1/admin/users?limit=100&after=2"])

    def test_a_connection_that_ends_just_as_more_is_asked(self):
        """Reading is repeated on another one; what changes something is not."""
        server = self.scripted(answering(http({"users": [account("one")], "next": "1"}), close=False),
                               answering(http({"users": [account("two")]})))
        done = self.cli("user", "list", "--json", url=server.url)
        self.assertEqual([line["username"] for line in done.lines], ["one", "two"], done)
        self.assertEqual(len(server.requests), 3)
        server = self.scripted(answering(http(account("ada")), close=False), answering(http({})))
        done = self.cli("user", "passwd", "ada", "--password-stdin", url=server.url, stdin=PASSWORD)
        self.assert_unavailable(done, "may have been done")
        self.assertEqual([request.split()[0] for request in server.requests], ["GET", "POST"])

    def test_one_connection_serves_all_pages(self):
        server = self.scripted(answering(http({"users": [account("one")], "next": "a b"}),
                                         http({"users": [account("two")]})))
        done = self.cli("user", "list", "--json", url=server.url)
        self.assertEqual(len(done.lines), 2, done)
        self.assertIn("after=a%20b", server.requests[1])

    def test_pages_that_go_in_a_circle_end(self):
        page = http({"users": [account("one")], "next": "1"})
        server = self.scripted(answering(page, page, page))
        done = self.cli("user", "list", url=server.url)
        self.assertEqual(done.code, 3, done)
        self.assertIn("circle", done.err)

    def test_what_was_read_before_a_fault_is_shown(self):
        server = self.scripted(answering(http({"users": [account("one")], "next": "1"})))
        done = self.cli("user", "list", "--timeout", "300ms", url=server.url)
        self.assertEqual(done.code, 3, done)
        self.assertIn("one", done.out)

    def test_a_path_before_ours(self):
        server = self.scripted(answering(http({"users": []})))
        self.assertEqual(self.cli("user", "list", url=server.url + "/auth/").code, 0)
        self.assertTrue(server.requests[0].startswith("GET /auth/v1/admin/users?limit=100 HTTP/1.1\r\n"))

    def test_what_is_sent(self):
        server = self.scripted(answering(http({"users": []})))
        self.cli("user", "list", url=server.url)
        head = server.requests[0]
        self.assertIn(f"\r\nAuthorization: Bearer {KEY}\r\n", head)
        self.assertIn(f"\r\nHost: {server.url[7:]}\r\n", head)
        self.assertRegex(head, r"\r\nUser-Agent: recant/\d")


class Many(RecantTest):
    COUNT = 100_000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recant.terminate()
        with sqlite3.connect(os.path.join(cls.recant.data, "recant.db")) as database:
            database.executemany(
                "INSERT INTO accounts (user_id, username, folded_name, password_hash, scope, claims_json, disabled,"
                " created_at) VALUES (?, ?, ?, 'x', 'read', '', 0, 1795000000000)",
                [(f"0190a8a0-0000-7000-8000-{n:012x}", f"name{n}", f"name{n}") for n in range(cls.COUNT)])
        database.close()
        cls.recant.start()

    def peak(self, *words, lines):
        """The most memory that it had, in KiB, once it had printed so many lines."""
        with subprocess.Popen([BINARY, *words], stdout=subprocess.PIPE,
                              env=environment_for(self.recant)) as child:
            seen = 0
            for _ in child.stdout:
                seen += 1
                if seen == lines:
                    break
            with open(f"/proc/{child.pid}/status") as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
            rest = sum(1 for _ in child.stdout)
        self.assertEqual(child.returncode, 0)
        return peak, seen + rest

    def test_a_hundred_thousand_do_not_pile_up(self):
        for words in (("user", "list"), ("user", "list", "--json")):
            few, total = self.peak(*words, lines=2_000)
            self.assertGreaterEqual(total, self.COUNT)
            many, _ = self.peak(*words, lines=95_000)
            self.assertLess(many - few, 4 * 1024, f"{few} KiB grew to {many} KiB")


class Progress(Faults):
    """What is waited for shows from one second on, on a terminal, and is gone with the answer."""

    def held(self, *answers):
        """A server that gives its last answer only when told to."""
        go_on = threading.Event()

        def script(server, connection):
            for answer in answers:
                server.request(connection)
                if answer is answers[-1]:
                    go_on.wait(60)
                connection.sendall(answer)
        return self.scripted(script), go_on

    def test_of_one_long_answer(self):
        said = {"kind": "subject", "id": "s", "sessions": 1, "durable": True, "enforced": True,
                "enforced_at": "2026-11-23T20:31:42.123Z", "tidied": True}
        server, go_on = self.held(http(said))
        with Terminal("revoke", "--subject", "s", "--wait", cwd=self.home, RECANT_SERVER=server.url,
                      RECANT_ADMIN_KEY=KEY) as terminal:
            self.assertTrue(terminal.expect("second so far").startswith("\r\x1b[Kwaiting for"))
            go_on.set()
            rest, code = terminal.end()
        self.assertEqual(code, 0, rest)
        self.assertIn("\r\x1b[KRevoked: subject s\n", rest)

    def test_of_a_list_that_nobody_sees(self):
        page = http({"users": [account("one")], "next": "1"})
        server, go_on = self.held(page, http({"users": [account("two")]}))
        script = f"{BINARY} user list > list.txt"
        with Terminal("-c", script, program="/bin/sh", cwd=self.home, RECANT_SERVER=server.url,
                      RECANT_ADMIN_KEY=KEY) as terminal:
            terminal.expect("1 account so far")
            go_on.set()
            rest, code = terminal.end()
        self.assertEqual(code, 0, rest)
        self.assertTrue(rest.endswith("\r\x1b[K"), rest)
        with open(os.path.join(self.home, "list.txt")) as file:
            self.assertEqual(len(file.readlines()), 3)

    def test_not_in_a_pipe(self):
        server, go_on = self.held(http({"users": []}))
        threading.Timer(1.5, go_on.set).start()
        done = self.cli("user", "list", "--json", url=server.url)
        self.assertEqual((done.code, done.out, done.err), (0, "", ""))


class Tls(Faults):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(cls.home)
        cls.stranger = Authority(cls.home, "Somebody Else")

    def secured(self, certificate, **more):
        """A server that shows this certificate and has nobody listed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        for name, value in more.items():
            setattr(context, name, value)
        return self.scripted(answering(http({"users": []})), tls=context)

    def ask(self, server, *words, host="127.0.0.1", **more):
        return self.cli("user", "list", *words, url=server.url.replace("127.0.0.1", host), **more)

    def test_a_real_recant(self):
        made = self.authority.issue("login")
        os.chmod(made.key, 0o600)
        context = ssl.create_default_context(cafile=self.authority.cert)
        recant = Recant({"server.tls_cert": made.cert, "server.tls_key": made.key}, tls=context)
        self.addCleanup(recant.end)
        environment = {"RECANT_SERVER": f"https://localhost:{recant.port}", "RECANT_CA": self.authority.cert,
                       "RECANT_ADMIN_KEY_FILE": os.path.join(recant.data, "admin.key")}
        done = run("user", "add", "ada", "--password-stdin", "--json", stdin=PASSWORD, **environment)
        self.assertEqual((done.code, done.err), (0, ""), done)
        for _ in range(120):
            recant.open_session("many")
        done = run("session", "list", "many", "--json", **environment)
        self.assertEqual(len(done.lines), 120, done)
        # In the clear it gets no further than being told.
        done = run("user", "list", **environment | {"RECANT_SERVER": f"http://localhost:{recant.port}"})
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("https://", done.err)

    def test_the_name_is_checked(self):
        server = self.secured(self.authority.issue("named", "DNS:localhost"))
        done = self.ask(server, "--ca", self.authority.cert)
        self.assert_unavailable(done, "localhost", "127.0.0.1")
        self.assertEqual(server.requests, [])
        server = self.secured(self.authority.issue("named", "DNS:localhost"))
        done = self.ask(server, "--ca", self.authority.cert, host="localhost")
        self.assertEqual(done.code, 0, done)
        self.assertIn(KEY, server.requests[0])

    def test_an_authority_that_nobody_trusts(self):
        for words in ((), ("--ca", self.authority.cert)):
            server = self.secured(self.stranger.issue("x"))
            done = self.ask(server, *words)
            self.assert_unavailable(done, "Somebody Else", "--ca")
            self.assertEqual(server.requests, [])

    def test_a_certificate_that_has_expired(self):
        server = self.secured(self.authority.issue("old", days=-1))
        self.assert_unavailable(self.ask(server, "--ca", self.authority.cert), "expired")
        self.assertEqual(server.requests, [])

    def test_an_old_version_of_tls(self):
        server = self.secured(self.authority.issue("x"), maximum_version=ssl.TLSVersion.TLSv1_1)
        self.assert_unavailable(self.ask(server, "--ca", self.authority.cert), "safe connection")
        self.assertEqual(server.requests, [])

    def test_https_is_never_spoken_in_the_clear(self):
        server = self.scripted(answering(http({"users": []})))
        done = self.cli("user", "list", url=server.url.replace("http:", "https:"))
        self.assertEqual((done.code, done.out), (3, ""), done)
        self.assertFalse(any(KEY in request for request in server.requests))

    def test_an_answer_that_is_cut_is_not_the_end(self):
        """Without TLS's own goodbye anybody in between could end an answer without a length."""
        def cut(server, connection):
            server.request(connection)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"users":[]}')
            os.close(connection.detach())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made = self.authority.issue("cut")
        context.load_cert_chain(made.cert, made.key)
        server = self.scripted(cut, tls=context)
        self.assert_unavailable(self.ask(server, "--ca", self.authority.cert), "cut")

    def test_a_ca_file_that_is_none_is_2(self):
        empty = os.path.join(self.home, "empty.pem")
        open(empty, "w").close()
        server = self.scripted()
        for path in ("/does/not/exist", empty, __file__):
            done = self.cli("user", "list", "--ca", path, url=server.url.replace("http:", "https:"))
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn("--ca", done.err)


class Nowhere(Faults):
    def test_inspect_and_verify_and_completion_connect_to_nothing(self):
        server = self.scripted(answering(http({})))
        for words in (("token", "inspect", "-"), ("completion", "bash"), ("man",), ("version",)):
            self.cli(*words, url=server.url, stdin="e30.e30.x\n")
        self.assertEqual(server.requests, [])


if __name__ == "__main__":
    unittest.main()
