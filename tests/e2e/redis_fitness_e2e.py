"""Security bar R02: a Redis that is made unfit while Recant serves is believed no longer, nor one that comes unfit."""
import unittest

from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until


class MadeUnfit(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def setUp(self):
        self.redis = self.start_redis()

    def readyz(self, recant):
        return str(recant.call("GET", "/readyz").json)

    def test_eviction_that_is_switched_on(self):
        recant = self.start({}, redis=self.redis)
        tokens = recant.sign_in()
        self.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        self.redis("CONFIG", "SET", "maxmemory", "200mb")
        wait_until(lambda: recant.check(tokens.access).status == 503, "no check is answered any more")
        self.assert_problem(recant.try_refresh(tokens.refresh), "unavailable")
        self.assertIn("maxmemory-policy noeviction", self.readyz(recant))
        self.assertEqual(recant.call("GET", "/healthz").status, 200)
        self.assert_told_and_counted(recant, tokens)
        recant.line_with("no longer fit to serve", "allkeys-lru")
        self.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        recant.wait_ready()
        self.assert_alive(tokens, recant)
        recant.line_with("fit to serve again")

    def assert_told_and_counted(self, recant, tokens):
        # A server of which no counter moves is looked at by nobody.
        def counted():
            metrics = recant.metrics()
            return (metrics.sum("recant_checks_total", verdict="unavailable", reason="unfit"),
                    metrics.sum("recant_http_request_duration_seconds_count", route="/v1/check", code="503"))
        before = counted()
        for _ in range(10):
            answer = recant.check(tokens.access)
            self.assertEqual(answer.status, 503)
            self.assertIn("maxmemory-policy", answer.json["detail"])
        wait_until(lambda: counted() == (before[0] + 10, before[1] + 10), "ten refusals are counted")

    def test_where_it_was_accepted_it_goes_on(self):
        self.redis("CONFIG", "SET", "maxmemory", "200mb")
        self.redis("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
        recant = self.start({"redis.accept_eviction": True}, redis=self.redis)
        recant.line_with("accepted by redis.accept_eviction")
        self.assert_alive(recant.sign_in(), recant)

    def test_it_ends_while_it_looks(self):
        recant = self.start({}, redis=self.redis)
        self.redis.process.pause()
        try:
            self.assertEqual(recant.terminate(), 0)
        finally:
            self.redis.process.go_on()


class ComesLate(RecantTest):
    """Recant listens before its Redis does."""

    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def start_first(self, redis):
        redis.kill()
        recant = self.start({}, redis=redis, start=False)
        recant.launch(free_port())
        recant.line_with("waiting for Redis")
        wait_until(lambda: self.answers(recant), "it listens")
        return recant

    def answers(self, recant):
        try:
            return recant.call("GET", "/healthz").status == 200
        except OSError:
            return False

    def test_one_that_is_fit_is_believed(self):
        redis = self.start_redis()
        recant = self.start_first(redis)
        self.assertEqual(recant.call("GET", "/readyz").status, 503)
        self.assertIn("Redis cannot be reached yet", str(recant.call("GET", "/readyz").json))
        self.assert_problem(recant.check("x"), "unavailable")
        redis.start()
        recant.wait_ready()
        self.assert_alive(recant.sign_in(), recant)

    def test_one_that_may_evict_ends_the_wait(self):
        redis = self.start_redis("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
        recant = self.start_first(redis)
        redis.start()
        self.assertEqual(recant.process.wait(), 1)
        self.assertIn("maxmemory-policy noeviction", recant.output().splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
