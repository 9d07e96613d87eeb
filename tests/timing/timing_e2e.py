"""Q11: how long an answer takes tells nobody how much of a secret was right, nor who has an account.

Kinds are drawn at random for each measurement, so that whatever else the machine does falls on both. Each way of
measuring is shown to notice a difference that is there.
"""
import array
import gc
import itertools
import json
import os
import random
import subprocess
import time
import unittest

from harness.case import RecantTest
from harness.verbs import decode, encode

from welch import NOTICED, largest_t

UNKNOWN = [f"other{number:04}" for number in range(32)]


class Comparing(unittest.TestCase):
    """In memory: the first byte of a MAC is wrong, or the last."""

    def largest_t(self, name, count=1_000_000):  # as many as Q11 asks for
        done = subprocess.run([os.environ["TIMING_PROBE"], name, str(count)], capture_output=True, timeout=600)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        measured = array.array("Q", done.stdout)
        self.assertGreaterEqual(len(measured), count)
        return largest_t(*([value >> 1 for value in measured if value & 1 == kind] for kind in (0, 1)))

    def test_Q11_one_that_stops_early_is_noticed(self):
        self.assertGreater(self.largest_t("early", 100_000), NOTICED)

    def test_Q11_CVE_2024_25189_CVE_2024_25190_a_MAC_is_compared_in_one_time(self):
        for name in ("compare", "mac"):
            with self.subTest(name):
                self.assertLess(self.largest_t(name), NOTICED)

    def test_Q11_a_refresh_token_is_opened_in_one_time(self):
        self.assertLess(self.largest_t("refresh"), NOTICED)


class Answering(RecantTest):
    """By a server, as a client on the same machine sees it."""
    # Each attempt comes from an address of its own: nobody waits (ADR 13).
    settings = {"server.trusted_proxies": ["127.0.0.1"]}
    redis_options = ()  # one that does not wait for a disk

    _addresses = itertools.count()

    def times(self, count, kinds):
        """`kinds`: two functions that make a request. Nanoseconds of the answers to each."""
        found = ([], [])
        with self.recant.connect(60) as connection:
            gc.disable()
            self.addCleanup(gc.enable)
            for _ in range(count):
                kind = random.getrandbits(1)
                wire = self.from_elsewhere(kinds[kind]())
                begun = time.perf_counter_ns()
                connection.sendall(wire)
                head = connection.recv(65536)
                found[kind].append(time.perf_counter_ns() - begun)
                self.assertTrue(head.startswith(b"HTTP/1.1 401 "), head)
                self.assertTrue(head.endswith(b"}"), head)  # all of it came at once
        return found

    def from_elsewhere(self, wire):
        number = next(self._addresses)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return wire.replace(b"\r\n", f"\r\nX-Forwarded-For: {address}\r\n".encode(), 1)

    def test_Q11_A15_a_name_without_an_account_takes_as_long(self):
        known = [self.recant.create_user(f"known{number:04}").name for number in range(32)]
        kinds = (lambda: login(random.choice(known)), lambda: login(random.choice(UNKNOWN)))
        self.assertLess(largest_t(*self.times(6000, kinds)), NOTICED)

    def test_Q11_a_password_that_is_not_hashed_is_noticed(self):
        """One is too long to be anybody's, and so costs nothing."""
        kinds = (lambda: login(random.choice(UNKNOWN)), lambda: login(random.choice(UNKNOWN), "x" * 1025))
        self.assertGreater(largest_t(*self.times(200, kinds)), NOTICED)

    def test_Q11_a_refresh_token_tells_nobody_which_session_lives(self):
        alive = [self.recant.open_session(f"subject-{number:02}").refresh for number in range(32)]
        kinds = (lambda: refresh_forged(random.choice(alive)), lambda: refresh_forged(random.choice(alive), os.urandom(10)))
        self.assertLess(largest_t(*self.times(50_000, kinds)), NOTICED)


def post(path, body):
    text = json.dumps(body).encode()
    return (f"POST {path} HTTP/1.1\r\nHost: recant\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n").encode() + text


def login(name, password="not the password"):
    return post("/v1/login", {"username": name, "password": password})


def refresh_forged(token, sid_end=b""):
    """With one byte of its MAC wrong, and with `sid_end` of a session that nobody opened."""
    raw = bytearray(decode(token.removeprefix("rt_")))
    raw[25 - len(sid_end):25] = sid_end
    raw[-random.randint(1, 32)] ^= random.randint(1, 255)
    return post("/v1/refresh", {"refresh_token": "rt_" + encode(raw)})


if __name__ == "__main__":
    unittest.main()
