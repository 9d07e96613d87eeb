"""server.tls_cert and server.tls_key: HTTPS on the listener, and a certificate renewed under way."""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest
import warnings

import protocol_e2e
from harness.case import RecantTest
from harness.certificates import Authority
from harness.ports import free_port
from harness.process import wait_until
from harness.recant import BINARY, Recant, clean_environment, configuration


class Https(RecantTest):
    """All of a class over one recant that serves HTTPS."""

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="recant-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.authority = Authority(cls.home)
        certificate, key = cls.authority.issue("localhost")
        cls.tls_settings = {"server.tls_cert": certificate, "server.tls_key": key}
        cls.recant = cls.ends(Recant(cls.tls_settings | cls.settings, tls=cls.authority.client()))


class Flow(Https):
    def test_everything_works_as_in_the_clear(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        self.assert_alive(tokens)
        newer = self.recant.refresh(tokens)
        self.assertEqual(self.recant.call("GET", "/v1/me", bearer=newer.access).status, 200)
        self.assert_empty(self.recant.logout(newer.access), 204)
        self.assert_dead(newer, "logout")
        self.assertIn("https://127.0.0.1", self.recant.output())

    def test_many_requests_take_one_connection(self):
        tokens = self.recant.sign_in()
        connection = self.recant.client()
        self.addCleanup(connection.close)
        connection.connect()
        first = connection.sock
        for _ in range(20):
            connection.request("GET", "/v1/check",
                               headers={"Authorization": f"Bearer {tokens.access}"})
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b""))
        self.assertIs(connection.sock, first)

    def test_curl_believes_the_certificate(self):
        done = subprocess.run(
            ["curl", "-s", "--cacert", self.authority.certificate, "-o", "/dev/null", "-w",
             "%{http_code} %{http_version}", f"https://localhost:{self.recant.port}/healthz"],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stdout, "200 1.1", done)

    def test_who_speaks_http_in_the_clear_is_told(self):
        with socket.create_connection(("127.0.0.1", self.recant.port), 10) as connection:
            connection.sendall(b"GET /v1/check HTTP/1.1\r\nHost: x\r\n"
                               b"Authorization: Bearer secret\r\n\r\n")
            said = b""
            while chunk := connection.recv(4096):
                said += chunk
        self.assertTrue(said.startswith(b"HTTP/1.1 400 "), said)
        self.assertIn(b"https://", said)

    def test_A11_older_versions_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = self.authority.client()
                context.set_ciphers("ALL:@SECLEVEL=0")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # that it is old is what this is about
                    context.minimum_version = context.maximum_version = version
                recant = socket.create_connection(("127.0.0.1", self.recant.port), 10)
                self.addCleanup(recant.close)
                if version < ssl.TLSVersion.TLSv1_2:
                    with self.assertRaises(ssl.SSLError):
                        context.wrap_socket(recant, server_hostname="localhost")
                else:
                    with context.wrap_socket(recant, server_hostname="localhost") as secured:
                        self.assertEqual(secured.version().replace(".", "_"), version.name)

    def test_clients_that_say_nothing_hold_nobody_up(self):
        silent = [socket.create_connection(("127.0.0.1", self.recant.port), 10) for _ in range(200)]
        try:
            self.assert_alive(self.recant.sign_in())
        finally:
            for connection in silent:
                connection.close()


class MannersOverTls(Https, protocol_e2e.Manners):
    pass


class NonsenseOverTls(Https, protocol_e2e.Nonsense):
    pass


class BodiesOverTls(Https, protocol_e2e.Bodies):
    pass


class Renewal(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has its own."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.authority = Authority(self.home)
        self.certificate = os.path.join(self.home, "live.pem")
        self.key = os.path.join(self.home, "live-key.pem")
        self.put(self.authority.issue("first"))
        self.recant = self.start({"server.tls_cert": self.certificate, "server.tls_key": self.key},
                                 tls=self.authority.client())

    def put(self, pair):
        for source, target in zip(pair, (self.certificate, self.key)):
            shutil.copy(source, target)

    def serving(self):
        """The name in the certificate that a new client is shown."""
        with self.recant.connect() as connection:
            (((_, name),),) = connection.getpeercert()["subject"]
            return name

    def test_sighup_takes_the_renewed_one_and_drops_nobody(self):
        held = self.recant.client()
        self.addCleanup(held.close)
        held.request("GET", "/healthz")
        self.assertEqual(held.getresponse().read(), b'{"status":"alive"}')
        first = held.sock
        self.assertEqual(self.serving(), "first")
        self.put(self.authority.issue("second"))
        self.assertEqual(self.serving(), "first")  # not before it is asked
        self.recant.process.signal(signal.SIGHUP)
        wait_until(lambda: self.serving() == "second", "new clients see the renewed certificate")
        held.request("GET", "/healthz")
        self.assertEqual(held.getresponse().status, 200)
        self.assertIs(held.sock, first)
        self.put(self.authority.issue("third"))
        self.recant.process.signal(signal.SIGHUP)
        wait_until(lambda: self.serving() == "third", "and again")

    def test_a_bad_renewal_leaves_the_old_one_and_an_error_in_the_log(self):
        other = self.authority.issue("other")
        for number, (pair, says) in enumerate((
                ((other[0], self.authority.issue("another")[1]), "not that of the certificate"),
                ((self.recant.config, other[1]), "BEGIN CERTIFICATE"),
                (None, "No such file"))):
            with self.subTest(says):
                if pair is None:
                    os.unlink(self.key)
                else:
                    self.put(pair)
                self.recant.process.signal(signal.SIGHUP)
                line = self.recant.line_with("was not renewed", says)
                self.assertIn("error", line.lower())
                self.assertIn(self.home, line)
                self.assertEqual(self.serving(), "first")
                self.assertEqual(self.recant.output().count("was not renewed"), number + 1)
        self.put(other)
        self.recant.process.signal(signal.SIGHUP)
        wait_until(lambda: self.serving() == "other", "a good one is taken again")

    def test_one_that_ends_soon_is_said_at_the_start(self):
        self.recant.terminate()
        self.put(self.authority.issue("short", days=3))
        self.recant.start()
        self.recant.line_with("warn", "live.pem", "expires at", "SIGHUP")


class Refusing(RecantTest):
    @classmethod
    def setUpClass(cls):
        """None of these serves."""

    def test_what_cannot_secure_is_refused_by_serve_and_by_config_check(self):
        home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        authority = Authority(home)
        certificate, key = authority.issue("localhost")
        other = authority.issue("other")[1]
        for cert, private, says in ((certificate, other, (certificate, other, "do not belong")),
                                    (key, key, (key, "BEGIN CERTIFICATE")),
                                    (certificate, home, (home, "is a directory")),
                                    (home + "/none", key, (home + "/none", "No such file"))):
            data = os.path.join(home, "data")
            config = os.path.join(home, "recant.toml")
            with open(config, "w") as file:
                file.write(configuration({"server.listen": f"127.0.0.1:{free_port()}",
                                          "server.data": data, "server.tls_cert": cert,
                                          "server.tls_key": private}))
            for command in (("serve",), ("config", "check")):
                done = subprocess.run([BINARY, *command, "--config", config], timeout=30,
                                      env=clean_environment(), capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, done)
                for part in says:
                    self.assertIn(part, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            self.assertFalse(os.path.exists(data))


if __name__ == "__main__":
    unittest.main()
