"""Whoever guesses passwords waits, and nobody else (docs/adr/0013)."""
import concurrent.futures
import unittest

from harness.case import RecantTest
from harness.verbs import PASSWORD

HOME, STRANGE = "203.0.113.7", "198.51.100.66"


class Throttle(RecantTest):
    """Behind a proxy that is trusted, so that each call comes from where it says. Whoever guesses does so at a user of
    its own; addresses belong to one test each, or fail too seldom to matter."""

    settings = {"server.trusted_proxies": ["127.0.0.1"]}

    def setUp(self):
        self.alice, self.bob = self.recant.create_user(), self.recant.create_user()

    def login(self, name, password, address):
        body = {"username": name, "password": password}
        return self.recant.call("POST", "/v1/login", body, headers=[("X-Forwarded-For", address)])

    def fail(self, name, address, times):
        return [self.login(name, "wrong password", address).status for _ in range(times)]

    def test_A17_too_many_wrong_passwords_are_429_with_retry_after(self):
        self.assertEqual(self.fail(self.alice.name, STRANGE, 5), [401] * 5)
        answer = self.login(self.alice.name, "wrong password", STRANGE)
        self.assert_problem(answer, "throttled")
        self.assertEqual(answer.header("Retry-After"), "1")
        self.assertIsNone(answer.header("WWW-Authenticate"))

    def test_A17_the_right_password_waits_too(self):
        self.fail(self.alice.name, STRANGE, 8)
        self.assert_problem(self.login(self.alice.name, PASSWORD, STRANGE), "throttled")

    def test_A03_a_stranger_locks_nobody_out(self):
        self.fail(self.alice.name, STRANGE, 8)
        self.assert_tokens(self.login(self.alice.name, PASSWORD, HOME))

    def test_two_behind_one_proxy_do_not_wait_for_one_another(self):
        self.fail(self.alice.name, HOME, 8)
        self.assert_tokens(self.login(self.bob.name, PASSWORD, HOME))
        self.fail(self.bob.name, "203.0.113.8", 8)
        self.assert_tokens(self.login(self.bob.name, PASSWORD, "203.0.113.9"))

    def test_A03_a_name_without_an_account_is_treated_alike(self):
        self.assertEqual(self.fail("nobody at all", STRANGE, 6), self.fail(self.alice.name, STRANGE, 6))

    def test_a_name_is_one_however_it_is_spelled(self):
        name = self.alice.name
        for spelled in (name, name.upper(), name.capitalize(), name, name.upper()):
            self.fail(spelled, STRANGE, 1)
        self.assertEqual(self.fail(name.swapcase(), STRANGE, 1), [429])

    def test_a_burst_is_counted_before_it_is_judged(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(lambda _: self.fail(self.alice.name, STRANGE, 1)[0], range(16)))
        self.assertLessEqual(statuses.count(401), 7, "five, and the next after 1 and after 2 seconds")
        self.assertGreaterEqual(statuses.count(401), 5)
        self.assertEqual(statuses.count(401) + statuses.count(429), 16)

    def test_the_old_password_of_a_change_is_counted_too(self):
        tokens = self.recant.login(self.alice)
        body = {"old_password": "wrong password", "new_password": "another long password"}
        statuses = [self.recant.call("POST", "/v1/password", body, tokens.access, [("X-Forwarded-For", STRANGE)]).status
                    for _ in range(6)]
        self.assertEqual(statuses, [403] * 5 + [429])

    def test_the_log_tells_who_had_to_wait(self):
        address = "198.51.100.99"
        self.fail(self.alice.name, address, 6)
        line = self.recant.line_with('"login.throttled"', address)
        self.assertIn(self.alice.id, line)


if __name__ == "__main__":
    unittest.main()
