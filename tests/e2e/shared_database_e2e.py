"""Two servers on one PostgreSQL and one Redis: keys, sessions and admin keys are one set."""
import itertools
import os
import tempfile
import threading
import time

from harness.authority import Authority
from harness.bound import BOUND
from harness.case import RecantTest
from harness.jws import verifies
from harness.ports import free_port
from harness.postgresql_server import PostgresqlServer, make_seal
from harness.process import wait_until

JWKS = "/.well-known/jwks.json"
ROTATE = "/v1/admin/keys/rotate"
_numbers = itertools.count(1)


class SharedTest(RecantTest):
    redis_options = ()

    @classmethod
    def setUpClass(cls):
        cls.postgresql = cls.ends(PostgresqlServer())
        cls.directory = tempfile.TemporaryDirectory(prefix="recant-e2e-seal-")
        cls.addClassCleanup(cls.directory.cleanup)

    def setUp(self):
        self.database = f"recant{next(_numbers)}"
        self.url = self.postgresql.database(self.database)
        self.seal = make_seal(os.path.join(self.directory.name, self.database))
        self.redis = self.start_redis()

    def server(self, start=True, **settings):
        settings = {"database.url": self.url, "keys.seal_file": self.seal} | {
            name.replace("__", "."): value for name, value in settings.items()}
        return self.start(settings, self.redis, start=start)

    def two(self):
        one, other = self.server(), self.server()
        other._admin_key = one.admin_key
        return one, other

    def published(self, recant):
        return {key["kid"] for key in recant.call("GET", JWKS).json["keys"]}

    def signing(self, recant, kind="access"):
        keys = recant.admin("GET", "/v1/admin/keys").json["keys"]
        return [key["kid"] for key in keys if key["kind"] == kind and key["state"] == "signing"]

    def refused(self, **settings):
        """What a start that must fail says."""
        recant = self.server(start=False, **settings)
        recant.launch(free_port())
        self.assertEqual(recant.process.wait(30), 1, recant.output())
        return recant.output()

    def wait_behind(self, recant):
        wait_until(lambda: "did to the keys is not known here" in str(recant.call("GET", "/readyz").json),
                   "it is not ready for want of the keys of others", 30)


class OneService(SharedTest):
    def test_a_session_of_one_is_a_session_of_the_other(self):
        one, other = self.two()
        user = one.create_user()
        tokens = one.login(user)
        for recant in (one, other):
            self.assert_alive(tokens, recant)
        newer = other.refresh(tokens)
        newest = one.refresh(newer)
        for recant in (one, other):
            self.assert_alive(newest, recant)
            self.assertTrue(verifies(newest.access, recant.call("GET", JWKS).json))
        self.assert_empty(other.logout(newest.access), 204)
        self.assert_invalid_token(other.check(newest.access))
        time.sleep(BOUND)
        self.assert_invalid_token(one.check(newest.access))
        self.assert_alive(other.login(user), one)

    def test_a_rotation_at_one_is_followed_by_the_other(self):
        one, other = self.two()
        old = one.sign_in()
        made = one.admin("POST", ROTATE, {"signs_in": 0})
        self.assert_answer(made, 200)
        kid, secret = made.json["made"]
        wait_until(lambda: kid in self.published(other), "the other publishes it")
        for recant in (one, other):
            wait_until(lambda: self.signing(recant) == [kid] and self.signing(recant, "refresh") == [secret],
                       "it signs")
        for signer, reader in ((one, other), (other, one)):
            tokens = signer.sign_in()
            self.assertEqual(tokens.header["kid"], kid)
            self.assert_alive(tokens, reader)
            self.assert_alive(reader.refresh(tokens), signer)
        for recant in (one, other):
            self.assert_alive(old, recant)
        self.assert_alive(other.refresh(old), one)
        other.line_with("key.rotated", '"actor":"another server"', kid, "published")

    def test_tokens_are_good_everywhere_at_every_moment_of_a_rotation(self):
        one, other = self.two()
        user = one.create_user()
        over = threading.Event()
        wrong = []

        def use(signer, reader):
            try:
                while not over.is_set():
                    tokens = signer.login(user)
                    answer = reader.check(tokens.access)
                    if answer.status != 200:
                        wrong.append(answer)
                    reader.refresh(tokens)
            except Exception as error:  # pylint: disable=broad-except
                wrong.append(error)
        threads = [threading.Thread(target=use, args=pair) for pair in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                kid = other.admin("POST", ROTATE, {"signs_in": 0}).json["made"][0]
                for recant in (one, other):
                    wait_until(lambda: self.signing(recant) == [kid], "the new key signs")
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])

    def test_a_retired_key_is_refused_by_all(self):
        one, other = self.two()
        tokens = one.sign_in()
        answer = one.admin("POST", ROTATE, {"retire": tokens.header["kid"]})
        self.assert_answer(answer, 200)
        self.assert_invalid_token(one.check(tokens.access))
        wait_until(lambda: other.check(tokens.access).status == 401, "the other refuses it")
        self.assert_alive(other.refresh(tokens), one)

    def test_all_keys_are_retired_at_one_and_what_it_makes_at_once_is_good_at_the_other(self):
        one, other = self.two()
        user = one.create_user()
        old = one.login(user)
        answer = one.admin("POST", ROTATE, {"retire": "all"})
        self.assert_answer(answer, 200)
        self.assertEqual(set(answer.json["made"]) & set(answer.json["retired"]), set())
        for _ in range(3):
            tokens = one.login(user)
            self.assert_alive(tokens, other)
            other.refresh(tokens)
        self.assert_invalid_token(one.check(old.access))
        for kind in ("access", "refresh"):
            wait_until(lambda: self.signing(other, kind) == self.signing(one, kind),
                       "the other signs with the same")
        self.assert_invalid_token(other.check(old.access))
        self.assert_alive(other.refresh(one.login(user)), one)

    def test_both_first_starts_at_once_make_one_set_and_one_admin_key(self):
        servers = [self.server(start=False) for _ in range(2)]
        for server in servers:
            server.launch(free_port())
        for server in servers:
            wait_until(server.is_ready, "it is ready", 30)
        one, other = servers
        self.assertEqual(self.published(one), self.published(other))
        keys = [os.path.exists(os.path.join(server.data, "admin.key")) for server in servers]
        self.assertEqual(sorted(keys), [False, True])
        owner = one if keys[0] else other
        for server in servers:
            server._admin_key = owner.admin_key
            self.assert_answer(server.admin("GET", "/v1/admin/keys"), 200)
            self.assertFalse(os.path.exists(os.path.join(server.data, "keys")) and
                             os.listdir(os.path.join(server.data, "keys")))
        self.assert_alive(one.sign_in(), other)

    def test_nothing_secret_stands_in_the_database(self):
        """A09, O07: a dump of it opens no door."""
        one, _ = self.two()
        tokens = one.sign_in()
        dump = self.postgresql.sql("SELECT version || ' ' || sealed FROM key_set", self.database)
        dump += self.postgresql.sql("SELECT * FROM admin_keys", self.database)
        for secret in ("PRIVATE KEY", tokens.header["kid"], one.admin_key, tokens.refresh):
            self.assertNotIn(secret, dump)
        self.assertRegex(dump, r"^1 1\.[\w-]{8}\.[\w-]{300,}")


class AdminKeys(SharedTest):
    def add(self, recant, name, scope):
        answer = recant.admin("POST", "/v1/admin/admin-keys", {"name": name, "scope": scope})
        self.assertEqual(answer.status, 201, answer)
        return recant.secrets.keep(answer.json["key"])

    def test_a_key_made_at_one_works_at_the_other_until_it_is_removed(self):
        one, other = self.two()
        key = self.add(one, "ci", "users")

        def ask(recant):
            return recant.call("GET", "/v1/admin/users", bearer=key).status
        self.assertEqual(ask(one), 200)
        wait_until(lambda: ask(other) == 200, "the other knows it")
        self.assert_empty(one.admin("DELETE", "/v1/admin/admin-keys/ci"), 204)
        self.assertEqual(ask(one), 401)
        wait_until(lambda: ask(other) == 401, "the other refuses it")


class Refusing(SharedTest):
    def test_A09_another_seal_file(self):
        self.server()
        said = self.refused(keys__seal_file=make_seal(os.path.join(self.directory.name, "other")))
        self.assertIn("cannot be opened", said)
        self.assertIn("another secret", said)
        self.assertIn("DELETE FROM key_set", said)

    def test_A09_no_seal_file_or_one_that_others_may_read(self):
        self.assertIn("openssl rand -base64 32", self.refused(keys__seal_file=""))
        self.assertIn("missing", self.refused(keys__seal_file=os.path.join(self.directory.name, "missing")))
        os.chmod(self.seal, 0o640)
        self.assertIn("chmod 600 " + self.seal, self.refused())

    def test_A09_a_set_that_somebody_changed(self):
        self.server().terminate()
        self.postgresql.sql("UPDATE key_set SET version = 7", self.database)
        self.assertIn("damaged, or somebody changed it", self.refused())

    def test_A09_a_set_that_goes_back_is_told_of_and_not_taken_over(self):
        """As when a backup is restored, or somebody puts back a key that was retired."""
        recant = self.server()
        self.postgresql.sql("CREATE TABLE before AS SELECT version, sealed FROM key_set", self.database)
        kid = recant.admin("POST", ROTATE).json["made"][0]
        self.postgresql.sql("UPDATE key_set SET version = before.version, sealed = before.sealed FROM before",
                            self.database)
        recant.line_with("went back from version")
        self.wait_behind(recant)
        self.assertIn(kid, self.published(recant))
        self.assert_alive(recant.sign_in(), recant)
        recant.terminate()
        recant.start()
        self.assertNotIn(kid, self.published(recant))

    def test_a_database_that_is_not_there(self):
        said = self.refused(database__url=self.postgresql.url("nowhere"))
        self.assertIn("cannot be reached", said)
        self.assertIn("nowhere", said)

    def test_A11_a_wrong_password_is_not_repeated(self):
        url = self.postgresql.url_by_password(self.database, "wrong-hunter2")
        said = self.refused(database__url=url)
        self.assertIn("password authentication failed", said)
        self.assertNotIn("hunter2", said)

    def test_the_right_password_serves(self):
        recant = self.server(database__url=self.postgresql.url_by_password(self.database))
        self.assert_alive(recant.sign_in(), recant)

    def test_A11_a_server_without_tls_where_it_must_have_it(self):
        url = self.postgresql.url_by_password(self.database, parameters="?sslmode=verify-full")
        self.assertIn("SSL", self.refused(database__url=url))


class WayThere(SharedTest):
    """A11: the server's certificate and its name."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="recant-e2e-seal-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.authority = Authority(cls.directory.name)
        cls.postgresql = cls.ends(PostgresqlServer(cls.authority.issue("database")))

    def secured(self, **parameters):
        words = "&".join(f"{name}={value}" for name, value in parameters.items())
        return self.postgresql.url_by_password(self.database, parameters=f"?sslmode=verify-full&{words}")

    def test_A11_the_right_server(self):
        recant = self.server(database__url=self.secured(sslrootcert=self.authority.cert))
        self.assert_alive(recant.sign_in(), recant)
        self.assertEqual(self.postgresql.sql(
            "SELECT DISTINCT version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
            f" WHERE datname = '{self.database}' AND application_name = 'recant'"), "TLSv1.3")

    def test_A11_an_authority_that_nobody_named(self):
        self.assertIn("certificate verify failed", self.refused(database__url=self.secured()))

    def test_A11_another_name(self):
        url = self.secured(sslrootcert=self.authority.cert, host="db.example.com", hostaddr="127.0.0.1")
        self.assertIn('does not match host name "db.example.com"', self.refused(database__url=url))


class Outage(SharedTest):
    def test_without_the_database_checks_and_refreshes_go_on_and_the_rest_is_503(self):
        one, other = self.two()
        user = one.create_user()
        tokens = one.login(user)
        self.postgresql.stop()
        try:
            for recant in (one, other):
                for _ in range(3):
                    self.assert_alive(tokens, recant)
                    self.assert_problem(recant.try_login(user.name, user.password), "unavailable")
                wait_until(lambda: recant.call("GET", "/readyz").status == 503, "it is not ready")
            tokens = other.refresh(one.refresh(tokens))
            self.assert_problem(one.admin("POST", "/v1/admin/users", {"username": "x", "password": user.password}),
                                "unavailable")
            self.assert_problem(one.admin("POST", ROTATE), "unavailable")
            one.line_with("the keys cannot be changed as is due")
        finally:
            self.postgresql.start()
        for recant in (one, other):
            recant.wait_ready()
            self.assert_alive(recant.login(user), one)
        self.assert_alive(tokens, other)
        kid = one.admin("POST", ROTATE).json["made"][0]
        wait_until(lambda: kid in self.published(other), "the other follows again")

    def test_who_cannot_read_the_keys_of_others_is_not_ready_and_goes_on_with_its_own(self):
        recant = self.server()
        tokens = recant.sign_in()
        self.postgresql.sql("ALTER TABLE key_set RENAME TO away", self.database)
        self.wait_behind(recant)
        self.assertEqual(recant.call("GET", "/readyz").status, 503)
        recant.line_with("the keys cannot be changed as is due")
        self.assert_alive(recant.refresh(tokens), recant)
        self.postgresql.sql("ALTER TABLE away RENAME TO key_set", self.database)
        recant.wait_ready()

    def test_a_connection_that_was_closed_is_made_again_unnoticed(self):
        recant = self.server()
        user = recant.create_user()
        for _ in range(3):
            self.postgresql.sql("SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
                                f" WHERE datname = '{self.database}'")
            self.assert_alive(recant.login(user), recant)
