"""Security bar R30, R31: what the users of docs/security.md may do is what is really sent, and nothing else. And contract §4,
redis.url: a database, a user and a password."""
import time
import unittest
import uuid

from harness.acl import Line, Monitor, besides
from harness.case import RecantTest
from harness.process import wait_until

SECRET = "secret-of-redis"
# Redis lets everybody authenticate and greet.
NEVER_DENIED = {"auth", "hello", "quit", "reset"}
# Asked at start, and done without where it is denied (docs/security.md).
DONE_WITHOUT = "config|get"


def command_of(words):
    """As an ACL names it."""
    return f"{words[0]}|{words[1].lower()}" if words[0] == "client" else words[0]


def sids_of_later(count):
    """UUIDs of version 7 (RFC 9562 §5.7) an hour from now."""
    millis = int(time.time() * 1000) + 3600_000
    for i in range(count):
        yield str(uuid.UUID(int=(millis + i) << 80 | 7 << 76 | 2 << 62 | i))


class Access(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def shut(self, redis):
        """Nobody is let in by default any more; the test itself goes on as keeper."""
        redis("ACL", "SETUSER", "keeper", "on", ">keeper", "~*", "&*", "+@all")
        redis("AUTH", "keeper", "keeper")
        redis("ACL", "SETUSER", "default", "off")

    def serve(self, redis, settings=None, user="recant", **more):
        url = redis.url.replace("://", f"://{user}:{SECRET}@") + "/1"
        # Tokens that end while a test looks on, so that what is done then is done.
        always = {"redis.url": url, "token.access_ttl": "2s", "token.leeway": "0s", "refresh.adopt": True}
        recant = self.start(always | (settings or {}), redis=redis, **more)
        recant.secrets.keep(SECRET)
        return recant

    def go_through_everything(self, recant, prefix="", subject="{}"):
        """Whatever a server does with Redis, done once: `token.access_ttl` is two seconds."""
        user = recant.create_user()
        tokens = recant.login(user)
        self.assert_alive(tokens, recant)
        wait_until(lambda: recant.check(tokens.access).status == 401, "the first token has ended")
        newer = recant.refresh(tokens)
        self.assertEqual(len(recant.call("GET", "/v1/sessions", bearer=newer.access).json["sessions"]), 1)
        self.assert_empty(recant.logout(newer.access), 204)
        self.assert_invalid_token(recant.check(newer.access), "revoked: logout")
        self.assert_problem(recant.try_refresh(newer.refresh), "invalid_grant", reason="revoked")
        other, held = recant.login(user), recant.login(user)
        answer = recant.call("DELETE", f"/v1/sessions/{other.session}", bearer=held.access)
        self.assert_empty(answer, 204)
        self.assertEqual(recant.call("POST", "/v1/logout-all", bearer=recant.login(user).access).status, 200)
        for _ in range(3):
            tokens = recant.login(user)
        self.assertEqual(recant.revoke(token=tokens.access).status, 200)
        self.assertEqual(recant.revoke(session=tokens.session).status, 200)
        self.revoke_many(recant, user, f"{prefix}sessions:user:{subject.format(user.id)}")
        recant.redis("SET", f"{prefix}refresh_token:of-the-service-before", "ann", "EX", 1000)
        self.assert_tokens(recant.try_refresh("of-the-service-before"))
        self.assertEqual(recant.revoke(all=True).status, 200)
        self.assert_problem(recant.try_refresh(tokens.refresh), "invalid_grant", reason="revoked")
        self.assertEqual(recant.call("GET", "/readyz").status, 200)

    def revoke_many(self, recant, user, index):
        """Tidying takes more than one look where many sessions are none of the watermark's business."""
        recant.redis("SELECT", 1)
        entries = [word for sid in sids_of_later(600) for word in (int(time.time() * 1000) + 10**8, sid)]
        recant.redis("ZADD", index, *entries)
        answer = recant.revoke(subject=user.id, wait=True)
        self.assertEqual((answer.status, answer.json["tidied"]), (200, True))
        recant.redis("DEL", index)

    def start_watched_redis(self):
        """Where `recant` may do everything, and what it does is noted."""
        redis = self.start_redis(tcp=True)
        redis("ACL", "SETUSER", "recant", "on", f">{SECRET}", "~*", "&*", "+@all")
        self.shut(redis)
        watching = redis.connect()
        watching("AUTH", "keeper", "keeper")
        return redis, Monitor(watching, redis)

    # --- what the line says -------------------------------------------------------------------

    def test_R31_the_servers_line_grants_what_is_sent_and_no_more(self):
        redis, monitor = self.start_watched_redis()
        recant = self.serve(redis, {"redis.hash_tags": "always", "session.strategy": "whitelist"})
        self.go_through_everything(recant, subject="{{{}}}")
        sent = monitor.end()
        line = Line("recant")
        self.assertEqual({command_of(words) for words in sent} - {"config"}, line.commands)
        keys = set(redis("KEYS", "*"))
        for words in sent:
            keys.update(word for word in words[1:] if any(word.startswith(key) for key in line.keys))
        unused = {key for key in line.keys if not any(name.startswith(key) for name in keys)}
        self.assertEqual(unused, set())

    def test_R31_foreign_writers_take_the_second_line_and_no_more(self):
        redis, monitor = self.start_watched_redis()
        recant = self.serve(redis, {"redis.foreign_writers": True})
        recant.redis("SELECT", 1)
        recant.redis("SET", "whitelist:user:bob:jti:theirs", "1", "EX", 900)
        self.assertEqual(recant.revoke(subject="bob", wait=True).json["tidied"], True)
        self.assertEqual(recant.redis("EXISTS", "whitelist:user:bob:jti:theirs"), 0)
        self.go_through_everything(recant)
        more = {f"+{command_of(words)}" for words in monitor.end() if words[0] != "config"}
        self.assertEqual(more - {f"+{name}" for name in Line("recant").commands}, set(besides()))

    def test_R31_with_the_servers_line_everything_works(self):
        for prefix, tags, subject, foreign in (("", "auto", "{}", False), ("shop:", "auto", "{}", True),
                                               ("", "always", "{{{}}}", True)):
            with self.subTest(prefix=prefix, tags=tags):
                redis = self.start_redis(tcp=True)
                Line("recant").grant(redis, "recant", SECRET, prefix)
                if foreign:
                    redis("ACL", "SETUSER", "recant", *besides())
                self.shut(redis)
                redis("ACL", "LOG", "RESET")
                recant = self.serve(redis, {"redis.prefix": prefix, "redis.hash_tags": tags,
                                            "redis.foreign_writers": foreign})
                self.go_through_everything(recant, prefix, subject)
                denied = [entry for entry in redis("ACL", "LOG") if DONE_WITHOUT not in entry]
                self.assertEqual(denied, [])

    def test_R31_every_other_command_is_denied(self):
        redis = self.start_redis()
        for user in ("recant", "verifier"):
            line = Line(user)
            line.grant(redis, user, SECRET)
            some_key = sorted(line.keys)[0] + "x"
            asked = 0
            for name, words in self.every_command(redis, some_key):
                if name in NEVER_DENIED:
                    continue
                verdict = redis("ACL", "DRYRUN", user, *words)
                if name in line.commands:
                    self.assertEqual(verdict, "OK", (user, words))
                else:
                    self.assertIn("has no permissions to run the", verdict, (user, words))
                asked += 1
            self.assertGreater(asked, 300)

    def test_R31_every_other_key_is_denied(self):
        redis = self.start_redis()
        for prefix, foreign in (("", "x:"), ("shop:", ""), ("shop:", "shop")):
            for user in ("recant", "verifier"):
                line = Line(user)
                line.grant(redis, user, SECRET, prefix)
                for key in line.keys:
                    self.assertEqual(redis("ACL", "DRYRUN", user, "GET", f"{prefix}{key}x"), "OK")
                    for other in (f"{foreign}{key}x", f"{prefix}{key}"[:-1], "x", ""):
                        self.assertIn("has no permissions to access the", redis("ACL", "DRYRUN", user, "GET", other))

    def test_R32_a_verifier_only_reads(self):
        redis = self.start_redis()
        line = Line("verifier")
        line.grant(redis, "verifier", SECRET)
        # Were it granted every command, its keys would still be for reading.
        redis("ACL", "SETUSER", "verifier", "+@all")
        for key in line.keys:
            for words in (["SET", key + "x", "1"], ["DEL", key + "x"], ["EXPIRE", key + "x", "1"],
                          ["HSET", key + "x", "f", "v"], ["GETDEL", key + "x"]):
                self.assertIn("has no permissions to access the", redis("ACL", "DRYRUN", "verifier", *words))

    @staticmethod
    def every_command(redis, key):
        """(name, a call of it with as many words as it wants at least), subcommands too."""
        def walk(infos):
            for info in infos:
                name, arity = info[0], abs(info[1])
                words = name.split("|")
                # Numbers where a number of keys is looked for, keys elsewhere.
                numbered = name.startswith(("eval", "fcall", "sintercard", "lmpop", "zmpop", "zdiff", "zinter", "zunion",
                                            "blmpop", "bzmpop"))
                fill = "0" if numbered else key
                if not info[9]:
                    yield name, words + [fill] * (arity - len(words))
                yield from walk(info[9])
        yield from walk(redis("COMMAND"))

    # --- fewer rights -------------------------------------------------------------------------

    def test_a_start_says_which_rights_are_missing(self):
        for taken, named in ((["-zadd"], "+zadd"), (["-eval"], "+eval"), (["-evalsha"], "+evalsha"), (["-info"], "+info"),
                             (["resetkeys", "~blacklist:*"], "~recant:*"),
                             (["resetkeys", "~blacklist:*", "~whitelist:*", "~session:user:*", "~sessions:user:*",
                               "~refresh_token:*", "%R~recant:*"], "~recant:*")):
            with self.subTest(taken=taken):
                redis = self.start_redis(tcp=True)
                Line("recant").grant(redis, "recant", SECRET)
                redis("ACL", "SETUSER", "recant", *taken)
                self.shut(redis)
                recant = self.serve(redis, start=False)
                recant.launch(recant.port or 0)
                self.assertEqual(recant.process.wait(30), 1)
                self.assertIn("ACL SETUSER recant", recant.output())
                self.assertIn(named, recant.output())
                self.assertIn("docs/security.md", recant.output())

    def test_a_start_that_is_to_walk_and_may_not_says_so(self):
        redis = self.start_redis(tcp=True)
        Line("recant").grant(redis, "recant", SECRET)
        self.shut(redis)
        recant = self.serve(redis, {"redis.foreign_writers": True}, start=False)
        recant.launch(recant.port or 0)
        self.assertEqual(recant.process.wait(30), 1)
        self.assertIn("ACL SETUSER recant +scan;", recant.output())

    def test_rights_that_are_taken_away_are_named_and_nothing_is_valid(self):
        redis = self.start_redis(tcp=True)
        Line("recant").grant(redis, "recant", SECRET)
        self.shut(redis)
        recant = self.serve(redis, {"token.access_ttl": "15m"})
        user = recant.create_user()
        tokens = recant.login(user)

        redis("ACL", "SETUSER", "recant", "-exists")
        self.assert_problem(recant.check(tokens.access), "unavailable")
        recant.line_with("'exists'")
        recant.line_with("ACL SETUSER recant +exists")
        redis("ACL", "SETUSER", "recant", "+exists")
        self.assert_alive(tokens, recant)

        # What a script may not do is named too, and what it does not need goes on.
        unseen = recant.login(user)
        redis("ACL", "SETUSER", "recant", "-zadd")
        self.assert_problem(recant.try_login(user.name, user.password), "unavailable")
        self.assert_alive(tokens, recant)
        recant.line_with("can't run this command")
        redis("ACL", "SETUSER", "recant", "+zadd", "resetkeys", *(rule for rule in Line("recant").rules if "~" in rule
                                                                 and "blacklist" not in rule))
        self.assert_problem(recant.check(unseen.access), "unavailable")
        redis("ACL", "SETUSER", "recant", "~blacklist:*")
        self.assert_alive(tokens, recant)

    def test_a_user_that_is_switched_off_is_let_in_no_more(self):
        redis = self.start_redis(tcp=True)
        Line("recant").grant(redis, "recant", SECRET)
        self.shut(redis)
        recant = self.serve(redis)
        tokens = recant.sign_in()
        redis("ACL", "DELUSER", "recant")
        wait_until(lambda: recant.check(tokens.access).status == 503, "no check is answered any more")
        recant.line_with("refuses the user name or password; correct them in redis.url")
        self.assertIn("refuses the user name or password", str(recant.call("GET", "/readyz").json))

    # --- who is let in ------------------------------------------------------------------------

    def test_wrong_credentials_end_the_start_and_are_not_repeated(self):
        redis = self.start_redis(tcp=True)
        Line("recant").grant(redis, "recant", SECRET)
        self.shut(redis)
        bare = redis.url
        for url, said in ((bare.replace("://", "://recant:wrong-password@"), "refuses the user name or password"),
                          (bare.replace("://", f"://nobody:{SECRET}@"), "refuses the user name or password"),
                          (bare.replace("://", f"://:{SECRET}@"), "refuses the user name or password"),
                          (bare.replace("://", "://recant@"), "refuses the user name or password"),
                          (bare, "asks for a password")):
            with self.subTest(said=said):
                recant = self.start({"redis.url": url, "redis.timeout": "1s"}, redis=redis, start=False)
                recant.launch(0)
                self.assertEqual(recant.process.wait(30), 1)
                self.assertIn(said, recant.output())
                self.assertIn("redis.url", recant.output())
                for secret in (SECRET, "wrong-password"):
                    self.assertNotIn(secret, recant.output())

    def test_a_user_without_a_password(self):
        redis = self.start_redis(tcp=True)
        Line("recant").grant(redis, "recant", SECRET)
        redis("ACL", "SETUSER", "recant", "nopass")
        self.shut(redis)
        recant = self.start({"redis.url": redis.url.replace("://", "://recant@")}, redis=redis)
        self.assert_alive(recant.sign_in(), recant)

    def test_another_database(self):
        redis = self.start_redis()
        recant = self.start({"redis.url": redis.url + "?db=3"}, redis=redis)
        tokens = recant.sign_in()
        self.assert_alive(tokens, recant)
        self.assertEqual(redis("DBSIZE"), 0)
        redis("SELECT", 3)
        self.assertGreater(redis("DBSIZE"), 3)

    def test_a_password_with_every_kind_of_character(self):
        redis = self.start_redis(tcp=True)
        redis("CONFIG", "SET", "requirepass", "p@ss:w/o?r#d %")
        url = redis.url.replace("://", "://:p%40ss%3Aw%2Fo%3Fr%23d%20%25@")
        recant = self.start({"redis.url": url}, redis=redis)
        recant.secrets.keep("p@ss:w/o?r#d %")
        recant.secrets.keep("p%40ss%3Aw%2Fo%3Fr%23d%20%25")
        tokens = recant.sign_in()
        self.assert_alive(tokens, recant)


if __name__ == "__main__":
    unittest.main()
