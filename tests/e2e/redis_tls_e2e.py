"""Security bar A11, R30, R33: a Redis that speaks TLS only, wants client certificates and lets nobody in by default; and whom Recant
does not speak to. Contract §4: redis.ca, redis.cert, redis.key, rediss://."""
import os
import shutil
import tempfile
import unittest

from harness.authority import Authority
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until
from harness.recant import Recant
from harness.resp import Resp
from harness.tls_redis import SECRET, TlsRedisServer


class TlsTest(RecantTest):
    @classmethod
    def setUpClass(cls):
        cls.shelf = tempfile.mkdtemp(prefix="recant-e2e-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.shelf)
        cls.authority = Authority(cls.shelf)
        cls.strangers = Authority(cls.shelf, "Another Root")
        cls.good = cls.authority.issue("redis")
        cls.client = cls.authority.issue("recant", "DNS:recant")

    def shut_redis(self, certificate=None, **more):
        redis = TlsRedisServer(self.authority, certificate or self.good, self.client, **more)
        self.addCleanup(redis.end)
        return redis

    def tls_settings(self, **more):
        settings = {"redis.ca": self.authority.cert, "redis.cert": self.client.cert, "redis.key": self.client.key}
        return settings | {f"redis.{key}": value for key, value in more.items()}

    def serve(self, redis, start=True, **more):
        recant = Recant({k: v for k, v in self.tls_settings(**more).items() if v}, redis, start=False)
        self.addCleanup(recant.end)
        recant.secrets.keep(SECRET)
        if start:
            recant.start()
        return recant

    def readyz(self, recant):
        return str(recant.call("GET", "/readyz").json)

    def assert_refused_at_start(self, redis, words, **more):
        recant = self.serve(redis, start=False, **more)
        recant.launch(0)
        self.assertEqual(recant.process.wait(30), 1)
        self.assertIn(words, recant.output())


class WithTheDoorsShut(TlsTest):
    """One server for all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.redis = cls.ends(TlsRedisServer(cls.authority, cls.good, cls.client))
        settings = {"redis.ca": cls.authority.cert, "redis.cert": cls.client.cert, "redis.key": cls.client.key}
        cls.recant = cls.ends(Recant(settings, cls.redis))
        cls.recant.secrets.keep(SECRET)

    def test_the_doors_are_shut(self):
        with self.assertRaises(ConnectionError):
            Resp(("127.0.0.1", self.redis.port))("PING")
        self.assertEqual(self.redis("CONFIG", "GET", "port"), ["port", "0"])
        self.assertIn("off", self.redis("ACL", "GETUSER", "default")[1])

    def test_sign_in_refresh_check_logout(self):
        tokens = self.recant.sign_in()
        self.assert_alive(tokens)
        newer = self.recant.refresh(tokens)
        self.assert_alive(newer)
        self.assert_empty(self.recant.logout(newer.access), 204)
        self.assert_dead(newer, "logout")
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: logout")

    def test_logout_everywhere(self):
        user = self.recant.create_user()
        sessions = [self.recant.login(user) for _ in range(3)]
        answer = self.recant.call("POST", "/v1/logout-all", bearer=sessions[0].access)
        self.assertEqual(answer.json, {"sessions": 3})
        for tokens in sessions:
            self.assert_dead(tokens, "logout_all")
        self.assert_alive(self.recant.login(user))

    def test_revoke_all(self):
        sessions = [self.recant.sign_in() for _ in range(2)]
        self.assertEqual(self.recant.revoke(all=True).status, 200)
        for tokens in sessions:
            self.assert_dead(tokens, "admin")
        self.assert_alive(self.recant.sign_in())

    def test_every_thread_speaks_tls_as_its_user(self):
        clients = [line for line in self.redis("CLIENT", "LIST").splitlines() if "user=recant" in line]
        self.assertGreaterEqual(len(clients), 1)


class OverTime(TlsTest):
    def test_redis_restarts(self):
        redis = self.shut_redis(persistent=True)
        recant = self.serve(redis)
        alive, dead = recant.sign_in(), recant.sign_in()
        self.assert_empty(recant.logout(dead.access), 204)
        redis.kill()
        self.assert_problem(recant.check(alive.access), "unavailable")
        redis.start()
        recant.wait_ready()
        self.assert_alive(alive, recant)
        self.assert_dead(dead, "logout", recant)

    def test_a_certificate_that_is_bad_is_told_and_a_renewed_one_is_taken(self):
        redis = self.shut_redis(persistent=True)
        recant = self.serve(redis)
        tokens = recant.sign_in()
        for certificate, words in ((self.authority.issue("redis", days=-1), "expired on"),
                                   (self.authority.issue("redis", "DNS:elsewhere"), "is for elsewhere and not for localhost"),
                                   (self.strangers.issue("redis"), "is signed by CN=Another Root")):
            with self.subTest(words=words):
                redis.certificate = certificate
                redis.restart()
                wait_until(lambda: words in self.readyz(recant), "/readyz says what is wrong")
                self.assert_problem(recant.check(tokens.access), "unavailable")
                recant.line_with("Redis cannot be asked", words)
                redis.certificate = self.authority.issue("redis")
                redis.restart()
                recant.wait_ready()
                self.assert_alive(tokens, recant)

    def test_a_renewed_client_certificate_counts_from_the_next_connection(self):
        redis = self.shut_redis(persistent=True)
        own = os.path.join(self.shelf, "own.pem"), os.path.join(self.shelf, "own.key")
        self.put(self.authority.issue("recant", days=1), own)
        recant = self.serve(redis, cert=own[0], key=own[1])
        tokens = recant.sign_in()
        self.put(self.strangers.issue("recant"), own)
        self.assert_alive(tokens, recant)
        redis.restart()
        wait_until(lambda: "refuses our client certificate" in self.readyz(recant), "/readyz says what is wrong")
        self.assert_problem(recant.check(tokens.access), "unavailable")
        self.put(self.authority.issue("recant"), own)
        recant.wait_ready()
        self.assert_alive(tokens, recant)

    @staticmethod
    def put(certificate, files):
        for made, file in zip(certificate, files):
            shutil.copy(made, file + ".new")
            os.replace(file + ".new", file)


class Refused(TlsTest):
    """At start, by its words; and whoever is refused has heard nothing of ours."""

    def assert_heard_nothing(self, redis):
        said = redis("INFO", "commandstats")
        self.assertNotIn("hello", said)

    def test_an_expired_certificate(self):
        redis = self.shut_redis(self.authority.issue("redis", days=-1))
        self.assert_refused_at_start(redis, "its certificate, or one above it, expired on")
        self.assert_heard_nothing(redis)

    def test_another_name(self):
        redis = self.shut_redis(self.authority.issue("localhost", "DNS:elsewhere,IP:10.0.0.7"))
        self.assert_refused_at_start(redis, "its certificate is for elsewhere, 10.0.0.7 and not for localhost; write")
        self.assert_heard_nothing(redis)

    def test_another_authority(self):
        redis = self.shut_redis(self.strangers.issue("redis"))
        self.assert_refused_at_start(redis, "its certificate is signed by CN=Another Root, which is not known here")
        self.assert_heard_nothing(redis)

    def test_the_systems_authorities_do_not_know_ours(self):
        redis = self.shut_redis()
        self.assert_refused_at_start(redis, "its certificate is signed by CN=Our Root, which is not known here; name", ca="")
        self.assert_heard_nothing(redis)

    def test_no_client_certificate(self):
        redis = self.shut_redis()
        self.assert_refused_at_start(redis, "it wants a client certificate; set redis.cert and redis.key", cert="", key="")
        self.assert_heard_nothing(redis)

    def test_a_client_certificate_of_another_authority(self):
        redis = self.shut_redis()
        own = self.strangers.issue("recant")
        self.assert_refused_at_start(redis, "it refuses our client certificate (", cert=own.cert, key=own.key)
        self.assert_heard_nothing(redis)

    def test_files_that_cannot_be_used(self):
        redis = self.shut_redis()
        self.assert_refused_at_start(redis, "redis.ca /nowhere cannot be read: No such file", ca="/nowhere")
        self.assert_refused_at_start(redis, "cannot be used: the private key is not that of the certificate",
                                     key=self.good.key)

    def test_a_password_that_is_wrong(self):
        redis = self.shut_redis()
        recant = self.serve(redis, start=False)
        recant.settings["redis.url"] = redis.url.replace(SECRET, "wrong-password")
        recant.launch(0)
        self.assertEqual(recant.process.wait(30), 1)
        self.assertIn("refuses the user name or password; correct them in redis.url", recant.output())
        self.assertNotIn("wrong-password", recant.output())

    def test_settings_that_do_not_go_together(self):
        redis = self.shut_redis()
        for settings, words in (({"redis.url": "redis://localhost"}, "does not begin with rediss://"),
                                ({"redis.url": ""}, "does not begin with rediss://"),
                                ({"redis.key": ""}, "needs redis.key beside it"),
                                ({"redis.cert": ""}, "needs redis.cert beside it")):
            with self.subTest(settings=settings):
                recant = self.serve(redis, start=False)
                recant.settings |= settings
                recant.launch(0)
                self.assertEqual(recant.process.wait(30), 1)
                self.assertIn(words, recant.output())


class InTheClear(TlsTest):
    def test_a_plain_url_at_a_port_of_tls_is_told_so(self):
        redis = self.shut_redis()
        recant = self.serve(redis, start=False, ca="", cert="", key="")
        recant.settings["redis.url"] = redis.url.replace("rediss://", "redis://")
        self.assert_waits(recant, "if this port speaks TLS, write rediss:// in redis.url")

    def test_rediss_never_speaks_in_the_clear(self):
        plain = self.start_redis(tcp=True)
        recant = self.serve(plain, start=False, cert="", key="")
        recant.settings["redis.url"] = f"rediss://recant:{SECRET}@localhost:{plain.port}"
        self.assert_waits(recant, "rediss:// needs a port that speaks TLS")
        self.assertNotIn("hello", plain("INFO", "commandstats"))

    def assert_waits(self, recant, words):
        """It serves nobody, says why, and ends when it is told to."""
        for _ in range(5):
            recant.launch(free_port())
            wait_until(lambda: recant.process.ended() or words in self.said(recant), "it says what is wrong")
            if not recant.process.ended():
                break
        self.assert_problem(recant.call("GET", "/v1/check", bearer="x"), "unavailable")
        self.assertEqual(recant.terminate(), 0)
        self.assertEqual([line for line in recant.output().splitlines() if '"why"' in line and words not in line
                          and "did not take the connection" not in line], [])

    def said(self, recant):
        try:
            return self.readyz(recant)
        except OSError:
            return ""

    def test_a_password_that_crosses_a_network_is_warned_of(self):
        # An address for documentation (RFC 5737): nobody answers there.
        recant = Recant({"redis.url": f"redis://recant:{SECRET}@192.0.2.1"}, start=False)
        self.addCleanup(recant.end)
        recant.secrets.keep(SECRET)
        recant.launch(0)
        self.assertIn("192.0.2.1:6379", recant.line_with("The password of Redis crosses the network unencrypted"))

    def test_on_this_machine_it_is_not(self):
        redis = self.start_redis(tcp=True)
        redis("CONFIG", "SET", "requirepass", SECRET)
        recant = self.start({"redis.url": redis.url.replace("://", f"://:{SECRET}@")}, redis=redis)
        recant.secrets.keep(SECRET)
        self.assertNotIn("unencrypted", recant.output())


if __name__ == "__main__":
    unittest.main()
