"""Promise G7: whatever happens to Redis, unknown means no, and service returns by itself."""
import concurrent.futures
import time
import unittest

from harness.case import RecantTest
from harness.process import wait_until
from harness.resp import RedisError

TIMEOUT = 0.5  # s, redis.timeout of these tests


def at_once(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


class FaultTest(RecantTest):
    settings = {"redis.timeout": f"{TIMEOUT * 1000:.0f}ms"}

    def begin(self, *options, **more):
        self.redis = self.start_redis(*options, **more)
        self.recant = self.start(self.settings, redis=self.redis)
        self.user = self.recant.create_user()
        self.tokens = self.recant.login(self.user)

    def calls(self):
        """Each call that needs Redis, all at once."""
        t, recant = self.tokens, self.recant
        return at_once(
            lambda: recant.check(t.access),
            lambda: recant.check(t.access, method="POST", path="/v1/check/x"),
            lambda: recant.call("GET", "/v1/me", bearer=t.access),
            lambda: recant.call("GET", "/v1/sessions", bearer=t.access),
            lambda: recant.call("DELETE", f"/v1/sessions/{t.session}", bearer=t.access),
            lambda: recant.try_refresh(t.refresh),
            lambda: recant.try_login(self.user.name, self.user.password),
            lambda: recant.call("POST", "/v1/logout-all", bearer=t.access),
            lambda: recant.admin("POST", "/v1/admin/sessions", {"subject": "s"}),
            lambda: recant.admin("GET", f"/v1/admin/users/{self.user.id}/sessions"))

    def revocations(self):
        t, recant = self.tokens, self.recant
        return at_once(
            lambda: recant.logout(t.access),
            lambda: recant.call("POST", "/v1/logout", {"refresh_token": t.refresh}),
            lambda: recant.revoke(token=t.access), lambda: recant.revoke(session=t.session),
            lambda: recant.revoke(subject=self.user.id), lambda: recant.revoke(all=True),
            lambda: recant.admin("POST", f"/v1/admin/users/{self.user.id}/disable"))

    def assert_unavailable(self, answers):
        for answer in answers:
            self.assert_problem(answer, "unavailable")

    def assert_alive_again(self):
        self.recant.wait_ready()
        self.recant.admin("POST", f"/v1/admin/users/{self.user.id}/enable")
        tokens = self.recant.login(self.user)
        self.assert_alive(tokens)
        self.recant.refresh(tokens)
        self.assertFalse(self.recant.process.ended())


class RedisGoes(FaultTest):
    def test_killed_503_and_back_by_itself(self):
        self.begin()
        self.redis.kill()
        self.assert_unavailable(self.calls())
        self.assert_unavailable(self.revocations())
        # what needs no Redis is answered as ever
        self.assert_invalid_token(self.recant.check("x"))
        self.assertEqual(self.recant.call("GET", "/.well-known/jwks.json").status, 200)
        self.assertEqual(self.recant.call("GET", "/healthz").status, 200)
        ready = self.recant.call("GET", "/readyz")
        self.assertEqual(ready.status, 503)
        self.assertRegex(ready.body.decode().lower(), "redis")
        self.redis.start()
        self.assert_alive_again()

    def test_comes_back_empty_and_nothing_is_believed(self):
        self.begin()
        self.redis.kill()
        self.assertEqual(self.recant.check(self.tokens.access).status, 503)
        self.redis.start()
        self.recant.wait_ready()
        self.assert_invalid_token(self.recant.check(self.tokens.access))
        refreshed = self.recant.try_refresh(self.tokens.refresh)
        self.assert_problem(refreshed, "invalid_grant", "revoked")
        self.assert_alive_again()

    def test_its_scripts_are_forgotten(self):
        self.begin()
        for _ in range(3):
            self.redis("SCRIPT", "FLUSH")
            self.tokens = self.recant.refresh(self.tokens)
        self.redis("SCRIPT", "FLUSH")
        self.recant.logout(self.tokens.access)
        self.assert_dead(self.tokens, "logout")

    def test_its_connections_are_cut_again_and_again(self):
        self.begin()
        for _ in range(5):
            self.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            answer = self.recant.check(self.tokens.access)
            self.assertIn(answer.status, (200, 503))
            wait_until(lambda: self.recant.check(self.tokens.access).status == 200,
                       "it is asked again")
        self.recant.refresh(self.tokens)

    def test_over_tcp_too(self):
        self.begin(tcp=True)
        self.assert_alive(self.tokens)
        self.redis.kill()
        self.assert_unavailable(self.calls())
        self.redis.start()
        self.assert_alive_again()


class RedisHangs(FaultTest):
    def test_stopped_503_within_the_deadline_and_back_after_it_goes_on(self):
        self.begin()
        self.redis.process.pause()
        try:
            for answer in self.timed(self.calls):
                self.assert_problem(answer, "unavailable")
            self.assert_unavailable(self.revocations())
            self.assertEqual(self.recant.call("GET", "/healthz").status, 200)
            self.assertEqual(self.recant.call("GET", "/readyz").status, 503)
        finally:
            self.redis.process.go_on()
        self.assert_alive_again()

    def test_what_was_sent_before_the_hang_may_count_but_was_never_promised(self):
        """A revocation answered 503 may have happened; nothing may come out of it that lives on."""
        self.begin()
        self.redis.process.pause()
        self.assert_problem(self.recant.logout(self.tokens.access), "unavailable")
        self.redis.process.go_on()
        self.recant.wait_ready()
        self.assert_empty(self.recant.logout(self.tokens.access), 204)
        self.assert_dead(self.tokens, "logout")

    def test_a_refresh_lost_in_the_hang_can_be_repeated(self):
        self.begin()
        self.redis.process.pause()
        self.assert_problem(self.recant.try_refresh(self.tokens.refresh), "unavailable")
        self.redis.process.go_on()
        self.recant.wait_ready()
        newer = self.recant.refresh(self.tokens)  # O11: no lock-out, no fork
        self.assertEqual(self.recant.refresh(self.tokens).refresh, newer.refresh)

    def timed(self, calls):
        """None waits for longer than the deadline; the rest is room for a busy machine."""
        begun = time.monotonic()
        answers = calls()
        self.assertLess(time.monotonic() - begun, 10 * TIMEOUT)
        return answers


class RedisRefusesWrites(FaultTest):
    def writes(self):
        t, recant = self.tokens, self.recant
        return at_once(
            lambda: recant.try_refresh(t.refresh),
            lambda: recant.try_login(self.user.name, self.user.password),
            lambda: recant.admin("POST", "/v1/admin/sessions", {"subject": "s"}))

    def refused(self, reads=200):
        for _ in range(3):
            self.assert_unavailable(self.writes())
            self.assertEqual(self.recant.check(self.tokens.access).status, reads)

    def test_out_of_memory_no_new_session_but_every_revocation(self):
        self.begin()
        others = [self.recant.login(self.user) for _ in range(4)]
        self.redis("CONFIG", "SET", "maxmemory", 1)
        self.refused()
        self.assertEqual(self.recant.call("GET", "/readyz").status, 503)
        self.assert_empty(self.recant.logout(others[0].access), 204)
        self.assertEqual(self.recant.revoke(token=others[1].access).status, 200)
        self.assertEqual(self.recant.revoke(session=others[2].session).status, 200)
        for tokens in others[:3]:
            self.assert_invalid_token(self.recant.check(tokens.access))
        self.assert_alive(others[3])
        self.assertEqual(self.recant.revoke(subject=self.user.id, wait=True).status, 200)
        self.assert_invalid_token(self.recant.check(others[3].access), "revoked: admin")
        self.assertEqual(self.recant.revoke(all=True).status, 200)
        self.redis("CONFIG", "SET", "maxmemory", 0)
        self.assert_dead(others[0], "logout")
        self.assert_alive_again()

    def test_read_only_replica(self):
        self.begin(tcp=True)
        primary = self.start_redis(tcp=True)
        self.redis("REPLICAOF", "127.0.0.1", primary.port)
        wait_until(lambda: "master_link_status:up" in self.redis("INFO", "replication"),
                   "it follows")
        for answer in self.writes() + self.revocations():
            self.assertNotEqual(answer.status, 200, answer)
            self.assertNotEqual(answer.status, 204, answer)
        self.assertNotEqual(self.recant.check(self.tokens.access).status, 200)
        self.redis("REPLICAOF", "NO", "ONE")
        self.assert_alive_again()

    def test_persistence_fails(self):
        self.begin("--enable-protected-configs", "yes")
        self.redis("CONFIG", "SET", "dir", "/proc/self")
        self.redis("CONFIG", "SET", "save", "1 1")
        self.redis("SET", "x", "1")

        def writes_are_refused():
            try:
                self.redis("SET", "x", "1")
            except RedisError as error:
                return str(error).startswith("MISCONF")
            return False
        wait_until(writes_are_refused, "writing is refused", 30)
        self.assert_unavailable(self.writes())
        self.assert_unavailable(self.revocations())
        self.redis("CONFIG", "SET", "save", "", "stop-writes-on-bgsave-error", "no")
        self.assert_alive_again()

    def test_a_password_is_asked_for_all_of_a_sudden(self):
        self.begin()
        self.redis("CONFIG", "SET", "requirepass", "open sesame")
        self.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        self.assertEqual(self.recant.check(self.tokens.access).status, 503)
        self.assert_unavailable(self.calls())
        self.redis("CONFIG", "SET", "requirepass", "")
        self.assert_alive_again()

    def test_a_command_is_forbidden_all_of_a_sudden(self):
        self.begin()
        self.redis("ACL", "SETUSER", "default", "-evalsha", "-eval")
        self.assert_unavailable(self.writes())
        self.redis("ACL", "SETUSER", "default", "-@all", "+acl")
        self.assert_unavailable(self.calls())
        self.redis("ACL", "SETUSER", "default", "+@all")
        self.assert_alive_again()


if __name__ == "__main__":
    unittest.main()
