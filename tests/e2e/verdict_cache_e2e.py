"""G1, G3, G7 at the server: a token seen before is judged from memory, and never past the bound."""
import time
import unittest

from harness.bound import BOUND
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until
from harness.verbs import PASSWORD


class CacheTest(RecantTest):
    redis_options = ()

    def answers(self, source, recant=None):
        """How many checks were answered `valid` from there."""
        return (recant or self.recant).metrics().sum("recant_checks_total", verdict="valid", source=source)

    def known(self, recant=None):
        """Tokens of somebody, which the server has judged from memory."""
        recant = recant or self.recant
        tokens = recant.sign_in()

        def from_memory():
            before = self.answers("cache", recant)
            self.assertEqual(recant.check(tokens.access).status, 200)
            return self.answers("cache", recant) > before
        wait_until(from_memory, "a check is answered from memory")
        return tokens


class Remembering(CacheTest):
    settings = {"server.threads": 2}

    def test_G3_a_token_seen_before_asks_nothing(self):
        tokens = self.known()
        asked = self.existences_asked()
        before = self.answers("redis")
        for _ in range(50):
            self.assert_alive(tokens)
        # Now and then a lease may have been late, on a machine that builds something else.
        self.assertLessEqual(self.answers("redis") - before, 25)
        self.assertEqual(self.existences_asked() - asked, self.answers("redis") - before)

    def test_every_bearers_call_is_judged_so(self):
        tokens = self.known()
        before = self.answers("cache")
        for _ in range(10):
            self.assertEqual(self.recant.call("GET", "/v1/me", bearer=tokens.access).status, 200)
        self.assertGreater(self.answers("cache"), before)

    def test_who_it_is_is_told_alike(self):
        tokens = self.recant.sign_in()
        first = self.recant.check(tokens.access)
        again = [self.recant.check(tokens.access) for _ in range(5)]
        for answer in again:
            for name in ("X-Auth-Subject", "X-Auth-Session", "X-Auth-Scope", "X-Auth-Expires"):
                self.assertEqual(answer.header(name), first.header(name), name)

    def test_what_is_taken_back_here_is_refused_here_at_once(self):
        def password(tokens):
            self.recant.call("POST", "/v1/password", {"old_password": PASSWORD, "new_password": "another " + PASSWORD},
                             bearer=tokens.access)
        ways = {
            "logout": lambda t: self.recant.logout(t.access),
            "logout_all": lambda t: self.recant.call("POST", "/v1/logout-all", bearer=t.access),
            "a token": lambda t: self.recant.revoke(token=t.access),
            "a jti": lambda t: self.recant.revoke(jti=t.jti, exp=t.claims["exp"]),
            "a session": lambda t: self.recant.revoke(session=t.session),
            "a subject": lambda t: self.recant.revoke(subject=t.user_id),
            "everybody": lambda t: self.recant.revoke(all=True),
            "a password": password,
            "disable": lambda t: self.recant.admin("POST", f"/v1/admin/users/{t.user_id}/disable"),
            "delete": lambda t: self.recant.admin("DELETE", f"/v1/admin/users/{t.user_id}")}
        for name, act in ways.items():
            with self.subTest(name):
                for _ in range(5):
                    tokens = self.known()
                    act(tokens)
                    self.assertEqual(self.recant.check(tokens.access).status, 401)

    def test_a_reused_refresh_token_ends_its_session_here_at_once(self):
        recant = self.start({"refresh.grace": "0s"}, redis=self.start_redis())
        first = recant.sign_in()
        newer = recant.refresh(first)
        wait_until(lambda: recant.check(newer.access).status == 200 and self.answers("cache", recant) > 0,
                   "it is known")
        self.assert_problem(recant.try_refresh(first.refresh), "invalid_grant", "reused")
        self.assertEqual(recant.check(newer.access).status, 401)

    def test_a_retired_key_ends_what_it_signed_at_once(self):
        recant = self.start(redis=self.start_redis())
        tokens = self.known(recant)
        answer = recant.admin("POST", "/v1/admin/keys/rotate", {"retire": "all"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(recant.check(tokens.access).status, 401)

    def test_a_lease_has_an_age(self):
        age, = self.recant.metrics().values("recant_lease_age_seconds")
        self.assertGreaterEqual(age, 0)

    def existences_asked(self):
        """Once a question, and by nothing else while nobody signs in."""
        stats = self.recant.redis("INFO", "commandstats")
        return next((int(line.split("calls=")[1].split(",")[0]) for line in stats.splitlines()
                     if line.startswith("cmdstat_exists:")), 0)


class Elsewhere(CacheTest):
    def test_G1_another_server_refuses_within_the_bound(self):
        other = self.start(redis=self.recant.server)
        for _ in range(10):
            theirs = self.known(other)
            self.assertEqual(self.recant.revoke(session=theirs.session).status, 200)
            acknowledged = time.monotonic()
            while True:
                began = time.monotonic()
                status = other.check(theirs.access).status
                if status == 401:
                    break
                self.assertEqual(status, 200)
                self.assertLess(began - acknowledged, BOUND)

    def test_G1_a_foreign_hand_is_heard_within_the_bound(self):
        tokens = self.known()
        self.recant.redis("SET", f"blacklist:jti:{tokens.jti}", "1", "EX", 900)  # waits out the bound
        self.assertEqual(self.recant.check(tokens.access).status, 401)


class RedisGoes(CacheTest):
    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def test_G7_a_silent_redis_is_believed_no_longer_than_the_bound(self):
        redis = self.start_redis()
        recant = self.start({"redis.timeout": "100ms"}, redis=redis)
        tokens = self.known(recant)
        redis.process.pause()
        time.sleep(BOUND)
        self.assert_problem(recant.check(tokens.access), "unavailable")
        redis.process.go_on()
        wait_until(lambda: recant.check(tokens.access).status == 200, "it is answered again")

    def test_G7_a_redis_that_is_gone_is_not_believed(self):
        redis = self.start_redis()
        recant = self.start({"redis.timeout": "100ms"}, redis=redis)
        tokens = self.known(recant)
        redis.kill()
        time.sleep(BOUND)
        self.assert_problem(recant.check(tokens.access), "unavailable")

    def test_what_was_valid_may_be_allowed_for_a_while(self):
        redis = self.start_redis()
        recant = self.start({"redis.timeout": "100ms", "verify.on_unavailable": "allow_cached_for:5s"}, redis=redis)
        self.assertIn("allow_cached_for", recant.output())
        dead = self.known(recant)
        recant.revoke(session=dead.session)
        unseen = recant.sign_in()
        tokens = self.known(recant)
        redis.kill()
        time.sleep(BOUND)
        self.assertEqual(recant.check(tokens.access).status, 200)
        self.assertGreaterEqual(self.answers("outlived", recant), 1)
        self.assert_problem(recant.check(dead.access), "unavailable")
        self.assert_problem(recant.check(unseen.access), "unavailable")
        wait_until(lambda: recant.check(tokens.access).status == 503, "the allowance has ended")


class TooMuchMemory(CacheTest):
    @classmethod
    def setUpClass(cls):
        """It does not start."""

    def test_a_cache_that_cannot_be_had_is_named(self):
        recant = self.start({"verify.cache_entries": 16777216}, redis=self.start_redis(), start=False)
        recant.wrapper = ["sh", "-c", 'ulimit -v 8000000 && exec "$@"', "sh"]
        recant.launch(free_port())
        self.assertEqual(recant.process.wait(30), 1)
        self.assertIn("verify.cache_entries = 16777216 asks for", recant.output())
        self.assertIn("Set fewer entries", recant.output())


class WithoutMemory(CacheTest):
    settings = {"verify.cache_entries": 0}

    def test_every_check_asks(self):
        tokens = self.recant.sign_in()
        for _ in range(5):
            self.assert_alive(tokens)
        self.assertEqual(self.answers("cache"), 0)
        self.assertEqual(self.answers("redis"), 5)


if __name__ == "__main__":
    unittest.main()
