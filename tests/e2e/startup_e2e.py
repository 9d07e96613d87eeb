"""Whatever is wrong at the start gets one clear sentence that names it and the remedy, and nothing is
half done."""
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until
from harness.recant import BINARY, Recant, clean_environment, configuration


class Refusing(RecantTest):
    @classmethod
    def setUpClass(cls):
        """None of these serves."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.data = os.path.join(self.home, "data")

    def refused(self, settings=None, says=(), text=None, environment=None, arguments=(), code=None):
        """Starts, and expects one sentence on stderr in which each of `says` stands."""
        config = os.path.join(self.home, "recant.toml")
        defaults = {"server.listen": f"127.0.0.1:{free_port()}", "server.data": self.data}
        with open(config, "w") as file:
            file.write(text if text is not None else configuration(defaults | (settings or {})))
        done = subprocess.run([BINARY, "serve", "--config", config, *arguments], timeout=30,
                              env=environment or clean_environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertGreater(done.returncode, 0, done)  # negative: a signal
        if code is not None:
            self.assertEqual(done.returncode, code, done)
        for part in says:
            self.assertIn(part, done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertTrue(1 <= len(lines) <= 3, done.stderr)
        self.assertNotRegex(done.stderr, r"terminate called|what\(\)|std::|boost")
        return done.stderr

    def start_once(self):
        recant = Recant({"server.data": self.data})
        recant.terminate()
        self.addCleanup(recant.end)
        return recant

    # --- Redis --------------------------------------------------------------------------------

    def test_R02_a_redis_that_may_evict(self):
        for policy in ("allkeys-lru", "volatile-lru", "volatile-ttl", "allkeys-random"):
            redis = self.start_redis("--maxmemory", "100mb", "--maxmemory-policy", policy)
            self.refused({"redis.url": redis.url}, ("noeviction", policy))

    def test_R02_one_that_may_evict_is_accepted_in_so_many_words(self):
        redis = self.start_redis("--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru")
        recant = self.start({"redis.accept_eviction": True}, redis=redis)
        self.assert_alive(recant.sign_in(), recant)
        recant.line_with("warn", "volatile-lru", "a revoked token would be valid again")

    def test_R01_a_redis_that_cannot_evict_is_fine(self):
        for options in ((), ("--maxmemory", "100mb"), ("--maxmemory-policy", "allkeys-lru")):
            redis = self.start_redis(*options)
            self.start(redis=redis).sign_in()

    def test_a_wrong_password(self):
        redis = self.start_redis(tcp=True)
        redis("CONFIG", "SET", "requirepass", "open sesame")
        for user in ("", "recant:wrong-secret@", ":wrong-secret@"):
            url = redis.url.replace("redis://", f"redis://{user}")
            said = self.refused({"redis.url": url})
            self.assertNotIn("wrong-secret", said)
            self.assertRegex(said.lower(), "redis")

    def test_no_redis_server_in_path(self):
        empty = os.path.join(self.home, "empty")
        os.mkdir(empty)
        self.refused(says=("redis-server",), environment=clean_environment(PATH=empty))

    def test_a_data_path_too_long_for_a_socket(self):
        self.refused({"server.data": os.path.join(self.home, "x" * 90)}, ("85",))

    # --- what servers on one Redis agree on -----------------------------------------------------

    def changing(self, redis, settings):
        recant = self.start(settings, redis, start=False)
        recant.flags = ["--change-policy"]
        recant.start()
        return recant

    def test_a_server_that_differs_names_both_values_and_the_remedy(self):
        redis = self.start_redis()
        self.start(redis=redis)
        stands = "v=1 strategy=blacklist max_staleness=250"
        for key, ours, theirs in (("verify.max_staleness", "100ms", "250ms"),
                                  ("verify.max_staleness", "5s", "250ms"),
                                  ("verify.on_unavailable", "allow_cached_for:5m", "deny")):
            said = self.refused({"redis.url": redis.url, key: ours})
            self.assertIn(f'{key} is "{ours}" in this configuration, but all servers on this Redis have '
                          f'agreed on "{theirs}". Set {key} = "{theirs}", or change what they all go by: '
                          "recant serve --change-policy.", said)
            self.assertEqual(redis("GET", "recant:policy"), stands)
        self.refused({"redis.url": redis.url, "verify.max_staleness": "1s",
                      "verify.on_unavailable": "allow_cached_for:1h", "session.strategy": "whitelist"},
                     ('session.strategy is "whitelist", verify.max_staleness is "1s" and '
                      'verify.on_unavailable is "allow_cached_for:1h"', '"blacklist", "250ms" and "deny"',
                      "401 until they are refreshed"))
        self.assertEqual(redis("GET", "recant:policy"), stands)

    def test_change_policy_changes_it_and_the_others_say_so(self):
        redis = self.start_redis()
        old = self.start({"verify.max_staleness": "5s"}, redis)
        new = self.changing(redis, {"verify.on_unavailable": "allow_cached_for:1m"})
        self.assertRegex(redis("GET", "recant:policy"),
                         r"^v=1 strategy=blacklist max_staleness=250 staleness_before=5000@\d+ "
                         r"allow_cached_for=60000$")
        new.line_with('"warn"', "--change-policy changed", "max_staleness=5000", "allow_cached_for=60000")
        wait_until(lambda: "warnings" in old.call("GET", "/readyz").json, "the old one has noticed")
        warning, = old.call("GET", "/readyz").json["warnings"]
        for part in ('verify.max_staleness is "5s"', 'Set verify.max_staleness = "250ms" and restart it.',
                     'Set verify.on_unavailable = "allow_cached_for:1m" and restart it.'):
            self.assertIn(part, warning)
        self.assertIn("error", old.line_with('was changed to \\"250ms\\"'))
        self.assertEqual(new.call("GET", "/readyz").json, {"status": "ready"})
        redis("FLUSHALL")  # put back by whichever comes first, and each knows the shorter bound
        wait_until(lambda: redis("GET", "recant:policy"), "the policy is back")
        self.assertIn(" max_staleness=250 staleness_before=5000@", redis("GET", "recant:policy"))

    def test_what_an_earlier_version_agreed_on_is_completed_without_asking(self):
        for stood in ("v=1 strategy=blacklist", "v=1 strategy=blacklist whitelisted_until=1700000000"):
            redis = self.start_redis()
            redis("SET", "recant:policy", stood)
            recant = self.start({"verify.max_staleness": "300ms"}, redis)
            self.assertEqual(redis("GET", "recant:policy"), stood + " max_staleness=300")
            self.assertEqual(recant.call("GET", "/readyz").json, {"status": "ready"})

    def test_whoever_accepts_what_cannot_be_judged_is_told_loudly(self):
        recant = self.start({"verify.on_unavailable": "allow_cached_for:5m"})
        loud = "REVOKED TOKENS MAY BE ACCEPTED"
        recant.line_with('"warn"', loud, "while Redis cannot be reached", "up to 5m ago",
                         "even if it has been revoked meanwhile")
        greeted = [line for line in recant.output().splitlines() if line.startswith(loud)]
        self.assertEqual(len(greeted), 1, recant.output())
        self.assertNotIn(loud, self.start().output())

    # --- the data directory -------------------------------------------------------------------

    def test_a_data_directory_that_cannot_be_written(self):
        self.refused({"server.data": "/proc/recant"}, ("/proc/recant",))
        if os.geteuid() != 0:
            os.mkdir(self.data, 0o500)
            self.refused(says=(self.data,))

    def test_a_data_directory_that_is_a_file(self):
        with open(self.data, "w") as file:
            file.write("precious")
        self.refused(says=(self.data,))
        with open(self.data) as file:
            self.assertEqual(file.read(), "precious")

    def test_a_key_file_that_others_may_read(self):
        self.start_once()
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(self.data + "/keys")
                 for name in names]
        self.assertTrue(paths)
        for path in paths:
            for mode in (0o640, 0o604, 0o660):
                os.chmod(path, mode)
                self.refused(says=(path, "chmod"))
            os.chmod(path, 0o600)
        recant = self.start({"server.data": self.data})
        self.assertEqual(recant.call("GET", "/readyz").status, 200)

    def test_a_key_file_that_is_spoiled(self):
        self.start_once()
        folder = os.path.join(self.data, "keys")
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                whole = file.read()
            for spoiled in (b"", whole[: len(whole) // 2], b"\0" * 64):
                with open(path, "wb") as file:
                    file.write(spoiled)
                said = self.refused(says=(path,))
                self.assertNotIn(whole[20:40].decode(errors="replace"), said)
            with open(path, "wb") as file:
                file.write(whole)

    def test_a_database_that_is_none(self):
        os.mkdir(self.data, 0o700)
        path = os.path.join(self.data, "recant.db")
        with open(path, "w") as file:
            file.write("this is no database, and it is precious" * 100)
        os.chmod(path, 0o600)
        self.refused(says=(path,))
        with open(path) as file:
            self.assertTrue(file.read().startswith("this is no database"))

    # --- the port -----------------------------------------------------------------------------

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.refused({"server.listen": address}, (address, "in use"))

    def test_a_port_in_use_by_somebody_who_would_share_it(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.refused({"server.listen": address}, (address, "in use"))

    def test_an_address_that_is_not_ours(self):
        self.refused({"server.listen": "192.0.2.1:8080"}, ("192.0.2.1:8080",))

    # --- the configuration --------------------------------------------------------------------

    def test_a_wrong_configuration_names_file_and_line_and_does_nothing(self):
        for line, says in (("acess_ttl = \"15m\"", ("acess_ttl",)),
                           ("access_ttl = \"15\"", ("access_ttl",)),
                           ("access_ttl = 15", ("access_ttl",)),
                           ("leeway = \"61s\"", ("leeway",)),
                           ("leeway = \"-1s\"", ("leeway",)),
                           ("algorithm = \"none\"", ("algorithm", "ES256")),
                           ("audience = []", ("audience",)),
                           ("audience = \"x", ()),
                           ("issuer = \"\"", ("issuer",))):
            text = f"[server]\ndata = \"{self.data}\"\n[token]\n{line}\n"
            said = self.refused(text=text, says=says)
            self.assertRegex(said, r"recant\.toml[^\n]*\b4\b", line)
            self.assertFalse(os.path.exists(self.data))

    def test_other_wrong_values(self):
        for settings in ({"server.listen": "localhost"}, {"server.listen": "127.0.0.1:99999"},
                         {"server.threads": 1000}, {"server.threads": "two"},
                         {"redis.url": "http://x"}, {"redis.url": "redis://h:1/notadb"},
                         {"database.url": "mysql://x"}, {"password.min_length": 4},
                         {"password.memory_kib": 8}, {"accounts.signup": "yes"},
                         {"log.level": "loud"}, {"refresh.idle_ttl": "0s"},
                         {"verify.max_staleness": "9ms"}, {"verify.max_staleness": "11s"},
                         {"verify.on_unavailable": "allow"}, {"verify.cache_entries": -1},
                         {"verify.on_unavailable": "allow_cached_for:25h"}, {"nothing.here": 1}):
            key = next(iter(settings)).rpartition(".")[2]
            self.refused(settings, (key,))
            self.assertFalse(os.path.exists(self.data), settings)

    def test_a_wrong_environment_variable_is_named(self):
        for name, value in (("RECANT_TOKEN_LEEWAY", "2h"), ("RECANT_TOKEN_ACESS_TTL", "1m"),
                            ("RECANT_REDIS_URL", "gopher://x"),
                            ("RECANT_TOKEN_ISSUER_FILE", "/does/not/exist")):
            self.refused(says=(name,), environment=clean_environment(**{name: value}))

    def test_a_configuration_file_that_is_missing(self):
        done = subprocess.run([BINARY, "serve", "--config", "/does/not/exist.toml"], timeout=30,
                              env=clean_environment(), capture_output=True, text=True)
        self.assertGreater(done.returncode, 0)
        self.assertIn("/does/not/exist.toml", done.stderr)

    def test_usage(self):
        self.refused(arguments=("--no-such-flag",), says=("--no-such-flag",), code=2)


class Layering(RecantTest):
    """Built-in defaults < recant.toml < RECANT_<SECTION>_<KEY> < flags; X_FILE gives X."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own."""

    def test_environment_wins_over_the_file(self):
        secret = tempfile.NamedTemporaryFile("w", suffix=".txt")
        self.addCleanup(secret.close)
        secret.write("issuer-from-a-file\n")
        secret.flush()
        for name, value, expected in (
                ("RECANT_TOKEN_ISSUER", "from-env", "from-env"),
                ("RECANT_TOKEN_ISSUER_FILE", secret.name, "issuer-from-a-file")):
            recant = self.start({"token.issuer": "from-toml"}, environment={name: value})
            self.assertEqual(recant.sign_in().claims["iss"], expected)


if __name__ == "__main__":
    unittest.main()
