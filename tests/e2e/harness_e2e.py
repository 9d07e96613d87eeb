"""The harness itself: its checks can fail, and what it starts cannot outlive it."""
import glob
import json
import os
import signal
import subprocess
import sys
import unittest
import unittest.mock

from harness import record
from harness.case import RecantTest
from harness.http import Answer, check_manners
from harness.jws import signature_is_good
from harness.process import is_running, wait_until
from harness.recant import Recant
from harness.record import Record
from harness.redis_server import RedisServer
from harness.secrets import Secrets
from harness.verbs import PASSWORD, decode, encode

PROBLEM = (b'{"status":401,"title":"Unauthorized","code":"invalid_token","detail":"No."}')
HEADERS = [("X-Request-Id", "1"), ("Content-Type", "application/problem+json"),
           ("WWW-Authenticate", 'Bearer realm="recant"')]


class ItsChecks(unittest.TestCase):
    def refused(self, path, status, headers, body=b""):
        with self.assertRaises(AssertionError):
            check_manners(Answer("GET", path, status, headers, body))

    def without(self, name, *instead):
        return [h for h in HEADERS if h[0] != name] + list(instead)

    def test_good_manners_pass(self):
        check_manners(Answer("GET", "/v1/check", 401, HEADERS, PROBLEM))

    def test_bad_manners_do_not(self):
        for headers in (self.without("X-Request-Id"), HEADERS + [("X-Request-Id", "2")],
                        self.without("WWW-Authenticate"), HEADERS + [("X-Auth-Subject", "x")],
                        self.without("Content-Type", ("Content-Type", "application/json"))):
            self.refused("/v1/check", 401, headers, PROBLEM)
        self.refused("/v1/check", 404, HEADERS, PROBLEM)
        self.refused("/v1/me", 403, HEADERS, PROBLEM)
        self.refused("/v1/me", 401, HEADERS, PROBLEM.replace(b'"detail"', b'"details"'))
        self.refused("/v1/check", 200, [("X-Request-Id", "1")])
        self.refused("/v1/login", 200, [("X-Request-Id", "1")], b'{"refresh_token":"rt_x"}')

    def test_a_secret_in_a_log_is_found(self):
        secrets = Secrets()
        secrets.note({"password": "correct horse"})
        token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"
        secrets.note_text(f'{{"access_token":"{token}"}}'.encode())
        secrets.must_not_stand_in("login.ok subject=1", "a clean log")
        for leak in ("tried correct horse", token, token.rpartition(".")[2],
                     "rt_" + "A" * 60, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.x"):
            with self.assertRaises(AssertionError):
                secrets.must_not_stand_in(f"level=info {leak} end", "a log")


class ItsRecord(RecantTest):
    """What a server wrote is held against every secret of the run, when it ends."""

    @classmethod
    def setUpClass(cls):
        """Each of these starts a server that must not end well."""

    def setUp(self):
        """A record of its own: what is planted here is nobody else's trouble."""
        patch = unittest.mock.patch("harness.record.current", Record())
        patch.start()
        self.addCleanup(patch.stop)

    def assert_ends_badly(self, recant, part):
        with self.assertRaisesRegex(AssertionError, part):
            recant.end()
        self.assertFalse(is_running(recant.process.pid))
        self.assertFalse(os.path.exists(recant.home))

    def planted(self, line_of, part="holds"):
        recant = Recant()
        tokens = recant.sign_in()
        with open(recant.log, "a") as log:
            log.write(f"level=info something={line_of(recant, tokens)} end\n")
        self.assert_ends_badly(recant, part)

    def test_a_server_that_logged_nothing_of_it_ends_well(self):
        recant = Recant()
        recant.logout(recant.sign_in().access)
        self.assertIn("session.revoked", recant.line_with("session.revoked"))
        recant.end()
        record.current.check()

    def test_each_kind_of_secret_is_found_in_a_log(self):
        for secret in (lambda _, tokens: tokens.access, lambda _, tokens: tokens.refresh,
                       lambda _, tokens: tokens.access.rpartition(".")[2],
                       lambda _, tokens: tokens.refresh[3:],
                       lambda recant, _: recant.admin_key, lambda *_: PASSWORD,
                       lambda recant, _: file_in(recant.data, "keys/*.pem").splitlines()[1],
                       lambda recant, _: file_in(recant.data, "keys/*.secret").strip(),
                       lambda *_: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"):
            self.planted(secret)

    def test_a_secret_that_only_another_server_knew_is_found(self):
        one, other = Recant(), Recant()
        self.addCleanup(one.end)
        with open(other.log, "a") as log:
            log.write(one.sign_in().access)
        self.assert_ends_badly(other, "holds")

    def test_a_secret_that_became_known_later_is_found_at_the_end_of_the_module(self):
        record.current.keep("a log", "level=info password=later-on-known")
        record.current.check_new()
        record.current.secrets.note({"password": "later-on-known"})
        with self.assertRaisesRegex(AssertionError, "a log holds"):
            record.current.check()

    def test_a_secret_in_a_scrape_is_found(self):
        recant = Recant()
        tokens = recant.sign_in()
        Answer("GET", "/metrics", 200, [], f'recant_x{{reason="{tokens.access}"}} 1\n'.encode())
        self.assert_ends_badly(recant, "the answer to GET /metrics holds")

    def test_reports_of_sanitizers_and_crashes_are_found(self):
        for line in ("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1",
                     "x.cpp:1:2: runtime error: signed integer overflow",
                     "WARNING: ThreadSanitizer: data race (pid=7)",
                     "terminate called after throwing an instance of 'std::bad_alloc'"):
            self.planted(lambda *_, line=line: line, "tells of a crash")

    def test_an_end_by_a_fault_is_found(self):
        recant = Recant()
        os.kill(recant.process.pid, signal.SIGSEGV)
        recant.process.wait()
        self.assert_ends_badly(recant, "ended by -11")


def file_in(directory, pattern):
    with open(glob.glob(os.path.join(directory, pattern))[0]) as file:
        return file.read()


class ItsSignatures(unittest.TestCase):
    def test_the_examples_of_the_rfcs(self):
        """RFC 7515 A.1 to A.3, RFC 7520 4.2 and 4.3, RFC 8037 A.5."""
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness/rfc_examples.json")
        with open(path) as file:
            examples = json.load(file)
        self.assertEqual(len(examples), 6)
        for example in examples:
            key, alg, token = example["key"], example["alg"], example["token"]
            with self.subTest(example["from"]):
                self.assertTrue(signature_is_good(key, alg, token))
                signed, _, signature = token.rpartition(".")
                self.assertFalse(signature_is_good(key, alg, f"{signed}x.{signature}"))
                flipped = bytearray(decode(signature))
                flipped[len(flipped) // 2] ^= 1
                self.assertFalse(signature_is_good(key, alg, f"{signed}.{encode(flipped)}"))


class WhatItStarts(unittest.TestCase):
    def test_ends_with_a_test_that_is_killed(self):
        script = ("import time; from harness.redis_server import RedisServer; r = RedisServer();"
                  "print(r.process.pid, r.directory, flush=True); time.sleep(600)")
        test = subprocess.Popen([sys.executable, "-B", "-c", script], stdout=subprocess.PIPE,
                                text=True)
        pid, directory = test.stdout.readline().split()
        self.assertTrue(is_running(int(pid)))
        test.send_signal(signal.SIGKILL)
        test.wait()
        test.stdout.close()
        wait_until(lambda: not is_running(int(pid)), "redis-server has ended with it")
        subprocess.run(["rm", "-r", directory], check=True)

    def test_ends_with_a_class_that_fails(self):
        class Failing(RecantTest):
            @classmethod
            def setUpClass(cls):
                cls.server = cls.ends(RedisServer())
                raise RuntimeError("on purpose")

            def test(self):
                """Never runs."""

        result = unittest.TestResult()
        unittest.TestSuite([Failing("test")]).run(result)
        self.assertEqual(len(result.errors), 1)
        self.assertFalse(is_running(Failing.server.process.pid))
        self.assertFalse(os.path.exists(Failing.server.directory))


if __name__ == "__main__":
    unittest.main()
