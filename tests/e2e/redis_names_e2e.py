"""Contract §1: `redis.prefix` goes before every key, and `redis.hash_tags = "always"` writes the subject {subject}."""
import binascii
import unittest

from harness.case import RecantTest


def go_through_everything(case, recant, subject):
    """Each kind of key is written at least once; one session of the subject is left alive."""
    sessions = [recant.open_session(subject) for _ in range(4)]
    newer = recant.refresh(sessions[0])
    case.assert_alive(newer, recant)
    case.assert_empty(recant.logout(newer.access), 204)
    case.assert_dead(newer, "logout", recant)
    case.assertEqual(recant.revoke(token=sessions[1].access).status, 200)
    case.assert_invalid_token(recant.check(sessions[1].access), "revoked: admin")
    case.assertEqual(recant.revoke(session=sessions[2].session).status, 200)
    case.assertEqual(recant.revoke(subject=subject, wait=True).json["tidied"], True)
    case.assert_dead(sessions[3], "admin", recant)
    case.assertEqual(recant.revoke(all=True).status, 200)
    last = recant.open_session(subject)
    case.assert_alive(last, recant)
    return last


def slot(key):
    """Redis Cluster specification, "Hash tags": what stands between the first { and the next }, if anything does."""
    start = key.find("{")
    end = key.find("}", start + 1)
    if start >= 0 and end > start + 1:
        key = key[start + 1:end]
    return binascii.crc_hqx(key.encode(), 0) % 16384


class TwoServersOnOneRedis(RecantTest):
    """Each with a prefix, one of which is the beginning of the other, and one with none."""

    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def setUp(self):
        self.redis = self.start_redis()

    def server(self, prefix):
        return self.start({"redis.prefix": prefix} if prefix else {}, redis=self.redis)

    def keys(self):
        return set(self.redis("KEYS", "*"))

    @staticmethod
    def sessions(server, tokens):
        return server.call("GET", "/v1/sessions", bearer=tokens.access).json["sessions"]

    def test_every_key_begins_with_the_prefix(self):
        go_through_everything(self, self.server("shop:"), "alice")
        self.assertGreater(len(self.keys()), 10)
        self.assertEqual([key for key in self.keys() if not key.startswith("shop:")], [])

    def test_they_do_not_see_one_another(self):
        servers = [self.server(prefix) for prefix in ("", "shop:", "shop:eu:")]
        living = [server.open_session("alice") for server in servers]
        for server in servers:
            others = [(s, t, self.sessions(s, t)) for s, t in zip(servers, living) if s is not server]
            mine = servers.index(server)
            last = go_through_everything(self, server, "alice")
            self.assert_invalid_token(server.check(living[mine].access))
            living[mine] = last
            for other, tokens, sessions in others:
                self.assert_alive(tokens, other)
                self.assertEqual(self.sessions(other, tokens), sessions)
        for server, tokens in zip(servers, living):
            self.assert_alive(server.refresh(tokens), server)

    def test_a_foreign_writer_writes_behind_the_prefix(self):
        recant = self.server("shop:")
        tokens = recant.open_session("alice")
        self.redis("SET", f"blacklist:jti:{tokens.jti}", "1")
        self.assert_alive(tokens, recant)
        self.redis("SET", f"shop:blacklist:jti:{tokens.jti}", "1")
        self.assert_invalid_token(recant.check(tokens.access), "revoked: foreign")


class Tagged(RecantTest):
    settings = {"redis.hash_tags": "always", "redis.prefix": "app:"}
    redis_options = ()

    def test_the_names_are_the_contracts(self):
        tokens = go_through_everything(self, self.recant, "alice")
        keys = set(self.recant.redis("KEYS", "*"))
        self.assertLessEqual({f"app:session:user:{{alice}}:{tokens.session}",
                              "app:sessions:user:{alice}", "app:blacklist:user:{alice}",
                              f"app:refresh_token:{{alice}}{tokens.refresh_id}",
                              "app:recant:reason:user:{alice}", "app:blacklist:all"}, keys)
        self.assertEqual([key for key in keys if "alice" in key and "{alice}" not in key], [])

    def test_what_stands_under_one_tag_shares_a_slot(self):
        recant = self.recant
        odd = "a}b{c:d"
        tokens = go_through_everything(self, recant, odd)
        name = "a%7Db%7Bc%3Ad"
        slots = {key: slot(key) for key in recant.redis("KEYS", f"*{name}*")}
        self.assertIn(f"app:session:user:{{{name}}}:{tokens.session}", slots)
        self.assertEqual(set(slots.values()), {slot(name)}, slots)

    def test_a_foreign_writer_writes_the_tagged_name(self):
        tokens = self.recant.open_session("bob")
        self.recant.redis("SET", "app:blacklist:user:{bob}", "1")
        self.assert_dead(tokens, "foreign")
        tokens = self.recant.open_session("carol")
        self.recant.redis("DEL", f"app:refresh_token:{{carol}}{tokens.refresh_id}")
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", reason="revoked")


if __name__ == "__main__":
    unittest.main()
